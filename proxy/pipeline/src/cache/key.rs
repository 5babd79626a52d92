//! What a cached response is right for.
//!
//! Each part is digested with its length, so that no two requests that differ in one have one key. Values
//! are as they were sent, and all of a name: the integration sees more than the last one that is text.

use std::borrow::Cow;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, header};
use model::{Integration, RequestSource};
use sha2::{Digest as _, Sha256};

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::Rejection;
use crate::integrate::body_part;
use crate::outgoing::Outgoing;
use crate::query;
use crate::response_cache::Key;

/// The key of a request, before plugins change it.
pub(super) fn key(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &Outgoing<'_>,
    body: &[u8],
) -> Result<Key, Rejection> {
    let (request, method) = (exchange.request, exchange.method);
    let mut parts = Parts(Sha256::new());
    parts.push(
        exchange.caching.map(|caching| caching.scope.as_bytes().as_slice()).unwrap_or_default(),
    );
    let namespace = method.cache_key.namespace();
    parts.push(namespace.unwrap_or(exchange.resource.id.as_str()).as_bytes());
    parts.push(exchange.verb.as_str().as_bytes());
    // Functions and mappings are told by which name, and below which path, they were reached.
    parts.push(request.scheme.as_str().as_bytes());
    parts.push(request.authority.as_bytes());
    parts.push_headers(request.headers, &header::HOST);
    let base = exchange.context_path.strip_suffix(exchange.path);
    parts.push(base.unwrap_or(exchange.context_path).as_bytes());
    // Methods that share a namespace may be keyed by different parameters, whose values may be equal.
    let (has_accept, has_signer) = (
        has_accept(exchange),
        method.integration.is_called_as_caller() || method.cache_key.has_header(&AUTHORIZATION),
    );
    parts.push(method.cache_key.names().as_bytes());
    parts.push(&[has_accept.into(), has_signer.into()]);
    if has_accept {
        parts.push_headers(request.headers, &header::ACCEPT);
        parts.push_headers(&outgoing.headers, &header::ACCEPT);
    }
    // Chooses the template of the request, and whether its body is binary.
    parts.push_headers(&outgoing.headers, &header::CONTENT_TYPE);
    // The signature itself does not go on; whose it is does.
    if has_signer {
        parts.push_text(caller.signer().map(|signer| signer.access_key_id.as_str()));
    }
    // What some take for the end of a parameter, and others for a part of it.
    let whole_query = request.query.filter(|query| query.contains(';'));
    parts.push_all(whole_query.into_iter().map(str::as_bytes));
    for source in method.cache_key.parameters() {
        match source {
            RequestSource::Header(name) | RequestSource::MultiValueHeader(name) => {
                parts.push_headers(&outgoing.headers, name);
            }
            RequestSource::MultiValueQuery(name) | RequestSource::Query(name) => {
                let values = query::raw_values(request.query, name);
                parts.push_all(values.map(str::as_bytes));
            }
            RequestSource::Path(name) => parts.push_text(exchange.path_parameter(name)),
            RequestSource::Context(variable) => {
                parts.push_text(exchange.variable(variable, Some(caller)).as_deref());
            }
            RequestSource::Body(None) => parts.push(body),
            RequestSource::Body(path) => {
                let part: Option<Cow<'_, str>> = body_part(body, path.as_ref())?;
                parts.push_text(part.as_deref());
            }
            // The same for every request of the scope.
            RequestSource::Literal(_) | RequestSource::StageVariable(_) => {}
        }
    }
    Ok(parts.0.finalize().into())
}

/// Whether the gateway itself answers by what the client accepts.
pub(super) fn has_accept(exchange: &Exchange<'_>) -> bool {
    let types = &exchange.stage.deployment.api().binary_media_types;
    let integration = &exchange.method.integration;
    let may_be_binary = match integration {
        // Also where all types are: not for a client that says nothing.
        Integration::Function(_) => !types.is_empty(),
        _ => !types.is_uniform(),
    };
    may_be_binary || integration.chooses_by_accept()
}

struct Parts(Sha256);

impl Parts {
    fn push(&mut self, part: &[u8]) {
        self.push_count(part.len());
        self.0.update(part);
    }

    fn push_count(&mut self, count: usize) {
        self.0.update(u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn push_text(&mut self, text: Option<&str>) {
        self.push_all(text.into_iter().map(str::as_bytes));
    }

    fn push_headers(&mut self, headers: &HeaderMap, name: &HeaderName) {
        self.push_all(headers.get_all(name).into_iter().map(|value| value.as_bytes()));
    }

    /// Any number of parts: after each stands whether another one comes.
    fn push_all<'p>(&mut self, parts: impl Iterator<Item = &'p [u8]>) {
        for part in parts {
            self.0.update([1]);
            self.push(part);
        }
        self.0.update([0]);
    }
}
