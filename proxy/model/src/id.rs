//! Names and ids, one type each, so that two of them cannot be mixed up.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use base16ct::HexDisplay;

/// A text that is not a name of its kind.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be {expected}, got {found:?}")]
pub struct InvalidName {
    expected: &'static str,
    found: String,
}

impl InvalidName {
    pub(crate) fn new(expected: &'static str, found: &str) -> Self {
        /// A hostile text must not fill the terminal.
        const SHOWN_MAX: usize = 80;
        Self { expected, found: found.chars().take(SHOWN_MAX).collect() }
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads one; an error says what is expected.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidName::new($expected, text))
                }
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_made_of(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    allowed: fn(u8) -> bool,
) -> bool {
    length.contains(&text.len()) && text.bytes().all(allowed)
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

name! {
    /// Identity of an API: the first label of its default host name. AWS gives 10 of `[a-z0-9]`.
    ApiId, "1-32 of [a-z0-9]", |text| is_made_of(text, 1..=32, is_lower_alphanumeric)
}

name! {
    /// Name of a stage (REST API Reference, `Stage.stageName`).
    StageName, "1-128 of [A-Za-z0-9_-]", |text| is_made_of(text, 1..=128, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    })
}

name! {
    /// Identity of a deployment. AWS gives 6 of `[a-z0-9]`.
    DeploymentId, "1-32 of [a-z0-9]", |text| is_made_of(text, 1..=32, is_lower_alphanumeric)
}

name! {
    /// Identity of a resource, `requestContext.resourceId`. AWS gives 6 to 10 of `[a-z0-9]`.
    ResourceId, "1-32 of [a-z0-9]", |text| is_made_of(text, 1..=32, is_lower_alphanumeric)
}

name! {
    /// Identity of an authorizer. AWS gives 6 of `[a-z0-9]`.
    AuthorizerId, "1-32 of [a-z0-9]", |text| is_made_of(text, 1..=32, is_lower_alphanumeric)
}

name! {
    /// An AWS account.
    AccountId, "12 digits", |text| is_made_of(text, 12..=12, |byte| byte.is_ascii_digit())
}

name! {
    /// An AWS region, such as `us-east-1`.
    Region, "a region such as us-east-1", |text| is_made_of(text, 1..=32, |byte| {
        is_lower_alphanumeric(byte) || byte == b'-'
    })
}

/// SHA-256 of a component's bytes: what the bytes *are*, wherever they are kept.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u8; 32]);

impl Digest {
    /// From the 32 bytes that SHA-256 yields.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`fmt::Display`] writes: 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName::new("64 hexadecimal digits", text);
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| invalid())?;
        let mut bytes = [0; 32];
        base16ct::lower::decode(digits, &mut bytes).map_err(|_| invalid())?;
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", HexDisplay(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::new([0xa7; 32]);
        assert_eq!(Digest::parse(&digest.to_string()).unwrap(), digest);
        for text in
            ["", "a7", &"A7".repeat(32), &"a7".repeat(33), &"g7".repeat(32), &"é".repeat(32)]
        {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
    }
}
