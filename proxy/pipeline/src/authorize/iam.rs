//! `AWS_IAM`: who signed a call, and what the policies of their identity and of the API say.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests", and API Gateway Developer Guide,
//! "Control access to a REST API with IAM permissions". A body is read only once the head is found to
//! be of now, of here, and signed with a key that is there.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::HOST;
use model::{CallerIdentity, CallerKey, Callers, InvalidSession, METHOD_ARN_BYTES_MAX, ServiceKey};
use policy::Decision;
use sigv4::{BodyDigest, CheckedClaim, Claim, Expected, SignatureError, SigningKey};

use crate::authorize::conditions::RequestConditions;
use crate::authorize::endpoint_policy;
use crate::authorize::resource_policy::{self, ACTION, DENIED_BY_RESOURCE, denied};
use crate::authorize::signed;
use crate::exchange::Exchange;
use crate::failure::{Failure, Rejection};
use crate::identify::API_ID;
use crate::outgoing::{Outgoing, read_body};
use crate::ports::RequestBody;
use crate::record::Record;
use crate::route::METHOD_OVERRIDE;

/// As signatures name what APIs are called for.
const SERVICE: &str = "execute-api";

/// Who signed a call.
#[derive(Debug)]
pub(crate) struct Signer {
    /// `$context.identity.accessKey`
    pub(crate) access_key_id: String,
    pub(crate) identity: Arc<CallerIdentity>,
}

impl Signer {
    /// The key that signed, for a service that the call goes on to.
    pub(crate) fn service_key(&self, exchange: &Exchange<'_>) -> Option<ServiceKey> {
        let key = exchange.snapshot.callers().key(&self.access_key_id)?;
        let token = key.session.as_ref().map(|session| session.token.reveal().to_owned());
        Some(ServiceKey {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: key.secret.reveal().to_owned(),
            session_token: token,
        })
    }
}

/// Who tests the method: whose identity a test has, was found out where it was asked for.
pub(super) fn tester(exchange: &Exchange<'_>) -> Option<Arc<Signer>> {
    let access_key_id = exchange.request.tester?;
    let key = exchange.snapshot.callers().key(access_key_id)?;
    let identity = Arc::clone(&key.identity);
    Some(Arc::new(Signer { access_key_id: access_key_id.to_owned(), identity }))
}

/// Finds out who signed the call, and refuses if they may not make it.
pub(super) async fn authorize(
    exchange: &Exchange<'_>,
    outgoing: &mut Outgoing<'_>,
    body: &mut dyn RequestBody,
    record: &mut Record,
) -> Result<Arc<Signer>, Failure> {
    if exchange.method_arn_bytes() > METHOD_ARN_BYTES_MAX {
        return Err(Rejection::UriTooLong.into());
    }
    let refused = |error| Failure::from(Rejection::Signature(error));
    let claim = check(exchange).map_err(refused)?;
    let key = key(exchange, claim.claim(), exchange.snapshot.callers()).map_err(refused)?;
    let sent = if body.is_empty() { Bytes::new() } else { read_body(body).await? };
    let signing_key = SigningKey::derive(key.secret.reveal(), claim.claim().scope());
    claim.verify(&signing_key, BodyDigest::of(&sent)).map_err(refused)?;
    let access_key_id = claim.claim().access_key_id().to_owned();
    let signer = Arc::new(Signer { access_key_id, identity: Arc::clone(&key.identity) });
    record.signer = Some(Arc::clone(&signer));
    decide(exchange, &signer.identity)?;
    if !body.is_empty() {
        outgoing.hold(sent).await?;
    }
    Ok(signer)
}

/// Whether the head is one that a signature can be good for. Nothing is proven yet.
fn check<'r>(exchange: &Exchange<'r>) -> Result<CheckedClaim<'r>, SignatureError> {
    let request = exchange.request;
    let claim = Claim::parse(sigv4::Request {
        method: request.method,
        path: request.path,
        query: request.query.unwrap_or_default(),
        headers: request.headers,
        authority: Some(request.authority),
    })?;
    let not_signed = |name: &str| Err(SignatureError::HeaderNotSigned { name: name.to_owned() });
    // What another host than the signed one routes, or another method than the signed one does.
    let host = request.headers.get(HOST);
    if host.is_some_and(|host| host.as_bytes() != request.authority.as_bytes()) {
        return not_signed(HOST.as_str());
    }
    let is_overridden = request.headers.contains_key(&METHOD_OVERRIDE);
    if is_overridden && !claim.signs(METHOD_OVERRIDE.as_str()) {
        return not_signed(METHOD_OVERRIDE.as_str());
    }
    let chooses_api = request.vpc_endpoint().is_some() && request.headers.contains_key(&API_ID);
    if chooses_api && !claim.signs(API_ID.as_str()) {
        return not_signed(API_ID.as_str());
    }
    // What is added unsigned, or taken away, must not lead to another API.
    let routing = exchange.domain.iter().flat_map(|domain| domain.routing_headers());
    for name in routing.filter(|name| request.headers.contains_key(*name)) {
        if !claim.signs(name.as_str()) {
            return not_signed(name.as_str());
        }
    }
    // Signed like the path and query that this gateway reads as something else.
    if request.path.contains("//") || request.query.is_some_and(|query| query.contains(';')) {
        return Err(SignatureError::AmbiguousTarget);
    }
    claim.check(&Expected {
        region: exchange.snapshot.region().as_str(),
        service: SERVICE,
        now: UNIX_EPOCH + Duration::from_millis(request.time_epoch_millis),
    })
}

/// The key that a call claims to be signed with.
fn key<'c>(
    exchange: &Exchange<'_>,
    claim: &Claim<'_>,
    callers: &'c Callers,
) -> Result<&'c CallerKey, SignatureError> {
    let key = callers.key(claim.access_key_id()).ok_or(SignatureError::UnknownToken)?;
    let now = exchange.request.time_epoch_millis / 1_000;
    key.check_session(claim.session_token(), now).map_err(|invalid| match invalid {
        InvalidSession::Over => SignatureError::ExpiredToken,
        InvalidSession::WrongToken => SignatureError::UnknownToken,
    })?;
    Ok(key)
}

fn decide(exchange: &Exchange<'_>, caller: &CallerIdentity) -> Result<(), Rejection> {
    let conditions = RequestConditions::of_signer(exchange, caller);
    let names: Vec<&str> = caller.names.iter().map(String::as_str).collect();
    let principal = policy::Caller::Aws { account: caller.account.as_str(), names: &names };
    let principal = Some(&principal);
    endpoint_policy::require_of(exchange, ACTION, &conditions, principal, &caller.arn)?;
    let method_arn = exchange.method_arn();
    let request = policy::Request {
        action: ACTION,
        context: &conditions,
        principal: None,
        resource: &method_arn,
    };
    let judged = signed::judge(caller, &request, |principal| {
        resource_policy::judge(exchange, &conditions, Some(principal))
    });
    let reason = match (judged.together, judged.own) {
        (Decision::Allow, _) => return Ok(()),
        (Decision::ExplicitDeny, Decision::ExplicitDeny) => {
            "with an explicit deny in an identity-based policy"
        }
        (Decision::ExplicitDeny, _) => DENIED_BY_RESOURCE,
        (Decision::ImplicitDeny, _) => {
            "because no identity-based policy allows the execute-api:Invoke action"
        }
    };
    Err(denied(exchange, &caller.arn, reason))
}
