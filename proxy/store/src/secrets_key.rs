//! The key that secrets are sealed with: AES-256-GCM with random nonces.
//!
//! What is sealed is bound to the place that it stands at, and says which key opens it. Secrets that documents are found
//! by have a name of it besides: HMAC-SHA-256 with a key that is derived from it, so that nobody else can try which secret
//! a name may be of. It is as good as its key: that is not kept here, but by whoever opens the store.

use std::fmt;

use base16ct::HexDisplay;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};

/// As many as AES-256 has.
const KEY_BYTES: usize = 32;

/// Enough to tell keys apart: it need not be hard to make two that are alike.
const ID_BYTES: usize = 8;

/// A key that secrets are sealed with.
pub struct SecretsKey {
    aead: LessSafeKey,
    names: hmac::Key,
    id: SecretsKeyId,
}

/// Which key it is: a digest, which tells nothing of the key.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct SecretsKeyId([u8; ID_BYTES]);

/// A text is no key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a key is {} hexadecimal digits; `openssl rand -hex {KEY_BYTES}` makes one", 2 * KEY_BYTES)]
pub struct InvalidSecretsKey;

/// What was sealed cannot be opened, or nothing be sealed: the caller knows what it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealError;

/// What is needed to tell where something stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) owner: i64,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
}

impl SecretsKey {
    /// The key of these bytes, which nobody may guess.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM, bytes).expect("the key has its length");
        let named = [b"edgeway secrets key".as_slice(), bytes].concat();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest(&SHA256, &named).as_ref()[..ID_BYTES]);
        let derived = hmac::sign(&hmac::Key::new(HMAC_SHA256, bytes), b"edgeway names of secrets");
        let names = hmac::Key::new(HMAC_SHA256, derived.as_ref());
        Self { aead: LessSafeKey::new(unbound), names, id: SecretsKeyId(id) }
    }

    /// A key in hexadecimal digits, with space around them.
    ///
    /// # Errors
    /// That it is something else; it is not told what.
    pub fn parse(text: &str) -> Result<Self, InvalidSecretsKey> {
        let digits: &[u8; 2 * KEY_BYTES] =
            text.trim().as_bytes().try_into().map_err(|_| InvalidSecretsKey)?;
        let mut bytes = [0; KEY_BYTES];
        base16ct::mixed::decode(digits, &mut bytes).map_err(|_| InvalidSecretsKey)?;
        Ok(Self::new(&bytes))
    }

    /// Which it is.
    pub fn id(&self) -> SecretsKeyId {
        self.id
    }

    /// The id of the key, the nonce, and what only the key opens at that place.
    pub(crate) fn seal(&self, place: Place<'_>, mut secret: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError)?;
        let aead_nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self.aead.seal_in_place_append_tag(aead_nonce, place.bound(), &mut secret);
        sealed.map_err(|_| SealError)?;
        Ok([self.id.0.as_slice(), &nonce, &secret].concat())
    }

    /// What a secret of a kind of document is found by: the same for the same one, in hexadecimal digits.
    pub(crate) fn name(&self, kind: &str, secret: &str) -> String {
        let mut context = hmac::Context::with_key(&self.names);
        // So that no kind and secret are the bytes of another kind and another secret.
        context.update(&(kind.len() as u64).to_be_bytes());
        context.update(kind.as_bytes());
        context.update(secret.as_bytes());
        base16ct::lower::encode_string(context.sign().as_ref())
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, rest) = sealed.split_first_chunk::<ID_BYTES>().ok_or(SealError)?;
        let (nonce, secret) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
        if *id != self.id.0 {
            return Err(SealError);
        }
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut secret = secret.to_vec();
        let opened = self.aead.open_in_place(nonce, place.bound(), &mut secret);
        let length = opened.map_err(|_| SealError)?.len();
        secret.truncate(length);
        Ok(secret)
    }
}

impl SecretsKeyId {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Place<'_> {
    /// What is sealed here opens nowhere else.
    fn bound(self) -> Aad<Vec<u8>> {
        let Self { owner, kind, id } = self;
        // The lengths stand before the texts, so that two places are never the same bytes.
        let texts = ["documents", kind, id];
        let lengths = texts.iter().flat_map(|text| (text.len() as u64).to_be_bytes());
        let mut bytes: Vec<u8> = owner.to_be_bytes().into_iter().chain(lengths).collect();
        texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
        Aad::from(bytes)
    }
}

impl fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretsKey({})", self.id)
    }
}

impl fmt::Debug for SecretsKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In hexadecimal digits.
impl fmt::Display for SecretsKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", HexDisplay(&self.0))
    }
}
