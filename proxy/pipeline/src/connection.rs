//! Part of identify: whether a request came over a connection that its domain name takes.
//!
//! Asked of every request, by its own host name: a connection may serve several, and which one a client named at
//! the handshake is for the client to say. What does not fit is refused before anything else of the domain name is
//! looked at.

use std::sync::Arc;

use model::{DomainTls, EndpointAccessMode};
use mutual_tls::PeerCertificate;

use crate::failure::Rejection;
use crate::request::Request;

/// The certificate of the client, where the domain name asks for one.
pub(crate) fn check<'a>(
    request: &Request<'a>,
    wanted: &DomainTls,
) -> Result<Option<&'a Arc<PeerCertificate>>, Rejection> {
    let refused = |reason: &str| Rejection::Connection(reason.to_owned());
    let is_named = || {
        let name = request.tls.and_then(|tls| tls.server_name.as_deref());
        name.is_some_and(|name| name.eq_ignore_ascii_case(request.host()))
    };
    if wanted.access_mode == EndpointAccessMode::Strict && !is_named() {
        return Err(refused("the host name is not that of the handshake"));
    }
    // In clear text nobody speaks an old version: whoever opens such a listener says who may reach it.
    if request.tls.is_some_and(|tls| tls.version < wanted.oldest_version) {
        return Err(refused("the version of TLS is older than the domain name takes"));
    }
    let Some(trust_store) = &wanted.trust_store else { return Ok(None) };
    let tls = request.tls.ok_or_else(|| refused("mutual TLS is not for clear text"))?;
    let peer = tls.peer.as_ref().ok_or_else(|| refused("the client showed no certificate"))?;
    let now = i64::try_from(request.time_epoch_millis / 1_000).unwrap_or(i64::MAX);
    let verified = peer.verify(trust_store, now);
    verified.map(Some).map_err(|untrusted| Rejection::Connection(untrusted.to_string()))
}

/// What the log says of the client's certificate, also where it was not believed.
pub(crate) fn shown<'a>(
    request: &Request<'a>,
    wanted: &DomainTls,
) -> Option<&'a Arc<PeerCertificate>> {
    wanted.trust_store.as_ref()?;
    request.tls?.peer.as_ref()?.certificate()
}
