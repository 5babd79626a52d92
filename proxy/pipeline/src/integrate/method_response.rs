//! The method response of an integration that is not a proxy: status, headers and body are what the
//! chosen integration response says; the integration's headers do not pass unless mapped.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use model::IntegrationResponses;
use serde_json::json;

use crate::failure::{Failure, Fault};
use crate::header_rules::{self, ResponseKind};
use crate::integrate::template_context::TemplateContext;
use crate::integrate::{Call, mapping, payload};
use crate::request::last_text;
use crate::respond::Response;

/// What an integration answered.
pub(super) struct Received<'r> {
    /// What patterns are matched with: a status, or a function's error message.
    pub(super) selection: &'r str,
    /// The status, for the log.
    pub(super) status: &'r str,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: Bytes,
}

pub(super) fn method_response(
    call: Call<'_, '_>,
    responses: &IntegrationResponses,
    received: Received<'_>,
    mut context: TemplateContext,
) -> Result<Response, Failure> {
    let chosen = responses.choose(received.selection).ok_or_else(|| {
        Fault::Configuration(format!(
            "No match for output mapping and no default output mapping configured. \
             Endpoint Response Status Code: {}",
            received.status
        ))
    })?;
    if !chosen.is_declared {
        let status = chosen.status.as_u16();
        return Err(Fault::Configuration(format!(
            "Output mapping refers to an invalid method response: {status}"
        ))
        .into());
    }
    let mapped = mapping::response(call, received.headers, &received.body, &chosen.mappings);
    call.exchange.tracer.note("integration response", |trace| {
        json!({
            "selectedBy": received.selection,
            "status": chosen.status.as_u16(),
            "mappedHeaders": trace.headers(&mapped),
        })
    });
    let mut headers = header_rules::remapped_response(&mapped, ResponseKind::Mapped);
    let content_type = last_text(received.headers, &CONTENT_TYPE);
    let body =
        payload::converted_response(call, chosen.content_handling, content_type, received.body)?;
    let template = chosen.template(call.exchange.request.header(&ACCEPT));
    let body = match template {
        None => body,
        Some((media_type, template)) => {
            if !headers.contains_key(CONTENT_TYPE)
                && let Ok(value) = HeaderValue::from_str(media_type.as_str())
            {
                headers.insert(CONTENT_TYPE, value);
            }
            context.render(call, template, &body)?
        }
    };
    context.override_response_headers(&mut headers);
    let status = context.response_status().unwrap_or(chosen.status);
    Ok(Response { status, headers, body })
}
