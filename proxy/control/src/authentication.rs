//! Who a request is from: Signature Version 4, with the access keys of the store.
//!
//! Nothing of a body is read but its digest. What a caller may do is said in `authorization`.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::request::Parts;
use model::{CallerIdentity, CallerKey, CallerKind, InvalidSession};
use policy::InvalidPolicy;
use sigv4::{
    BodyDigest, CheckedClaim, Claim, ErrorKind, Expected, Protocol, SignatureError, SigningKey,
};
use store::{ReadTransaction, Store, StoreError};

use crate::call::Identity;
use crate::callers;
use crate::port::Ambient;
use crate::refusal::{Refusal, RefusalKind};

/// Where the services that have no regions are: their requests may be signed for it.
const GLOBAL_REGION: &str = "us-east-1";
const GLOBAL_SERVICES: [&str; 2] = ["iam", "sts"];

/// Lets in who signs with a key of the store.
#[derive(Clone, Copy)]
pub struct Authentication<'a> {
    /// Where users and keys are.
    pub store: &'a Store,
    /// What time it is.
    pub ambient: &'a dyn Ambient,
    /// Whose keys these are, and which region requests must be signed for.
    pub identity: &'a Identity,
}

/// Who a signed request is from, and what they may do as it came.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose key signed, with what their policies say.
    pub identity: Arc<CallerIdentity>,
    /// The key that signed.
    pub access_key_id: String,
}

impl Caller {
    /// The name of the user; the account itself and who became a role have none.
    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.identity.kind {
            CallerKind::User { name } => Some(name),
            CallerKind::Account | CallerKind::AssumedRole => None,
        }
    }
}

/// Why a request was not let in.
#[derive(Debug, thiserror::Error)]
pub enum Unauthorized {
    /// The caller may not do this.
    #[error("{0}")]
    AccessDenied(String),
    /// A policy of the store cannot be read: it would say what nobody knows.
    #[error("a stored policy cannot be read")]
    Policy(#[source] InvalidPolicy),
    /// It is not signed, or wrongly.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authentication<'_> {
    /// Verifies the signature of a request for `service`, such as `apigateway`, over all of it.
    ///
    /// # Errors
    /// That it is not signed, or wrongly. There is no request that needs no signature.
    pub fn authenticate(
        &self,
        service: &str,
        head: &Parts,
        body: &[u8],
    ) -> Result<Caller, Unauthorized> {
        let checked = self.check(service, head)?;
        self.store.read(|transaction| self.verify(&checked, body, transaction))
    }

    /// The same, as far as the head alone says: whether the signature is whole, of now and of here,
    /// and of a key that is there.
    ///
    /// # Errors
    /// Why the request is not let in, whatever its body.
    pub fn recognize(&self, service: &str, head: &Parts) -> Result<(), Unauthorized> {
        let checked = self.check(service, head)?;
        self.store.read(|transaction| self.key(&checked, transaction)).map(drop)
    }

    fn check<'h>(
        &self,
        service: &str,
        head: &'h Parts,
    ) -> Result<CheckedClaim<'h>, SignatureError> {
        let claim = Claim::parse(head.into())?;
        let region = self.identity.region.as_str();
        let is_global = GLOBAL_SERVICES.contains(&service) && claim.scope().region != region;
        let expected = Expected {
            region: if is_global { GLOBAL_REGION } else { region },
            service,
            now: UNIX_EPOCH + Duration::from_secs(self.ambient.now().unsigned_abs()),
        };
        claim.check(&expected)
    }

    fn verify(
        &self,
        checked: &CheckedClaim<'_>,
        body: &[u8],
        transaction: &ReadTransaction<'_>,
    ) -> Result<Caller, Unauthorized> {
        let key = self.key(checked, transaction)?;
        let claim = checked.claim();
        let signing_key = SigningKey::derive(key.secret.reveal(), claim.scope());
        checked.verify(&signing_key, BodyDigest::of(body))?;
        let access_key_id = claim.access_key_id().to_owned();
        Ok(Caller { identity: key.identity, access_key_id })
    }

    /// The key that a request claims to be signed with.
    fn key(
        &self,
        checked: &CheckedClaim<'_>,
        transaction: &ReadTransaction<'_>,
    ) -> Result<CallerKey, Unauthorized> {
        let claim = checked.claim();
        let key = callers::find(transaction, &self.identity.account, claim.access_key_id())?;
        let key = key.ok_or(SignatureError::UnknownToken)?;
        key.check_session(claim.session_token(), self.ambient.now().unsigned_abs())?;
        Ok(key)
    }
}

impl From<InvalidSession> for Unauthorized {
    fn from(invalid: InvalidSession) -> Self {
        Self::Signature(match invalid {
            InvalidSession::Over => SignatureError::ExpiredToken,
            InvalidSession::WrongToken => SignatureError::UnknownToken,
        })
    }
}

impl From<Unauthorized> for Refusal {
    fn from(unauthorized: Unauthorized) -> Self {
        let error = match unauthorized {
            Unauthorized::AccessDenied(text) => return Self::new(RefusalKind::AccessDenied, text),
            Unauthorized::Policy(error) => return Self::internal(&error.to_string()),
            Unauthorized::Store(error) => return error.into(),
            Unauthorized::Signature(error) => error,
        };
        let kind = match error.kind() {
            ErrorKind::ExpiredToken => RefusalKind::ExpiredToken,
            ErrorKind::IncompleteSignature => RefusalKind::IncompleteSignature,
            ErrorKind::InvalidSignature => RefusalKind::InvalidSignature,
            ErrorKind::InvalidToken => RefusalKind::UnrecognizedClient,
            ErrorKind::MissingToken => RefusalKind::MissingAuthenticationToken,
        };
        Self::new(kind, error.message(Protocol::RestJson))
    }
}
