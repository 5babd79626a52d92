//! One call: what it says, and what it is done with.

use std::sync::Arc;

use model::{AccountId, Backends, CallerIdentity, Region};
use throttle::Limit;
use uuid::Builder;

use crate::authorization::RequestContext;
use crate::input::Input;
use crate::lambda::{Lambda, Package};
use crate::port::{Ambient, Functions, TestInvoker, TrustStores};
use crate::trust_store::FetchedTrustStore;

/// Who and where we are: part of every ARN.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account that everything belongs to.
    pub account: AccountId,
    /// The region that everything is in.
    pub region: Region,
}

/// One authenticated call of a known operation, its members checked.
pub(crate) struct Call {
    pub(crate) caller: Arc<CallerIdentity>,
    /// The key that signed.
    pub(crate) access_key_id: String,
    /// What conditions of policies see of it.
    pub(crate) context: RequestContext,
    pub(crate) input: Input,
    /// The code that it brings: read before the transaction, as it may be large.
    pub(crate) package: Option<Package>,
    /// The bundle that it names: fetched before the transaction.
    pub(crate) fetched: Option<FetchedTrustStore>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) now: i64,
    pub(crate) identity: Identity,
    pub(crate) ambient: Arc<dyn Ambient>,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) test_invoker: Arc<dyn TestInvoker>,
    pub(crate) trust_stores: Arc<dyn TrustStores>,
    pub(crate) backends: Arc<Backends>,
    pub(crate) account_throttle: Option<Limit>,
}

/// Of most ids.
pub(crate) const ID_LENGTH: usize = 6;

/// Of APIs and API keys.
pub(crate) const LONG_ID_LENGTH: usize = 10;

/// A random UUID, version 4.
pub(crate) fn new_uuid(ambient: &dyn Ambient) -> String {
    let mut bytes = [0; 16];
    ambient.fill(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

impl Call {
    /// A new id of lower-case letters and digits.
    pub(crate) fn new_id(&self, length: usize) -> String {
        self.random_text(length, b"abcdefghijklmnopqrstuvwxyz0123456789")
    }

    /// A text that nobody can guess.
    pub(crate) fn random_text(&self, length: usize, alphabet: &[u8]) -> String {
        random_text(&*self.ambient, length, alphabet)
    }
}

/// A text that nobody can guess: every character of the alphabet is as likely as another.
pub(crate) fn random_text(ambient: &dyn Ambient, length: usize, alphabet: &[u8]) -> String {
    let fair_max = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 32];
        ambient.fill(&mut bytes);
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair_max);
        let characters = fair.map(|byte| char::from(alphabet[byte % alphabet.len()]));
        text.extend(characters.take(length - text.len()));
    }
    text
}
