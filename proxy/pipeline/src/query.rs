//! Query strings, decoded as forms are.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A decoded name and value.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What needs no encoding in a name or value (RFC 3986 section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Splits at `&` and at `;`, as AWS does, and decodes `%XX` and `+`.
pub(crate) fn parse(query: Option<&str>) -> Vec<Pair<'_>> {
    let pieces = query.unwrap_or_default().split(['&', ';']);
    pieces.flat_map(|piece| form_urlencoded::parse(piece.as_bytes())).collect()
}

/// The values of a name as sent: what decodes to the same is not the same.
pub(crate) fn raw_values<'q>(
    query: Option<&'q str>,
    name: &'q str,
) -> impl Iterator<Item = &'q str> {
    let pieces = query.unwrap_or_default().split(['&', ';']).filter(|piece| !piece.is_empty());
    pieces.filter_map(move |piece| {
        let value = piece.split_once('=').map_or("", |(_, value)| value);
        let (known, _) = form_urlencoded::parse(piece.as_bytes()).next()?;
        (known == name).then_some(value)
    })
}

/// The last value of a name; names compare with case.
pub(crate) fn last<'p>(pairs: &'p [Pair<'_>], name: &str) -> Option<&'p str> {
    pairs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
}

/// Writes `name=value`, encoded, after a `&` if something stands before it.
pub(crate) fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, UNRESERVED));
    query.push('=');
    query.extend(utf8_percent_encode(value, UNRESERVED));
}

/// The value as one segment of a path.
pub(crate) fn encode_segment(value: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(value, UNRESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &[(&str, &str)]) {
        let pairs = parse(Some(query));
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
        assert_eq!(pairs, expected, "{query}");
    }

    #[test]
    fn names_and_values_are_decoded_as_forms_are() {
        check("", &[]);
        check("a=1&a=2;b", &[("a", "1"), ("a", "2"), ("b", "")]);
        check("q=%2B+x%20y", &[("q", "+ x y")]);
        check("&&=&%ff=%", &[("", ""), ("\u{fffd}", "%")]);
    }

    #[test]
    fn what_is_appended_decodes_to_itself() {
        let mut query = "x=1".to_owned();
        append(&mut query, "a b&", "ä+%\r\n");
        check(&query, &[("x", "1"), ("a b&", "ä+%\r\n")]);
    }
}
