//! `MOCK`: the gateway answers; the request template's `statusCode` chooses the response.

use bytes::Bytes;
use http::HeaderMap;
use model::MockIntegration;
use serde_json::json;

use crate::failure::{Failure, Fault};
use crate::integrate::method_response::{Received, method_response};
use crate::integrate::template_context::TemplateContext;
use crate::integrate::{Call, mapping, mock_status, payload};
use crate::record::Record;
use crate::respond::Response;

pub(super) fn answer(
    call: Call<'_, '_>,
    integration: &MockIntegration,
    body: Bytes,
    record: &mut Record,
) -> Result<Response, Failure> {
    mapping::check_forbidden(integration.mappings.forbidden())?;
    let mut context = TemplateContext::default();
    let body = payload::request(call, &integration.templates, None, body, &mut context)?;
    let text = std::str::from_utf8(&body).ok();
    let status = text.and_then(mock_status::parse).ok_or_else(|| {
        Fault::Configuration(
            "Unable to parse statusCode. It should be an integer that is defined in the request template."
                .into(),
        )
    })?;
    call.exchange.tracer.note("statusCode", |_| json!(status));
    record.integration_status = u16::try_from(status).ok();
    let status = status.to_string();
    let received = Received {
        selection: &status,
        status: &status,
        headers: &HeaderMap::new(),
        body: Bytes::new(),
    };
    method_response(call, &integration.responses, received, context)
}
