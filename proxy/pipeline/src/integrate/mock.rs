//! `MOCK`: the gateway answers; the request template's `statusCode` chooses the response.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use model::MockIntegration;

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::integrate::http::method_response;
use crate::integrate::mock_status;
use crate::outgoing::Outgoing;
use crate::record::Record;
use crate::request::last_text;
use crate::respond::Response;

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
    let text = match template {
        Some(template) => Some(template.as_str()),
        None => std::str::from_utf8(body).ok(),
    };
    let status = text.and_then(mock_status::parse).ok_or_else(|| {
        Fault::Configuration(
            "Unable to parse statusCode. It should be an integer that is defined in the request template."
                .into(),
        )
    })?;
    record.integration_status = u16::try_from(status).ok();
    let selection = status.to_string();
    let chosen = integration.responses.choose(&selection);
    method_response(exchange, caller, chosen, &selection, &HeaderMap::new(), Bytes::new())
}
