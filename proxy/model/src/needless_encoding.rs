//! Percent-encoding of what needs none: `%61dmin` is `admin` (RFC 3986 section 6.2.2.2).
//!
//! An upstream takes both writings for one path, so routes and policies have to: else the one goes
//! around what protects the other. What is encoded with a reason stays as it is: `a%2Fb` is one segment.

use std::borrow::Cow;

/// The path with what a [literal](crate::PathSegment::Literal) can be written of decoded; as it is if
/// nothing of it is encoded.
pub fn without_needless_encoding(path: &str) -> Cow<'_, str> {
    let Some(first) = path.find('%') else { return path.into() };
    let mut decoded = String::with_capacity(path.len());
    decoded.push_str(&path[..first]);
    let mut rest = &path[first..];
    while let Some(encoded) = rest.strip_prefix('%') {
        let tail = match needless(encoded) {
            Some(letter) => {
                decoded.push(letter);
                &encoded[2..]
            }
            None => {
                decoded.push('%');
                encoded
            }
        };
        let next = tail.find('%').unwrap_or(tail.len());
        decoded.push_str(&tail[..next]);
        rest = &tail[next..];
    }
    decoded.into()
}

/// What two digits stand for, if that needs no encoding: the unreserved (RFC 3986 section 2.3), and what
/// else a literal has.
fn needless(digits: &str) -> Option<char> {
    let byte = u8::from_str_radix(digits.get(..2)?, 16).ok()?;
    (byte.is_ascii_alphanumeric() || b"-._~,:".contains(&byte)).then(|| byte.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_encoding_is_decoded() {
        for (path, expected) in [
            ("/pets/1", "/pets/1"),
            ("/%61dmin", "/admin"),
            ("/%7E%5f%2d%2E%30%5A%3a%2C", "/~_-.0Z:,"),
            ("/a%2Fb%20c%25", "/a%2Fb%20c%25"),
            ("/%C3%A9", "/%C3%A9"),
            ("/a%", "/a%"),
            ("/a%6", "/a%6"),
            ("/%+1%zz%é", "/%+1%zz%é"),
            // Once: what comes of it is not looked at again.
            ("/%2561", "/%2561"),
            ("/%%361", "/%61"),
        ] {
            assert_eq!(without_needless_encoding(path), expected, "{path}");
        }
    }
}
