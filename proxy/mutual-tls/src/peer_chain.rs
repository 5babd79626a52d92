//! The certificates that a client showed at its handshake, and what was found of them.
//!
//! A connection serves many requests, also for several domain names: each trust store is asked once, and
//! again when the time is over that its answer is good for.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rustls_pki_types::CertificateDer;

use crate::peer_certificate::PeerCertificate;
use crate::trust_store::TrustStore;
use crate::verify::{Untrusted, verify};

/// Trust stores whose answers a connection keeps: it has a domain name, or a handful.
const ANSWERS_MAX: usize = 8;

/// How long a refusal is good for, in seconds: a certificate may become valid.
const REFUSAL_SECONDS: i64 = 60;

/// A client's certificate and those of its issuers.
#[derive(Debug)]
pub struct PeerChain {
    chain: Vec<CertificateDer<'static>>,
    certificate: OnceLock<Option<Arc<PeerCertificate>>>,
    answers: Mutex<Vec<Answer>>,
}

#[derive(Debug)]
struct Answer {
    store: Weak<TrustStore>,
    /// In seconds since 1970-01-01T00:00:00Z; from before it was found to after.
    since: i64,
    until: i64,
    outcome: Result<(), Untrusted>,
}

impl PeerChain {
    /// As it was shown, the client's own certificate first.
    pub fn new(chain: Vec<CertificateDer<'static>>) -> Self {
        Self { chain, certificate: OnceLock::new(), answers: Mutex::default() }
    }

    /// What the client's certificate says, be it believed or not; none if it cannot be read.
    pub fn certificate(&self) -> Option<&Arc<PeerCertificate>> {
        let read = || PeerCertificate::from_der(self.chain.first()?).map(Arc::new);
        self.certificate.get_or_init(read).as_ref()
    }

    /// The client's certificate, if it is to be believed; `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Why it is not.
    pub fn verify(
        &self,
        store: &Arc<TrustStore>,
        now: i64,
    ) -> Result<&Arc<PeerCertificate>, Untrusted> {
        self.outcome(store, now)?;
        let unreadable = || Untrusted("the client's certificate cannot be read".to_owned());
        self.certificate().ok_or_else(unreadable)
    }

    fn outcome(&self, store: &Arc<TrustStore>, now: i64) -> Result<(), Untrusted> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = |answer: &Answer| std::ptr::eq(answer.store.as_ptr(), Arc::as_ptr(store));
        let known = answers.iter().position(is_of);
        if let Some(answer) = known.map(|known| &answers[known])
            && (answer.since..=answer.until).contains(&now)
        {
            return answer.outcome.clone();
        }
        let (until, outcome) = match verify(&self.chain, store, now) {
            Ok(until) => (until, Ok(())),
            Err(untrusted) => (now.saturating_add(REFUSAL_SECONDS), Err(untrusted)),
        };
        if let Some(known) = known {
            answers.remove(known);
        } else if answers.len() == ANSWERS_MAX {
            answers.remove(0);
        }
        let store = Arc::downgrade(store);
        answers.push(Answer { store, since: now, until, outcome: outcome.clone() });
        outcome
    }
}
