//! The formats of draft 4 that AWS's validator knows; it ignores others.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A format that is checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    DateTime,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Uri,
}

impl Format {
    /// None for one that is not checked.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" => Self::DateTime,
            "email" => Self::Email,
            "hostname" => Self::Hostname,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "uri" => Self::Uri,
            _ => return None,
        })
    }

    pub(crate) fn is_matched_by(self, text: &str) -> bool {
        match self {
            Self::DateTime => is_date_time(text),
            Self::Email => is_email(text),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Uri => is_uri(text),
        }
    }

    /// What is said of a text that is none.
    pub(crate) fn violation(self, text: &str) -> String {
        let what = match self {
            Self::DateTime => {
                return format!(
                    "string \"{text}\" is invalid against requested date format(s) \
                     [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{{1,12}}Z]"
                );
            }
            Self::Email => "email address",
            Self::Hostname => "hostname",
            Self::Ipv4 => "IPv4 address",
            Self::Ipv6 => "IPv6 address",
            Self::Uri => "URI",
        };
        format!("string \"{text}\" is not a valid {what}")
    }
}

/// RFC 3339: `2026-11-24T15:30:00.5Z`, or with `+01:00`.
fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let Some(time) = rest.strip_prefix(['T', 't']) else { return false };
    let Some((clock, rest)) = time.split_at_checked(8) else { return false };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=12).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    let is_zone = match rest.strip_prefix(['+', '-']) {
        Some(offset) => {
            let digits: String = offset.chars().filter(|character| *character != ':').collect();
            let is_form = matches!(offset.len(), 4 | 5) && digits.len() == 4;
            is_form && numbers(&digits, &[(0, 2, 23), (2, 4, 59)]).is_some()
        }
        None => matches!(rest, "Z" | "z"),
    };
    is_zone && is_date(date) && is_clock(clock)
}

fn is_date(date: &str) -> bool {
    if date.as_bytes().get(4) != Some(&b'-') || date.as_bytes().get(7) != Some(&b'-') {
        return false;
    }
    let Some(found) = numbers(date, &[(0, 4, 9_999), (5, 7, 12), (8, 10, 31)]) else {
        return false;
    };
    let [year, month, day] = found[..] else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    1 <= month && 1 <= day && day <= days
}

/// `15:30:00`; a leap second is one.
fn is_clock(clock: &str) -> bool {
    clock.as_bytes().get(2) == Some(&b':')
        && clock.as_bytes().get(5) == Some(&b':')
        && numbers(clock, &[(0, 2, 23), (3, 5, 59), (6, 8, 60)]).is_some()
}

/// The numbers at these places, each at most as large as said.
fn numbers(text: &str, places: &[(usize, usize, u32)]) -> Option<Vec<u32>> {
    let number = |(begin, end, max): &(usize, usize, u32)| {
        let digits = text.get(*begin..*end)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse::<u32>().ok().filter(|_| is_number)?;
        (number <= *max).then_some(number)
    };
    places.iter().map(number).collect()
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_printable = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control());
    !local.is_empty()
        && !domain.is_empty()
        && !local.contains('@')
        && is_printable(local)
        && is_printable(domain)
}

/// RFC 1034: labels of letters, digits and hyphens.
fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// As Java's `URI` reads it: a reference of RFC 3986, also without a scheme; letters of all scripts.
fn is_uri(text: &str) -> bool {
    let is_allowed = |character: char| match character {
        '\0'..='\x7f' => {
            character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
        }
        _ => !character.is_whitespace() && !character.is_control(),
    };
    let is_encoded = |rest: &str| {
        rest.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    text.chars().all(is_allowed) && text.split('%').skip(1).all(is_encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, valid: &[&str], invalid: &[&str]) {
        let format = Format::parse(format).unwrap();
        for text in valid {
            assert!(format.is_matched_by(text), "{text}");
        }
        for text in invalid {
            assert!(!format.is_matched_by(text), "{text}");
        }
    }

    #[test]
    fn formats_are_those_of_draft_4() {
        check(
            "date-time",
            &["2026-11-24T15:30:00Z", "2024-02-29T00:00:00.123+01:00", "2024-01-01T00:00:00-0800"],
            &[
                "",
                "2026-11-24",
                "2026-11-24T15:30:00",
                "2026-02-29T00:00:00Z",
                "2026-13-01T00:00:00Z",
                "2026-11-24T15:30:00.Z",
                "2026-11-24T25:30:00Z",
                "+026-11-24T15:30:00Z",
                "2026-11-2äT15:30:00Z",
            ],
        );
        check("email", &["ada@example.com"], &["ada", "@example.com", "ada@", "a b@c", "a@b@c"]);
        check("hostname", &["a-b.example.com", "localhost"], &["", "-a", "a..b", "a_b"]);
        check("ipv4", &["192.0.2.7"], &["192.0.2", "256.0.0.1", "01.2.3.4"]);
        check("ipv6", &["::1"], &["12345::", "192.0.2.7"]);
        check(
            "uri",
            &["https://example.com/?q=%20", "urn:a", "/ä"],
            &["a b:c", "a%2", "\\a", "<a>"],
        );
        assert_eq!(Format::parse("int32"), None);
    }
}
