//! Phase: accept. What is too large to look at is refused before anything is looked up.

use http::header::CONTENT_LENGTH;
use model::{BODY_BYTES_MAX, HEADER_BYTES_MAX, HEADER_LINE_OVERHEAD_BYTES, TARGET_BYTES_MAX};

use crate::failure::{Failure, Rejection};
use crate::request::Request;

/// Refuses header blocks and targets above 10,240 bytes and bodies that announce more than 10 MB
/// (API Gateway quotas).
pub(crate) fn accept(request: &Request<'_>) -> Result<(), Failure> {
    let target_bytes = request.path.len() + request.query.map_or(0, str::len);
    if target_bytes > TARGET_BYTES_MAX {
        return Err(Rejection::UriTooLong.into());
    }
    let header_bytes: usize = request
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + HEADER_LINE_OVERHEAD_BYTES)
        .sum();
    if header_bytes > HEADER_BYTES_MAX {
        return Err(Rejection::HeadersTooLarge { bytes: header_bytes }.into());
    }
    let announced = request.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if let Some(bytes) = announced.and_then(|text| text.parse::<u64>().ok())
        && bytes > BODY_BYTES_MAX as u64
    {
        return Err(Rejection::BodyTooLarge.into());
    }
    Ok(())
}
