//! A mapping template that is plain text.

use std::sync::Arc;

/// The text of a mapping template without Velocity references or directives: what it renders to
/// is what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaticTemplate(Arc<str>);

/// A template that must be rendered, which is not supported yet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "uses Velocity at {0:?}, which is not supported yet; use plain text, an AWS_PROXY function, or a transform plugin"
)]
pub struct UsesVelocity(String);

impl StaticTemplate {
    /// Reads one; an error shows the first reference or directive.
    pub fn parse(text: &str) -> Result<Self, UsesVelocity> {
        match velocity_position(text) {
            Some(position) => Err(UsesVelocity(text[position..].chars().take(40).collect())),
            None => Ok(Self(text.into())),
        }
    }

    /// What it renders to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it renders to, shared.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// Where `$name`, `${`, `$!`, `#name`, `##`, `#*`, `#[`, `#{` or `#@` begins (Velocity User Guide).
fn velocity_position(text: &str) -> Option<usize> {
    text.as_bytes().windows(2).position(|pair| match pair[0] {
        b'$' => pair[1].is_ascii_alphabetic() || b"{!_".contains(&pair[1]),
        b'#' => pair[1].is_ascii_alphabetic() || b"#*[{@".contains(&pair[1]),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_static_and_velocity_is_not() {
        for text in ["", "{\"statusCode\": 200}", "costs $5", "#1", "a # b $", "$", "é#"] {
            assert_eq!(StaticTemplate::parse(text).unwrap().as_str(), text);
        }
        for text in ["$input.json('$')", "é ${a}", "$!x", "#set($a = 1)", "## note", "#{if}", "#[["]
        {
            assert!(StaticTemplate::parse(text).is_err(), "{text}");
        }
    }
}
