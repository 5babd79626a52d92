//! Templates of gateway responses: text in which variables are replaced.

use super::source::{GatewayResponseSource, InvalidGatewayResponse};

/// A template, cut at its variables.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GatewayTemplate(Vec<TemplatePiece>);

/// A part of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TemplatePiece {
    /// Text, as it is.
    Literal(String),
    /// A value; nothing if this request has none.
    Variable(GatewayResponseSource),
}

/// What a variable begins with, after its `$`; anything else is text, as `$` in a price is.
const BEGINNINGS: [&str; 3] = ["context.", "method.request.", "stageVariables."];

impl GatewayTemplate {
    /// Reads `$context.X`, `$stageVariables.X` and `$method.request.PLACE.X`, also in braces.
    ///
    /// # Errors
    /// A variable that is unknown.
    pub fn parse(text: &str) -> Result<Self, InvalidGatewayResponse> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            literal.push_str(before);
            let (name, following) = variable(after);
            if name.is_empty() {
                literal.push('$');
                rest = after;
                continue;
            }
            let source = GatewayResponseSource::parse_variable(name).ok_or_else(|| {
                InvalidGatewayResponse::Variable(name.chars().take(200).collect())
            })?;
            if !literal.is_empty() {
                pieces.push(TemplatePiece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(TemplatePiece::Variable(source));
            rest = following;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(TemplatePiece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// In order.
    pub fn pieces(&self) -> &[TemplatePiece] {
        &self.0
    }
}

/// The name of the variable that follows a `$`, and what follows that; an empty name if none does.
fn variable(after: &str) -> (&str, &str) {
    let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
    if let Some((name, following)) = braced.filter(|(name, _)| begins(name)) {
        return (name, following);
    }
    if !begins(after) {
        return ("", after);
    }
    // A hyphen is part of the name of a header, and of nothing else.
    let has_hyphens = after.starts_with("method.");
    let is_part = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '.' | '_')
            || (character == '-' && has_hyphens)
    };
    let end = after.find(|character| !is_part(character)).unwrap_or(after.len());
    // The dot that ends a sentence.
    let name = after[..end].trim_end_matches('.');
    after.split_at(name.len())
}

fn begins(text: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}
