//! Tests of `base64_text`.

use super::Base64Text;

#[track_caller]
fn check(text: &str, expected: bool) {
    assert_eq!(Base64Text::parse(text).is_ok(), expected, "{text}");
}

#[test]
fn only_the_one_way_to_write_bytes_is_accepted() {
    check("", true);
    check("QQ==", true);
    check("QUI=", true);
    check("QUJD", true);
    check("+/+/", true);
    check("Q", false);
    check("QQ", false);
    check("QQ=", false);
    check("QQ===", false);
    check("QR==", false); // The four padding bits are not zero.
    check("QUJ=", false); // Nor the two of these.
    check("QU=D", false);
    check("====", false);
    check("-_-_", false);
    check("QUJD\n", false);
    check("äää=", false);
}
