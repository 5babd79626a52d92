//! Numbers of JSON compared and divided by their value, not by how they are written.

use std::cmp::Ordering;

use serde_json::Number;

/// Powers of ten that fit.
const SCALE_MAX: u32 = 36;

/// By value. Whole numbers are compared exactly.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => float(a).partial_cmp(&float(b)).unwrap_or(Ordering::Equal),
    }
}

/// Whether dividing leaves nothing: as decimal numbers, so that 0.3 is a multiple of 0.1.
pub(crate) fn is_multiple(value: &Number, divisor: &Number) -> bool {
    let exact = || {
        let (value, divisor) = (Decimal::of(value)?, Decimal::of(divisor)?);
        let exponent = value.exponent.min(divisor.exponent);
        value.scaled(exponent)?.checked_rem(divisor.scaled(exponent)?)
    };
    match exact() {
        Some(remainder) => remainder == 0,
        None => (float(value) % float(divisor)) == 0.0,
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::MAX)
}

/// `mantissa * 10^exponent`
struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    /// None if it has too many digits.
    fn of(number: &Number) -> Option<Self> {
        let text = number.to_string();
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text.as_str(), 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = format!("{whole}{fraction}").parse().ok()?;
        let fraction = i32::try_from(fraction.len()).ok()?;
        Some(Self { mantissa, exponent: exponent.checked_sub(fraction)? })
    }

    /// The mantissa for a lower exponent.
    fn scaled(&self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        if SCALE_MAX < shift {
            return None;
        }
        self.mantissa.checked_mul(10_i128.pow(shift))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_compare_by_value() {
        let compare = |a: &str, b: &str| compare(&number(a), &number(b));
        assert_eq!(compare("1", "1.0"), Ordering::Equal);
        assert_eq!(compare("18446744073709551615", "18446744073709551614"), Ordering::Greater);
        assert_eq!(compare("-1", "18446744073709551615"), Ordering::Less);
        assert_eq!(compare("1e300", "2"), Ordering::Greater);
    }

    #[test]
    fn multiples_are_those_of_decimal_numbers() {
        let is_multiple = |a: &str, b: &str| is_multiple(&number(a), &number(b));
        assert!(is_multiple("0.3", "0.1"));
        assert!(is_multiple("0.0075", "0.0001"));
        assert!(!is_multiple("0.00751", "0.0001"));
        assert!(is_multiple("1e300", "5"));
        assert!(!is_multiple("7", "2"));
        assert!(is_multiple("0", "3"));
        assert!(!is_multiple("1e-300", "3e200"));
    }
}
