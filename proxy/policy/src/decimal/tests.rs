//! Tests of `decimal`.

use std::cmp::Ordering;

use super::Decimal;

#[track_caller]
fn check(left: &str, right: &str, expected: Ordering) {
    let order = Decimal::parse(left).unwrap().cmp(&Decimal::parse(right).unwrap());
    assert_eq!(order, expected, "{left} {right}");
}

#[test]
fn numbers_compare_by_value_and_exactly() {
    check("10", "10.0", Ordering::Equal);
    check("+1", "001", Ordering::Equal);
    check("-0", "0", Ordering::Equal);
    check("9", "10", Ordering::Less);
    check("-9", "-10", Ordering::Greater);
    check("0.1", "0.09", Ordering::Greater);
    check("9007199254740993", "9007199254740992", Ordering::Greater);
    check("18446744073709551615", "18446744073709551614.999999999", Ordering::Greater);
}

#[test]
fn digits_are_limited() {
    assert!(Decimal::parse("99999999999999999999").is_ok());
    assert!(Decimal::parse("999999999999999999999").is_err());
    assert!(Decimal::parse("0.123456789").is_ok());
    assert!(Decimal::parse("0.1234567891").is_err());
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", "+", ".", "1.", ".5", "1e3", "NaN", "inf", "0x1", "1,0", " 1", "--1", "1.2.3",
        "1.-2", "١",
    ] {
        assert!(Decimal::parse(text).is_err(), "{text}");
    }
}
