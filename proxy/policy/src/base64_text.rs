//! The operand of `BinaryEquals`: bytes, written in base64.
//!
//! Never decoded: the standard alphabet with padding writes each byte string in exactly one way, so two such
//! texts are equal when their bytes are.

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Base64Text(Box<str>);

/// A text that is not base64 as RFC 4648 section 4 writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidBase64;

impl Base64Text {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidBase64> {
        let digits = text.trim_end_matches('=');
        // RFC 4648 section 3.5: the bits that pad the last digit must be zero.
        let padding_bits = match (digits.len() % 4, text.len() - digits.len()) {
            (0, 0) => 0,
            (2, 2) => 0b1111,
            (3, 1) => 0b11,
            _ => return Err(InvalidBase64),
        };
        let mut last = 0;
        for byte in digits.bytes() {
            last = sextet(byte).ok_or(InvalidBase64)?;
        }
        if last & padding_bits != 0 {
            return Err(InvalidBase64);
        }
        Ok(Self(text.into()))
    }

    /// Compares with a value of the request, which is base64 as well.
    pub(crate) fn equals(&self, value: &str) -> bool {
        *self.0 == *value
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
