//! The head of a handler's response, as far as it may be trusted.
//!
//! Names and values cannot be anything but valid: `wasi:http` refuses others as the guest makes them.

use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http::{HeaderMap, HeaderValue};
use model::{
    CallFault, HEADER_LINE_OVERHEAD_BYTES, HandlerResponseHead, RESPONSE_HEADER_BYTES_MAX,
};

use crate::kind::answer::{invalid, shown, status};

pub(super) fn parse(parts: Parts) -> Result<HandlerResponseHead, CallFault> {
    let Parts { status: code, mut headers, .. } = parts;
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + HEADER_LINE_OVERHEAD_BYTES)
        .sum();
    if bytes > RESPONSE_HEADER_BYTES_MAX {
        return Err(invalid(format!(
            "headers of {bytes} bytes, above {RESPONSE_HEADER_BYTES_MAX}"
        )));
    }
    let body_bytes = content_length(&headers)?;
    headers.remove(CONTENT_LENGTH);
    Ok(HandlerResponseHead { status: status(code.as_u16())?, headers, body_bytes })
}

/// `1*DIGIT` (RFC 9110 section 8.6), once.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, CallFault> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid("several Content-Length headers"));
    }
    let is_number =
        |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = HeaderValue::to_str(value).ok().filter(is_number);
    match length.and_then(|length| length.parse().ok()) {
        Some(length) => Ok(Some(length)),
        None => {
            let text = String::from_utf8_lossy(value.as_bytes());
            Err(invalid(format!("the Content-Length {:?}", shown(&text))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(status: u16, lines: &[(&'static str, &str)]) -> Parts {
        let mut response = http::Response::builder().status(status);
        for (name, value) in lines {
            response = response.header(*name, *value);
        }
        response.body(()).expect("a response").into_parts().0
    }

    #[test]
    fn content_length_frames_the_body_and_is_no_header() {
        let head = parse(parts(200, &[("content-length", "12"), ("x-a", "b")])).expect("a head");
        assert_eq!(head.body_bytes, Some(12));
        assert_eq!(head.headers.len(), 1);
    }

    #[test]
    fn content_length_that_is_no_number_is_refused() {
        for value in ["", "+5", "-5", "5 ", "0x5", "5, 5", "99999999999999999999"] {
            assert!(parse(parts(200, &[("content-length", value)])).is_err(), "{value:?}");
        }
        assert!(parse(parts(200, &[("content-length", "5"), ("content-length", "5")])).is_err());
    }

    #[test]
    fn status_that_does_not_end_an_exchange_is_refused() {
        for status in [100, 101, 199, 600, 999] {
            assert!(parse(parts(status, &[])).is_err(), "{status}");
        }
        for status in [200, 204, 599] {
            assert!(parse(parts(status, &[])).is_ok(), "{status}");
        }
    }

    #[test]
    fn headers_are_bounded() {
        let value =
            "x".repeat(RESPONSE_HEADER_BYTES_MAX - "x-a".len() - HEADER_LINE_OVERHEAD_BYTES);
        assert!(parse(parts(200, &[("x-a", &value)])).is_ok());
        assert!(parse(parts(200, &[("x-ab", &value)])).is_err());
    }
}
