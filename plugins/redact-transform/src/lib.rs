//! Masks or removes fields of JSON bodies, of requests and of responses.
//!
//! Fails closed: a body that says it is JSON and cannot be read as JSON fails the call, for what
//! cannot be read cannot be redacted. Everything that is not redacted keeps its bytes.

#![forbid(unsafe_code)]

mod media_type;
mod path;
mod redaction;
mod scanner;
mod settings;

use std::sync::LazyLock;

use edgeway_plugin_sdk::configuration;
use edgeway_plugin_sdk::{
    PluginNeeds, RequestOutcome, RequestPatch, RequestTransform, ResponseOutcome, ResponsePatch,
    ResponseTransform, TransformError, TransformRequest, TransformResponse,
};

use redaction::Redaction;

static REDACTION: LazyLock<Redaction> = LazyLock::new(|| configuration::load(settings::parse));

struct RedactTransform;

impl RequestTransform for RedactTransform {
    fn needs() -> PluginNeeds {
        needs()
    }

    fn on_request(request: TransformRequest) -> Result<RequestOutcome, TransformError> {
        let body = request.body.as_deref().unwrap_or_default();
        Ok(match redacted(&REDACTION, request.head.header_values("content-type"), body)? {
            Some(body) => RequestPatch::new().set_body(body).into(),
            None => RequestOutcome::Unchanged,
        })
    }
}

impl ResponseTransform for RedactTransform {
    fn needs() -> PluginNeeds {
        needs()
    }

    fn on_response(response: TransformResponse) -> Result<ResponseOutcome, TransformError> {
        let body = response.body.as_deref().unwrap_or_default();
        Ok(match redacted(&REDACTION, response.header_values("content-type"), body)? {
            Some(body) => ResponsePatch::new().set_body(body).into(),
            None => ResponseOutcome::Unchanged,
        })
    }
}

edgeway_plugin_sdk::export_request_transform!(RedactTransform);
edgeway_plugin_sdk::export_response_transform!(RedactTransform);

fn needs() -> PluginNeeds {
    LazyLock::force(&REDACTION);
    PluginNeeds::nothing().with_headers(["content-type"]).with_body()
}

/// The body without what must not be seen; none if there is nothing to redact in it.
fn redacted<'a>(
    redaction: &Redaction,
    content_types: impl Iterator<Item = &'a str>,
    body: &[u8],
) -> Result<Option<String>, TransformError> {
    if body.is_empty() || !media_type::may_be_json(content_types) {
        return Ok(None);
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| TransformError::new("the JSON body is not UTF-8; is it compressed?"))?;
    Ok(redaction.apply(text)?)
}

#[cfg(test)]
mod tests;
