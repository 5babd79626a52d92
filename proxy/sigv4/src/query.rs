//! Query strings: their parameters decoded, and their canonical form.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names and values as they were sent.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        return Cow::Owned(
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned(),
        );
    }
    percent_decode_str(text).decode_utf8_lossy()
}

/// Parameters encoded alike, sorted by name and then by value; without the parameter `excluded`.
pub(crate) fn push_canonical(query: &str, excluded: Option<&str>, canonical: &mut Vec<u8>) {
    let mut encoded = Vec::with_capacity(query.len() + query.len() / 2);
    let mut push = |text: &str| -> Range<usize> {
        let start = encoded.len();
        push_recoded(text, &mut encoded);
        start..encoded.len()
    };
    let mut pairs: Vec<_> =
        parameters(query).map(|(name, value)| (push(name), push(value))).collect();
    let pair = |(name, value): &(Range<usize>, Range<usize>)| {
        (&encoded[name.clone()], &encoded[value.clone()])
    };
    pairs.sort_unstable_by(|one, other| pair(one).cmp(&pair(other)));
    let start = canonical.len();
    for (name, value) in pairs.iter().map(pair) {
        if excluded.is_some_and(|excluded| excluded.as_bytes() == name) {
            continue;
        }
        if canonical.len() != start {
            canonical.push(b'&');
        }
        canonical.extend_from_slice(name);
        canonical.push(b'=');
        canonical.extend_from_slice(value);
    }
}

/// The same text, with just what is reserved encoded.
fn push_recoded(text: &str, encoded: &mut Vec<u8>) {
    for (index, words) in text.split('+').enumerate() {
        if index != 0 {
            encoded.extend_from_slice(b"%20");
        }
        push_encoded(&Cow::from(percent_decode_str(words)), encoded);
    }
}

pub(crate) fn push_encoded(bytes: &[u8], encoded: &mut Vec<u8>) {
    percent_encode(bytes, RESERVED).for_each(|part| encoded.extend_from_slice(part.as_bytes()));
}
