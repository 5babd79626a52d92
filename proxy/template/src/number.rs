//! Numbers as Java prints them.

use std::fmt::Write as _;

/// As `Long.toString`.
pub(crate) fn write_integer(value: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// As `Double.toString`: at least one digit after the point, and an exponent outside 10^-3 to 10^7.
pub(crate) fn write_decimal(value: f64, out: &mut String) {
    let start = out.len();
    // Writing to a string does not fail.
    let _ = if value.is_nan() {
        write!(out, "NaN")
    } else if value.is_infinite() {
        write!(out, "{}Infinity", if value > 0.0 { "" } else { "-" })
    } else if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        out.push_str(zmij::Buffer::new().format_finite(value));
        Ok(())
    } else {
        write!(out, "{value:E}")
    };
    if let Some(exponent) = out[start..].find('E')
        && !out[start..start + exponent].contains('.')
    {
        out.insert_str(start + exponent, ".0");
    }
}

pub(crate) fn decimal(value: f64) -> String {
    let mut out = String::new();
    write_decimal(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_print_as_in_java() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.001, "0.001"),
            (0.000_1, "1.0E-4"),
            (12_345_678.9, "1.23456789E7"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (-0.0, "-0.0"),
            (1e300, "1.0E300"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(decimal(value), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn decimals_are_the_shortest_that_read_the_same(value in -1e8..1e8) {
            let text = decimal(value);
            proptest::prop_assert_eq!(text.parse(), Ok(value));
            if value == 0.0 || (1e-3..1e7).contains(&f64::abs(value)) {
                proptest::prop_assert_eq!(text, format!("{value:?}"));
            }
        }
    }
}
