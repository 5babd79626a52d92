//! Parameter mappings: values from the request or the integration's response to where they go.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use model::{
    ContextVariable, IntegrationResponse, RequestMapping, RequestSource, RequestTarget,
    ResponseSource,
};

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::Rejection;
use crate::outgoing::Outgoing;
use crate::query::{self, Pair};
use crate::request::last_text;

/// What the request mappings of an integration yield.
#[derive(Default)]
pub(super) struct Mapped {
    /// Headers whose value is the authorizer's to say: what the client sent does not go on.
    pub(super) gateway_headers: Vec<HeaderName>,
    /// They replace what is there.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// They come after what is there.
    pub(super) query: Vec<(String, String)>,
    /// Encoded, by placeholder.
    pub(super) path: Vec<(String, String)>,
}

/// Evaluates the request mappings. A value that is not there is not set.
pub(super) fn request(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &Outgoing<'_>,
    mappings: &[RequestMapping],
) -> Result<Mapped, Rejection> {
    let mut mapped = Mapped::default();
    let reads_query = mappings.iter().any(|mapping| {
        matches!(mapping.source, RequestSource::MultiValueQuery(_) | RequestSource::Query(_))
    });
    let pairs = if reads_query { outgoing.query() } else { Vec::new() };
    for mapping in mappings {
        if let (
            RequestTarget::Header(name),
            RequestSource::Context(ContextVariable::Authorizer(_)),
        ) = (&mapping.target, &mapping.source)
        {
            mapped.gateway_headers.push(name.clone());
        }
        let values = request_values(exchange, caller, outgoing, &pairs, &mapping.source);
        for value in values {
            match &mapping.target {
                RequestTarget::Header(name) => {
                    if let Ok(value) = HeaderValue::from_str(&value) {
                        mapped.headers.push((name.clone(), value));
                    }
                }
                RequestTarget::Path(_) if matches!(&*value, "." | "..") => {
                    return Err(Rejection::Malformed("a path parameter is a dot segment"));
                }
                RequestTarget::Path(name) => {
                    let encoded = match mapping.source {
                        // As sent: still encoded.
                        RequestSource::Path(_) => value.into_owned(),
                        _ => query::encode_segment(&value).collect(),
                    };
                    mapped.path.push((name.clone(), encoded));
                }
                RequestTarget::Query(name) => {
                    mapped.query.push((name.clone(), value.into_owned()));
                }
            }
        }
    }
    Ok(mapped)
}

fn request_values<'v>(
    exchange: &'v Exchange<'_>,
    caller: &'v Caller,
    outgoing: &'v Outgoing<'_>,
    pairs: &'v [Pair<'_>],
    source: &'v RequestSource,
) -> Vec<Cow<'v, str>> {
    let one = |value: Option<Cow<'v, str>>| value.into_iter().collect();
    match source {
        RequestSource::Context(variable) => one(exchange.variable(variable, Some(caller))),
        RequestSource::Header(name) => one(last_text(&outgoing.headers, name).map(Cow::from)),
        RequestSource::Literal(text) => vec![text.into()],
        RequestSource::MultiValueHeader(name) => {
            one(joined(&outgoing.headers, name).map(Cow::from))
        }
        RequestSource::MultiValueQuery(name) => {
            let values = pairs.iter().filter(|(known, _)| known == name);
            values.map(|(_, value)| Cow::from(value.as_ref())).collect()
        }
        RequestSource::Path(name) => one(exchange.path_parameter(name).map(Cow::from)),
        RequestSource::Query(name) => one(query::last(pairs, name).map(Cow::from)),
        RequestSource::StageVariable(name) => one(exchange.stage.variable(name).map(Cow::from)),
    }
}

/// All values that are text, joined with a comma.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).into_iter();
    let texts: Vec<&str> =
        values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// The headers that an integration response sets, from the headers of the integration.
pub(super) fn response(
    exchange: &Exchange<'_>,
    caller: &Caller,
    received: &HeaderMap,
    response: &IntegrationResponse,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(response.mappings.len() + 4);
    for mapping in &response.mappings {
        let value = match &mapping.source {
            ResponseSource::Context(variable) => exchange.variable(variable, Some(caller)),
            ResponseSource::Header(name) => last_text(received, name).map(Cow::from),
            ResponseSource::Literal(text) => Some(text.into()),
            ResponseSource::MultiValueHeader(name) => joined(received, name).map(Cow::from),
            ResponseSource::StageVariable(name) => exchange.stage.variable(name).map(Cow::from),
        };
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(&mapping.header, value);
        }
    }
    headers
}
