//! Places in text as Java counts them: in units of UTF-16.

use std::borrow::Cow;

pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The place of a byte.
pub(super) fn place(text: &str, byte: usize) -> usize {
    length(text.get(..byte).unwrap_or(text))
}

/// The first byte of the character at a place, or after it.
pub(super) fn byte(text: &str, place: usize) -> usize {
    if text.is_ascii() {
        return place.min(text.len());
    }
    let mut at = 0;
    for (byte, character) in text.char_indices() {
        if at >= place {
            return byte;
        }
        at += character.len_utf16();
    }
    text.len()
}

/// From one place to another, both within the text; half of a pair becomes `?`, as Java writes it.
pub(super) fn slice(text: &str, from: usize, to: usize) -> Cow<'_, str> {
    let (start, end) = (byte(text, from), byte(text, to));
    if place(text, start) == from && place(text, end) == to {
        return Cow::Borrowed(&text[start..end]);
    }
    let units = text.encode_utf16().skip(from).take(to - from);
    char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect()
}

#[cfg(test)]
mod tests {
    use super::{byte, length, place, slice};

    #[test]
    fn places_count_units() {
        let text = "a\u{1f600}é";
        assert_eq!(length(text), 4);
        assert_eq!(byte(text, 3), 5);
        assert_eq!(place(text, 5), 3);
        assert_eq!(slice(text, 1, 3), "\u{1f600}");
        assert_eq!(slice(text, 0, 2), "a?");
        assert_eq!(slice(text, 2, 4), "?é");
        assert_eq!(slice("abc", 1, 1), "");
    }
}
