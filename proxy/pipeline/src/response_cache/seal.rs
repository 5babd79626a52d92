//! Encryption of what is kept: ChaCha20-Poly1305 with a key that is in the memory of this process alone.
//!
//! A nonce is a number that is used once; an entry is bound to its key, so that none can stand for
//! another.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::{KeptResponse, Key};

pub(super) struct Seal {
    key: LessSafeKey,
    used: AtomicU64,
}

/// An encrypted response.
pub(super) struct Sealed {
    number: u64,
    bytes: Box<[u8]>,
}

impl Sealed {
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("its keys have 32 bytes");
        Self { key: LessSafeKey::new(key), used: AtomicU64::new(0) }
    }

    pub(super) fn close(&self, key: &Key, kept: &KeptResponse) -> Sealed {
        let number = self.used.fetch_add(1, Ordering::Relaxed);
        let mut bytes = kept.to_bytes();
        let closed = self.key.seal_in_place_append_tag(nonce(number), Aad::from(key), &mut bytes);
        closed.expect("1 MB is not too much for it");
        Sealed { number, bytes: bytes.into() }
    }

    /// None for what was not closed for this key.
    pub(super) fn open(&self, key: &Key, sealed: &Sealed) -> Option<KeptResponse> {
        let mut bytes = sealed.bytes.to_vec();
        let opened = self.key.open_in_place(nonce(sealed.number), Aad::from(key), &mut bytes);
        let length = opened.ok()?.len();
        bytes.truncate(length);
        KeptResponse::from_bytes(bytes.into())
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seal(..)")
    }
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode, header};

    use super::*;
    use crate::respond::Response;

    fn kept(body: &'static str) -> KeptResponse {
        let mut headers = HeaderMap::new();
        headers.append(header::LINK, HeaderValue::from_static("<a>"));
        headers.append(header::LINK, HeaderValue::from_bytes(b"<\xff>").unwrap());
        KeptResponse::new(&Response { status: StatusCode::CREATED, headers, body: body.into() })
    }

    #[test]
    fn what_is_closed_opens_as_it_was_and_shows_nothing() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.close(&[1; 32], &kept("secret words"));
        assert!(!sealed.bytes.windows(6).any(|part| part == b"secret"));
        let opened = seal.open(&[1; 32], &sealed).unwrap();
        let opened = opened.response();
        let expected = kept("secret words");
        let expected = expected.response();
        assert_eq!(opened.status, expected.status);
        assert_eq!(opened.headers, expected.headers);
        assert_eq!(opened.body, Bytes::from("secret words"));
    }

    #[test]
    fn what_was_closed_for_another_key_or_changed_does_not_open() {
        let seal = Seal::new(&[7; 32]);
        let mut sealed = seal.close(&[1; 32], &kept("secret"));
        assert!(seal.open(&[2; 32], &sealed).is_none());
        assert!(Seal::new(&[8; 32]).open(&[1; 32], &sealed).is_none());
        sealed.bytes[3] ^= 1;
        assert!(seal.open(&[1; 32], &sealed).is_none());
    }

    #[test]
    fn equal_responses_are_closed_differently() {
        let seal = Seal::new(&[7; 32]);
        let [first, second] = [0; 2].map(|_| seal.close(&[1; 32], &kept("secret")));
        assert_ne!(first.bytes, second.bytes);
    }
}
