//! Payloads on their way to and from an integration that is not a proxy: which template, and what is
//! binary.
//!
//! Source: API Gateway Developer Guide, "Content type conversions in API Gateway".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use model::{ContentHandling, RequestTemplates};

use crate::failure::{Failure, Fault, Rejection};
use crate::integrate::Call;
use crate::integrate::template_context::TemplateContext;
use crate::request::last_text;

/// What an integration is sent for a body.
pub(super) fn request(
    call: Call<'_, '_>,
    templates: &RequestTemplates,
    handling: Option<ContentHandling>,
    body: Bytes,
    context: &mut TemplateContext,
) -> Result<Bytes, Failure> {
    let content_type = last_text(&call.outgoing.headers, &CONTENT_TYPE);
    let template = templates.choose(content_type).map_err(|_| Rejection::UnsupportedMediaType)?;
    let body = converted_request(call, handling, body)?;
    match template {
        None => Ok(body),
        // Recorded: what templates see of no payload.
        Some(template) if body.is_empty() => context.render(call, template, b"{}"),
        Some(template) => context.render(call, template, &body),
    }
}

/// A request's body as its `contentHandling` says.
pub(super) fn converted_request(
    call: Call<'_, '_>,
    handling: Option<ContentHandling>,
    body: Bytes,
) -> Result<Bytes, Failure> {
    let is_binary = || is_binary(call, last_text(&call.outgoing.headers, &CONTENT_TYPE));
    match handling {
        Some(ContentHandling::ConvertToBinary) if !is_binary() => decoded(&body),
        Some(ContentHandling::ConvertToText) if is_binary() => Ok(encoded(&body)),
        Some(_) | None => Ok(body),
    }
}

/// A response's body as its `contentHandling` says; without one, as its client accepts it.
pub(super) fn converted_response(
    call: Call<'_, '_>,
    handling: Option<ContentHandling>,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Bytes, Failure> {
    let types = &call.exchange.stage.deployment.api().binary_media_types;
    let is_binary = is_binary(call, content_type);
    let is_binary_wanted = match handling {
        Some(ContentHandling::ConvertToBinary) => true,
        Some(ContentHandling::ConvertToText) => false,
        None if types.is_uniform() => is_binary,
        None => {
            let accept = last_text(&call.outgoing.headers, &ACCEPT);
            accept.is_some_and(|accept| types.contains_first_accepted(accept))
        }
    };
    match (is_binary, is_binary_wanted) {
        (false, true) => decoded(&body),
        (true, false) => Ok(encoded(&body)),
        (true, true) | (false, false) => Ok(body),
    }
}

fn is_binary(call: Call<'_, '_>, content_type: Option<&str>) -> bool {
    let types = &call.exchange.stage.deployment.api().binary_media_types;
    content_type.is_some_and(|content_type| types.contains(content_type))
}

fn decoded(body: &[u8]) -> Result<Bytes, Failure> {
    STANDARD.decode(body).map(Bytes::from).map_err(|error| {
        Fault::Configuration(format!("Unable to base64 decode the body: {error}")).into()
    })
}

fn encoded(body: &[u8]) -> Bytes {
    STANDARD.encode(body).into()
}
