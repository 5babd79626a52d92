//! Phase: cache. Is the response there, and may one that was fetched be kept?
//!
//! Source: API Gateway Developer Guide, "Cache settings for REST APIs in API Gateway". It comes after
//! everything that may refuse the request, so that a hit is for a caller who was let in. What is kept is
//! right for every request with its key: what belongs to one client (ids of the request, CORS, compression) comes
//! later, and what may be of one client is not kept.

mod key;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use model::{Caching, Invalidation, MethodAuthorization, Unauthorized, Verb};

use crate::authorize::{Caller, require_invalidation};
use crate::exchange::Exchange;
use crate::failure::{Failure, Rejection};
use crate::outgoing::Outgoing;
use crate::ports::{Ports, RequestBody};
use crate::record::{CacheResult, Record};
use crate::respond::{Response, Whole};
use crate::response_cache::{Begun, Cluster, Fill, KEPT_BYTES_MAX, KeptResponse, Key, Landed};
use crate::trace::Phase;

/// How many requests a request waits for, one after the other, that were given up or led to nothing.
const TURNS_MAX: usize = 3;

/// Of requests for a part of a response, or for one only if: what the integration answers is not for
/// others.
static PARTIAL: [HeaderName; 6] = [
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
];

/// Where the response comes from.
pub(crate) enum Source {
    /// It is there.
    Cache(Whole),
    /// The integration, for this request alone.
    Integration,
    /// The integration, for others as well.
    Shared(Fill),
}

/// Looks the response up. A body is read first, so that whoever waits for this request does not wait for
/// its client.
pub(crate) async fn look_up(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &mut Outgoing<'_>,
    client: &mut dyn RequestBody,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Source, Failure> {
    let Some(caching) = exchange.caching else { return Ok(Source::Integration) };
    let Some(cluster) = ports.response_cache.cluster(caching.cluster) else {
        return Ok(Source::Integration);
    };
    exchange.tracer.enter(Phase::Cache);
    let body = match outgoing.body_if_read() {
        None if client.is_empty() => Bytes::new(),
        Some(_) | None => outgoing.body(client).await?,
    };
    let invalidates = invalidates(exchange, caller, &outgoing.headers, record)?;
    record.cache = Some(CacheResult::Miss);
    let bypass = bypass(exchange, &outgoing.headers, &body);
    if let Some(reason) = bypass {
        exchange.tracer.note("bypassed", |_| reason.into());
        if !invalidates {
            return Ok(Source::Integration);
        }
    }
    let key = key::key(exchange, caller, outgoing, &body)?;
    let is_partial = outgoing.headers.keys().any(|name| PARTIAL.contains(name));
    if invalidates {
        exchange.tracer.note("invalidated", |_| true.into());
        if is_partial || bypass.is_some() {
            cluster.forget(&key);
            return Ok(Source::Integration);
        }
        return Ok(Source::Shared(cluster.invalidate(key)));
    }
    if is_partial {
        return Ok(match cluster.get(&key, caching.settings, ports.ambient.now()) {
            Some(response) => hit(exchange, "hit", response, record),
            None => miss(exchange, Source::Integration),
        });
    }
    Ok(wait_or_lead(exchange, caching.settings, (&cluster, key), ports, record).await)
}

/// The response, or whose turn it is to fetch it.
async fn wait_or_lead(
    exchange: &Exchange<'_>,
    caching: &Caching,
    (cluster, key): (&Arc<Cluster>, Key),
    ports: &Ports<'_>,
    record: &mut Record,
) -> Source {
    for _ in 0..TURNS_MAX {
        match cluster.begin(key, caching, ports.ambient.now()) {
            Begun::Hit(response) => return hit(exchange, "hit", response, record),
            Begun::Lead(fill) => return miss(exchange, Source::Shared(fill)),
            Begun::Follow(wait) => {
                // What was not kept, or given up, is perhaps this request's turn now.
                if let Some(Landed::Kept(kept)) = wait.landed().await {
                    return hit(exchange, "hit after waiting", Whole::Kept(kept), record);
                }
            }
        }
    }
    miss(exchange, Source::Integration)
}

fn miss(exchange: &Exchange<'_>, source: Source) -> Source {
    exchange.tracer.note("miss", |_| true.into());
    source
}

fn hit(
    exchange: &Exchange<'_>,
    what: &'static str,
    response: Whole,
    record: &mut Record,
) -> Source {
    record.cache = Some(CacheResult::Hit);
    exchange.tracer.conceal_cookies(&response.headers);
    exchange.tracer.note(what, |trace| response.traced(trace));
    Source::Cache(response)
}

/// Whether the client wants a fresh response, and may.
fn invalidates(
    exchange: &Exchange<'_>,
    caller: &Caller,
    headers: &HeaderMap,
    record: &mut Record,
) -> Result<bool, Rejection> {
    let Some(caching) = exchange.caching.filter(|_| wants_fresh(headers)) else {
        return Ok(false);
    };
    let Invalidation::Authorized(otherwise) = caching.settings.invalidation else {
        return Ok(true);
    };
    let Err(refused) = require_invalidation(exchange, caller) else { return Ok(true) };
    exchange.tracer.note("not invalidated", |_| refused.to_string().into());
    match otherwise {
        Unauthorized::Fail => return Err(refused),
        Unauthorized::Succeed => {}
        Unauthorized::SucceedWithWarning => record.is_cache_control_ignored = true,
    }
    Ok(false)
}

/// `Cache-Control: max-age=0` or `no-cache`.
fn wants_fresh(headers: &HeaderMap) -> bool {
    directives(headers).any(|(name, value)| {
        let is_zero = |value: &str| !value.is_empty() && value.bytes().all(|digit| digit == b'0');
        name.eq_ignore_ascii_case("no-cache")
            || name.eq_ignore_ascii_case("max-age") && value.is_some_and(is_zero)
    })
}

/// The directives of `Cache-Control` (RFC 9111 section 5.2).
fn directives(headers: &HeaderMap) -> impl Iterator<Item = (&str, Option<&str>)> {
    let values = headers.get_all(header::CACHE_CONTROL).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(|directive| match directive.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
        None => (directive.trim(), None),
    })
}

