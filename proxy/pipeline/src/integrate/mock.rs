//! `MOCK`: the gateway answers; the request template's `statusCode` chooses the response.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use model::MockIntegration;
use serde::Deserialize;

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::integrate::http::method_response;
use crate::outgoing::Outgoing;
use crate::record::Record;
use crate::request::last_text;
use crate::respond::Response;

/// What the body must say after the request template.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MockStatus {
    status_code: u16,
}

pub(super) fn answer(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &Outgoing<'_>,
    integration: &MockIntegration,
    body: &[u8],
    record: &mut Record,
) -> Result<Response, Failure> {
    let content_type = last_text(&outgoing.headers, &CONTENT_TYPE);
    let template = integration.templates.choose(content_type);
    let template = template.map_err(|_| Rejection::UnsupportedMediaType)?;
    let text = template.map_or(body, |template| template.as_str().as_bytes());
    let status: MockStatus = serde_json::from_slice(text).map_err(|_| {
        Fault::Configuration("Unable to parse statusCode. It should be an integer.".into())
    })?;
    record.integration_status = Some(status.status_code);
    let selection = status.status_code.to_string();
    let chosen = integration.responses.choose(&selection);
    method_response(exchange, caller, chosen, &selection, &HeaderMap::new(), Bytes::new())
}
