//! The `statusCode` that a MOCK integration's request template says.
//!
//! AWS reads it leniently; the accepted and refused forms here are as recorded from it:
//! `{statusCode: 200}`, quotes of either kind that match, commas and other text around the entry.

/// The integer, or none where AWS cannot parse one.
pub(super) fn parse(text: &str) -> Option<i64> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (key_begin, _) = inner.match_indices("statusCode").find(|(at, _)| is_key(inner, *at))?;
    let before = inner[..key_begin].chars().next_back();
    let after = &inner[key_begin + "statusCode".len()..];
    let after = match before {
        Some(quote @ ('"' | '\'')) => after.strip_prefix(quote)?,
        _ => after,
    };
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    let end = value
        .char_indices()
        .find(|(at, character)| !(character.is_ascii_digit() || (*at == 0 && *character == '-')))
        .map_or(value.len(), |(at, _)| at);
    let (digits, rest) = value.split_at(end);
    let rest = rest.trim_start();
    let is_whole = rest.is_empty() || rest.starts_with(',');
    digits.parse().ok().filter(|_| is_whole)
}

/// A key begins the object or follows a comma, after a quote if it has one.
fn is_key(inner: &str, at: usize) -> bool {
    let before = inner[..at].trim_end_matches(['"', '\'']).trim_end();
    before.is_empty() || before.ends_with(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_accepts_is_accepted() {
        for text in [
            r#"{"statusCode": 200}"#,
            "{statusCode: 200}",
            "{'statusCode': 200}",
            r#"{"statusCode": 200 ,, }"#,
            " {\n \"statusCode\" : 200,\n \"other\": {\"a\": 1}\n} ",
            r#"{"other": "x", "statusCode": 200}"#,
        ] {
            assert_eq!(parse(text), Some(200), "{text}");
        }
        assert_eq!(parse("{statusCode: 70000}"), Some(70_000));
        assert_eq!(parse("{statusCode: -1}"), Some(-1));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for text in [
            "",
            "{}",
            "statusCode: 200",
            r#"{"statusCode': 200}"#,
            r#"{'statusCode": 200}"#,
            r#"{"statusCode": "200"}"#,
            r#"{"statusCode": 200"#,
            r#"{"statusCode": 2.5}"#,
            r#"{"statusCode": }"#,
            r#"{"statusCode" 200}"#,
            r#"{"note": "statusCode: 200"}"#,
            "{statusCode: 99999999999999999999}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
