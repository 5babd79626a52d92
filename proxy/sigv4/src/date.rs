//! Where the date of a request stands: `X-Amz-Date`, or else `Date`.

use http::{HeaderMap, HeaderValue};

use crate::signature_error::SignatureError;
use crate::timestamp::Timestamp;

/// `None` if neither header is there.
pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Option<Timestamp>, SignatureError> {
    if let Some(value) = headers.get("x-amz-date") {
        return parse(value, Timestamp::parse_basic).map(Some);
    }
    headers.get("date").map(|value| parse(value, Timestamp::parse_date_header)).transpose()
}

fn parse(
    value: &HeaderValue,
    parse: fn(&str) -> Option<Timestamp>,
) -> Result<Timestamp, SignatureError> {
    let text = String::from_utf8_lossy(value.as_bytes());
    parse(text.trim()).ok_or_else(|| SignatureError::MalformedDate { found: text.into_owned() })
}
