//! Authentication by Signature Version 4, with the access keys of the store.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::request::Parts;
use bytes::Bytes;
use sigv4::{BodyDigest, Claim, ErrorKind, Expected, Protocol, SignatureError, SigningKey};
use store::{Account, Store};

use crate::access_key::{AccessKey, KeyOwner};
use crate::call::Identity;
use crate::port::{Ambient, Authentication, Caller};
use crate::refusal::{Refusal, RefusalKind};

/// Lets in who signs with a key of the store.
pub struct Signatures {
    /// Where the keys are.
    pub store: Arc<Store>,
    /// What time it is.
    pub ambient: Arc<dyn Ambient>,
    /// Which region requests must be signed for.
    pub identity: Identity,
}

impl Authentication for Signatures {
    fn authenticate(
        &self,
        signing_name: &str,
        head: &Parts,
        body: &Bytes,
    ) -> Result<Caller, Refusal> {
        let now = UNIX_EPOCH + Duration::from_secs(self.ambient.now().unsigned_abs());
        let expected =
            Expected { region: self.identity.region.as_str(), service: signing_name, now };
        let claim = Claim::parse(head.into()).and_then(|claim| claim.check(&expected));
        let checked = claim.map_err(refusal)?;
        let claim = checked.claim();
        let key = self
            .store
            .read(|transaction| transaction.get::<AccessKey>(Account::row(), claim.access_key_id()))
            .map_err(Refusal::from)?
            // No key of the store was issued with a token.
            .filter(|_| claim.session_token().is_none())
            .ok_or_else(|| refusal(SignatureError::UnknownToken))?
            .document;
        let signing_key = SigningKey::derive(&key.secret, claim.scope());
        checked.verify(&signing_key, BodyDigest::of(body)).map_err(refusal)?;
        match key.owner {
            KeyOwner::Root => {
                Ok(Caller { arn: format!("arn:aws:iam::{}:root", self.identity.account) })
            }
        }
    }

    /// There is nobody yet but the account itself, which may do everything.
    fn authorize(&self, caller: &Caller, action: &str, resource: &str) -> Result<(), Refusal> {
        if caller.arn == format!("arn:aws:iam::{}:root", self.identity.account) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::AccessDenied,
            format!(
                "User: {} is not authorized to perform: {action} on resource: {resource}",
                caller.arn
            ),
        ))
    }
}

fn refusal(error: SignatureError) -> Refusal {
    let kind = match error.kind() {
        ErrorKind::ExpiredToken => RefusalKind::ExpiredToken,
        ErrorKind::IncompleteSignature => RefusalKind::IncompleteSignature,
        ErrorKind::InvalidSignature => RefusalKind::InvalidSignature,
        ErrorKind::InvalidToken => RefusalKind::UnrecognizedClient,
        ErrorKind::MissingToken => RefusalKind::MissingAuthenticationToken,
    };
    Refusal::new(kind, error.message(Protocol::RestJson))
}
