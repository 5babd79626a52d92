//! From what plugins answer to what the pipeline may trust: headers, query, status and body.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{
    BODY_BYTES_MAX, CallFault, HEADER_BYTES_MAX, HEADER_LINE_OVERHEAD_BYTES, HeaderOperation,
    QueryOperation,
};

use crate::bindings::edgeway::plugin::types as wit;

/// Headers that frame the message or belong to the connection (`header-operation` in
/// `wit/types.wit`).
const HOST_HEADERS: [HeaderName; 9] = [
    http::header::CONNECTION,
    http::header::CONTENT_LENGTH,
    http::header::HOST,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    http::header::TE,
    http::header::TRAILER,
    http::header::TRANSFER_ENCODING,
    http::header::UPGRADE,
];

/// What the changes of a query may take: it travels in a request line of about this size.
const QUERY_BYTES_MAX: usize = HEADER_BYTES_MAX;

/// Texts longer than this are cut in messages.
const SHOWN_BYTES_MAX: usize = 80;

pub(super) fn header_operations(
    operations: Vec<wit::HeaderOperation>,
) -> Result<Vec<HeaderOperation>, CallFault> {
    let mut budget = Budget { left: HEADER_BYTES_MAX, of: "headers" };
    operations
        .into_iter()
        .map(|operation| {
            Ok(match operation {
                wit::HeaderOperation::Append(header) => {
                    let (name, value) = parse_header(header, &mut budget)?;
                    HeaderOperation::Append(name, value)
                }
                wit::HeaderOperation::Remove(name) => {
                    budget.spend(name.len())?;
                    HeaderOperation::Remove(parse_name(&name)?)
                }
                wit::HeaderOperation::Set(header) => {
                    let (name, value) = parse_header(header, &mut budget)?;
                    HeaderOperation::Set(name, value)
                }
            })
        })
        .collect()
}

pub(super) fn headers(headers: Vec<wit::HeaderResult>) -> Result<HeaderMap, CallFault> {
    let mut budget = Budget { left: HEADER_BYTES_MAX, of: "headers" };
    let mut map = HeaderMap::with_capacity(headers.len().min(HEADER_BYTES_MAX));
    for header in headers {
        let (name, value) = parse_header(header, &mut budget)?;
        map.append(name, value);
    }
    Ok(map)
}

pub(super) fn query_operations(
    operations: Vec<wit::QueryOperation>,
) -> Result<Vec<QueryOperation>, CallFault> {
    let mut budget = Budget { left: QUERY_BYTES_MAX, of: "query parameters" };
    operations
        .into_iter()
        .map(|operation| {
            let (name_bytes, value_bytes) = match &operation {
                wit::QueryOperation::Append(parameter) | wit::QueryOperation::Set(parameter) => {
                    (parameter.name.len(), parameter.value.len())
                }
                wit::QueryOperation::Remove(name) => (name.len(), 0),
            };
            budget.spend(name_bytes + value_bytes)?;
            Ok(match operation {
                wit::QueryOperation::Append(parameter) => {
                    QueryOperation::Append(parameter.name, parameter.value)
                }
                wit::QueryOperation::Remove(name) => QueryOperation::Remove(name),
                wit::QueryOperation::Set(parameter) => {
                    QueryOperation::Set(parameter.name, parameter.value)
                }
            })
        })
        .collect()
}

pub(super) fn status(status: u16) -> Result<StatusCode, CallFault> {
    StatusCode::from_u16(status)
        .ok()
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .ok_or_else(|| invalid(format!("status {status}; it must be 200-599")))
}

pub(super) fn body(body: Vec<u8>) -> Result<Bytes, CallFault> {
    if body.len() > BODY_BYTES_MAX {
        let bytes = body.len();
        return Err(invalid(format!("a body of {bytes} bytes, above {BODY_BYTES_MAX}")));
    }
    Ok(body.into())
}

/// A text of the plugin's for a message of ours.
pub(super) fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}

pub(super) fn invalid(what: impl Into<String>) -> CallFault {
    CallFault::InvalidAnswer(what.into())
}

fn parse_header(
    header: wit::HeaderResult,
    budget: &mut Budget,
) -> Result<(HeaderName, HeaderValue), CallFault> {
    budget.spend(header.name.len() + header.value.len())?;
    let name = parse_name(&header.name)?;
    let value = HeaderValue::from_maybe_shared(Bytes::from(header.value))
        .map_err(|_| invalid(format!("the value of the header {name} has control characters")))?;
    Ok((name, value))
}

fn parse_name(name: &str) -> Result<HeaderName, CallFault> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| invalid(format!("{:?} is not the name of a header", shown(name))))?;
    if HOST_HEADERS.contains(&parsed) {
        return Err(invalid(format!("the header {parsed} belongs to the gateway")));
    }
    Ok(parsed)
}

/// What may still be answered.
struct Budget {
    left: usize,
    of: &'static str,
}

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), CallFault> {
        let bytes = bytes.saturating_add(HEADER_LINE_OVERHEAD_BYTES);
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| invalid(format!("more {} than {HEADER_BYTES_MAX} bytes", self.of)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
