//! The operand of the numeric operators: an integer or decimal number, exact.
//!
//! Fixed point and not `f64`, so that two different numbers never compare as equal.

/// `u64::MAX`, the largest number JSON readers keep exact, has 20 digits.
const INTEGER_DIGITS_MAX: usize = 20;
/// Nanoseconds, should a key ever count seconds; AWS documents no key with more.
const FRACTION_DIGITS_MAX: usize = 9;

/// In units of 10^-9.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Decimal(i128);

/// A text that is no decimal number, or has too many digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidDecimal;

impl Decimal {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidDecimal> {
        let (sign, digits) = match text.strip_prefix('-') {
            None => (1, text.strip_prefix('+').unwrap_or(text)),
            Some(digits) => (-1, digits),
        };
        let (integer, fraction) = match digits.split_once('.') {
            None => (digits, ""),
            Some((_, "")) => return Err(InvalidDecimal),
            Some((integer, fraction)) => (integer, fraction),
        };
        if integer.is_empty()
            || INTEGER_DIGITS_MAX < integer.len()
            || FRACTION_DIGITS_MAX < fraction.len()
        {
            return Err(InvalidDecimal);
        }
        let mut units: i128 = 0;
        let zeros = FRACTION_DIGITS_MAX - fraction.len();
        let padding = std::iter::repeat_n(b'0', zeros);
        for byte in integer.bytes().chain(fraction.bytes()).chain(padding) {
            if !byte.is_ascii_digit() {
                return Err(InvalidDecimal);
            }
            units = units * 10 + i128::from(byte - b'0'); // At most 29 digits; i128 holds 38.
        }
        Ok(Self(sign * units))
    }
}

#[cfg(test)]
mod tests;
