//! Tokens of issuers: user pools, and JWT authorizers.
//!
//! Source: API Gateway Developer Guide, "Control access to REST APIs using Amazon Cognito user pools as an
//! authorizer". What is recorded of AWS are the answers for tokens that are not there, not valid, and over.

use std::sync::Arc;

use jwt::{Claims, InvalidTime, InvalidToken, KeySet, Token};
use model::{
    AuthorizerTtl, ExpectedClaim, Issuer, JwtAuthorization, JwtAuthorizer, JwtAuthorizerKind,
    TrustedIssuer,
};

use super::identity;
use super::token_cache::VerifiedToken;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::ports::Ports;
use crate::record::Record;

/// `token_use` of a token that says who somebody is, and of one that says what may be done.
const ID: &str = "id";
const ACCESS: &str = "access";

/// Lets the bearer of a token in, or refuses.
pub(super) async fn authorize(
    exchange: &Exchange<'_>,
    authorization: &JwtAuthorization,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Arc<VerifiedToken>, Failure> {
    let JwtAuthorization { authorizer, scopes } = authorization;
    let text = without_scheme(identity::token_in(exchange, &authorizer.header)?);
    let started = ports.ambient.now();
    let verified = match known(text, authorizer, ports) {
        Some(verified) => Ok(verified),
        None => verify(text, authorizer, ports).await,
    };
    record.authorizer_latency = Some(ports.ambient.now().saturating_sub(started));
    let verified = verified?;
    check_time(&verified.claims, exchange.request.time_epoch_millis / 1_000)?;
    match &authorizer.kind {
        JwtAuthorizerKind::Issuers { issuers, .. } => {
            let trusted = issuers.iter().filter(|trusted| trusted.issuer == verified.issuer);
            check_trusted(&verified.claims, trusted)?;
            record.token = Some(Arc::clone(&verified));
            // Who it is, is known; it is what they may do that is missing.
            if !has_scope(&verified.claims, scopes) {
                return Err(Rejection::AccessDenied { explicit: false }.into());
            }
        }
        JwtAuthorizerKind::UserPools { audience, .. } => {
            check_use(&verified.claims, scopes)?;
            if !audience.as_ref().is_none_or(|clients| is_of(&verified.claims, clients)) {
                return Err(refused(
                    "the audience of the token does not match the validation expression",
                ));
            }
            record.token = Some(Arc::clone(&verified));
        }
    }
    Ok(verified)
}

fn refused(reason: &str) -> Failure {
    Rejection::InvalidToken(reason.to_owned()).into()
}

/// With or without `Bearer`, whose letter case does not count (RFC 9110 section 11.1).
fn without_scheme(text: &str) -> &str {
    const SCHEME: &str = "bearer ";
    match text.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => text[SCHEME.len()..].trim(),
        _ => text.trim(),
    }
}

/// What was verified before and would be again: by keys that its issuer still has, for this authorizer, and
/// not longer ago than it keeps that.
fn known(text: &str, authorizer: &JwtAuthorizer, ports: &Ports<'_>) -> Option<Arc<VerifiedToken>> {
    let verified = ports.token_cache.get(text)?;
    let issuer = find_issuer(authorizer, |issuer| *issuer == verified.issuer)?;
    let keys = ports.issuer_keys.known(issuer)?;
    let is_recent = match ttl(authorizer) {
        None => true,
        Some(ttl) => ttl
            .duration()
            .is_some_and(|ttl| ports.ambient.now().saturating_sub(verified.verified) < ttl),
    };
    (is_recent && is_allowed(authorizer, &verified) && Arc::ptr_eq(&keys, &verified.keys))
        .then_some(verified)
}

/// Whether it is signed in a way that the authorizer takes.
fn is_allowed(authorizer: &JwtAuthorizer, verified: &VerifiedToken) -> bool {
    match &authorizer.kind {
        JwtAuthorizerKind::Issuers { algorithms, .. } => algorithms.contains(&verified.algorithm),
        JwtAuthorizerKind::UserPools { .. } => true,
    }
}

/// None: for as long as the token is valid.
fn ttl(authorizer: &JwtAuthorizer) -> Option<AuthorizerTtl> {
    match &authorizer.kind {
        JwtAuthorizerKind::Issuers { .. } => None,
        JwtAuthorizerKind::UserPools { ttl, .. } => Some(*ttl),
    }
}

fn find_issuer(
    authorizer: &JwtAuthorizer,
    is_it: impl Fn(&Arc<Issuer>) -> bool,
) -> Option<&Arc<Issuer>> {
    match &authorizer.kind {
        JwtAuthorizerKind::Issuers { issuers, .. } => {
            issuers.iter().map(|trusted| &trusted.issuer).find(|issuer| is_it(issuer))
        }
        JwtAuthorizerKind::UserPools { pools, .. } => pools.iter().find(|issuer| is_it(issuer)),
    }
}