/// Why a request is not answered from the cache, and its response not kept: credentials that nobody
/// looked at here are for the integration to look at, each time; and who sends a body where nobody expects
/// one could choose what others get.
fn bypass(exchange: &Exchange<'_>, headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let cache_key = &exchange.method.cache_key;
    let expects_none = matches!(exchange.verb, Verb::Get | Verb::Head | Verb::Options);
    if expects_none && !body.is_empty() && !cache_key.has_body() {
        return Some("the request has a body that is not in its key");
    }
    let has_credentials = headers.contains_key(header::AUTHORIZATION)
        && matches!(exchange.method.authorization, MethodAuthorization::None)
        && !cache_key.has_header(&header::AUTHORIZATION);
    has_credentials.then_some("the request has credentials that are not in its key")
}

/// Keeps what the integration answered, if others may have it, and lets go who waits for it.
pub(crate) fn keep(
    exchange: &Exchange<'_>,
    fill: Fill,
    response: Option<&Response>,
    ports: &Ports<'_>,
    record: &Record,
) {
    let Some(caching) = exchange.caching else { return };
    let now = ports.ambient.now();
    let Some(response) = response else { return fill.keep_nothing(now) };
    match not_kept(exchange, response, record) {
        None => {
            exchange.tracer.note("kept", |_| caching.settings.ttl().as_secs().into());
            fill.keep(KeptResponse::new(response), caching.settings, now);
        }
        Some(reason) => {
            exchange.tracer.note("not kept", |_| reason.into());
            fill.keep_nothing(now);
        }
    }
}

/// Why a response is not for others; none if it is. What an integration answered is asked as well as what was
/// made of it, where most headers are gone.
fn not_kept(exchange: &Exchange<'_>, response: &Response, record: &Record) -> Option<&'static str> {
    let Response { status, headers, .. } = response;
    if record.is_end_unknown {
        Some("its end is that of the connection, so that nobody knows whether it is whole")
    } else if KEPT_BYTES_MAX < KeptResponse::size(response) {
        Some("it is larger than 1048576 bytes")
    } else {
        record.for_one_alone.or_else(|| for_one_alone(exchange, *status, headers))
    }
}

/// Notes what the head that an integration answered says of caches, before any of it is dropped: some of it may
/// not be the client's.
pub(crate) fn note_head(
    exchange: &Exchange<'_>,
    (status, headers): (StatusCode, &HeaderMap),
    record: &mut Record,
) {
    if exchange.caching.is_some() {
        record.for_one_alone = for_one_alone(exchange, status, headers);
    }
}

/// Why a response with this head is not for others.
fn for_one_alone(
    exchange: &Exchange<'_>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<&'static str> {
    let forbids = |(name, _): (&str, Option<&str>)| {
        ["no-store", "private"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    if !status.is_success() {
        Some("it is no success")
    } else if status == StatusCode::PARTIAL_CONTENT || headers.contains_key(header::CONTENT_RANGE) {
        Some("it is a part")
    } else if headers.contains_key(header::SET_COOKIE) {
        Some("it sets a cookie")
    } else if directives(headers).any(forbids) {
        Some("its Cache-Control forbids it")
    } else if varies(exchange, headers) {
        Some("it varies by a header that is not in the key")
    } else {
        None
    }
}

/// Whether a request with the same key could have got another response that its client needs: one that is not
/// encoded is right for all, whatever else they accept.
fn varies(exchange: &Exchange<'_>, headers: &HeaderMap) -> bool {
    let is_keyed = |name: &HeaderName| {
        *name == header::HOST
            || *name == header::ACCEPT && key::has_accept(exchange)
            || exchange.method.cache_key.has_header(name)
    };
    let values = headers.get_all(header::VARY).into_iter();
    let mut names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let varies = names.any(|name| {
        let name = name.trim_ascii();
        let is_of_no_matter = |name: HeaderName| name == header::ACCEPT_ENCODING || is_keyed(&name);
        !name.is_empty() && !HeaderName::from_bytes(name).is_ok_and(is_of_no_matter)
    });
    varies || headers.contains_key(header::CONTENT_ENCODING) && !is_keyed(&header::ACCEPT_ENCODING)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(cache_control: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        for value in cache_control.split('\n') {
            headers.append(header::CACHE_CONTROL, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(wants_fresh(&headers), expected, "{cache_control:?}");
    }

    #[test]
    fn a_fresh_response_is_wanted_by_either_word() {
        check("max-age=0", true);
        check("no-cache", true);
        check("No-Cache", true);
        check("no-transform , MAX-AGE = 0", true);
        check("no-transform\nmax-age=00", true);
        check("max-age=\"0\"", true);
        check("max-age=10", false);
        check("max-age", false);
        check("max-age=", false);
        check("s-maxage=0, only-if-cached", false);
        check("no-store", false);
        check("", false);
    }
}