/// Verifies the signature by the keys of the issuer, which are asked for if they are not known, or if what is
/// known has no key of the name that the token says.
async fn verify(
    text: &str,
    authorizer: &JwtAuthorizer,
    ports: &Ports<'_>,
) -> Result<Arc<VerifiedToken>, Failure> {
    let token = Token::parse(text).map_err(invalid)?;
    let name = token.issuer().unwrap_or_default();
    let issuer = find_issuer(authorizer, |issuer| issuer.name == name)
        .ok_or_else(|| refused("the token is of another issuer"))?;
    let unknown =
        || Fault::Authorizer(format!("the keys of the issuer {} cannot be fetched", issuer.name));
    let keys = match ports.issuer_keys.known(issuer) {
        Some(keys) => keys,
        None => ports.issuer_keys.fetch(issuer, None).await.ok_or_else(unknown)?,
    };
    let (keys, claims) = match token.verify(&keys) {
        Err(InvalidToken::UnknownKey) => verify_by_newer(&token, issuer, keys, ports).await?,
        claims => (keys, claims.map_err(invalid)?),
    };
    let now = ports.ambient.now();
    let signed = (token.algorithm(), claims);
    let verified = VerifiedToken::new(Arc::clone(issuer), keys, now, signed);
    if !is_allowed(authorizer, &verified) {
        return Err(refused(
            "the token is signed by an algorithm that the authorizer does not take",
        ));
    }
    let verified = Arc::new(verified);
    ports.token_cache.put(text, Arc::clone(&verified));
    Ok(verified)
}

/// An issuer that changed its keys signs with one that is not known yet.
async fn verify_by_newer(
    token: &Token<'_>,
    issuer: &Arc<Issuer>,
    known: Arc<KeySet>,
    ports: &Ports<'_>,
) -> Result<(Arc<KeySet>, Claims), Failure> {
    let newer = ports.issuer_keys.fetch(issuer, Some(&known)).await.unwrap_or(known);
    let claims = token.verify(&newer).map_err(invalid)?;
    Ok((newer, claims))
}

fn invalid(problem: InvalidToken) -> Failure {
    refused(&problem.to_string())
}

fn check_time(claims: &Claims, now_seconds: u64) -> Result<(), Failure> {
    claims.check_time(now_seconds).map_err(|problem| match problem {
        InvalidTime::Expired => Rejection::TokenExpired.into(),
        InvalidTime::Missing | InvalidTime::NotYet => refused(&problem.to_string()),
    })
}

/// Without scopes a method wants to know who calls: an ID token. With scopes it wants to know what the caller may
/// do: an access token with one of them. Issuers that are no user pool may not say which one it is: see
/// [`looks_like_id`].
fn check_use(claims: &Claims, scopes: &[String]) -> Result<(), Failure> {
    let says = |kind: &str| claims.text("token_use").map(|said| said == kind);
    if !scopes.is_empty() {
        let is_access = says(ACCESS).unwrap_or(!claims.has("token_use"));
        return match is_access && has_scope(claims, scopes) {
            true => Ok(()),
            false => Err(refused("the token is no access token with a scope of the method")),
        };
    }
    match says(ID).unwrap_or_else(|| looks_like_id(claims)) {
        true => Ok(()),
        false => Err(refused("the token is no ID token")),
    }
}

/// An ID token has an audience, and nothing that access tokens have: scopes, or the client they were given to
/// (OpenID Connect Core section 2, RFC 9068 section 2.2). Keycloak says which it is in `typ`.
fn looks_like_id(claims: &Claims) -> bool {
    let is_other = |name: &str| claims.has(name);
    !["token_use", "client_id", "scope", "scp"].into_iter().any(is_other)
        && (!claims.has("typ") || claims.text("typ") == Some("ID"))
        && claims.audiences().next().is_some()
}

/// Whether a token is for one of these clients. What an issuer that does not say what its tokens are for gave
/// to another client is not for this one, whatever its audience is: `azp` names that client.
fn is_of(claims: &Claims, clients: &regex::Regex) -> bool {
    let is_meant = claims.audiences().any(|audience| clients.is_match(audience));
    let is_given = match claims.has("azp") && !claims.has("token_use") {
        true => claims.text("azp").is_some_and(|client| clients.is_match(client)),
        false => true,
    };
    is_meant && is_given
}

/// Of those that a method asks for, one is enough.
fn has_scope(claims: &Claims, scopes: &[String]) -> bool {
    scopes.is_empty() || claims.scopes().any(|scope| scopes.iter().any(|wanted| wanted == scope))
}

/// What the authorizer says of this issuer: it may say several things, and one of them must hold.
fn check_trusted<'t>(
    claims: &Claims,
    mut trusted: impl Iterator<Item = &'t TrustedIssuer>,
) -> Result<(), Failure> {
    let holds = |trusted: &TrustedIssuer| {
        is_for(claims, &trusted.audiences)
            && trusted.claims.iter().all(|expected| is_as_expected(claims, expected))
    };
    match trusted.any(holds) {
        true => Ok(()),
        false => {
            Err(refused("the audience or the claims of the token are not those that are expected"))
        }
    }
}

fn is_for(claims: &Claims, audiences: &[String]) -> bool {
    let is_one = |text: &str| audiences.iter().any(|audience| audience == text);
    match claims.has("aud") {
        true => claims.audiences().any(is_one),
        false => claims.text("client_id").is_some_and(is_one),
    }
}

fn is_as_expected(claims: &Claims, expected: &ExpectedClaim) -> bool {
    match claims.text(&expected.name) {
        Some(value) => expected.values.is_empty() || expected.values.iter().any(|it| it == value),
        // There, and no text: it is not what is expected.
        None => !expected.is_required && !claims.has(&expected.name),
    }
}
