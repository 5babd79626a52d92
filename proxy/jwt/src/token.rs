//! Tokens in compact form (RFC 7515 section 7.1): header, claims, signature.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::{Algorithm, Claims, KeySet};

/// Largest token: as much as all headers of a request may take.
pub const TOKEN_BYTES_MAX: usize = 10_240;

/// A token whose signature nobody has checked.
#[derive(Debug)]
pub struct Token<'t> {
    /// Header and claims, as they were signed.
    signed: &'t str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    key_id: String,
    claims: Claims,
}

/// Why a text is no token of an issuer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidToken {
    /// Extensions that must be understood, and are not.
    #[error("the token has critical extensions, which are not supported")]
    Critical,
    /// Not three parts, or one of them is not what it should be.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// No key of the issuer made the signature.
    #[error("the token's signature is not of the key that it names")]
    Signature,
    /// `none`, HMAC, or one that the key it names does not have.
    #[error("the token's algorithm is not one that its key is used with")]
    UnknownAlgorithm,
    /// The issuer has no such key, or had none when its keys were fetched.
    #[error("the token names a key that its issuer does not have")]
    UnknownKey,
}

/// What of a header decides anything. Keys that it embeds or points to are no concern of ours: `jwk`,
/// `jku`, `x5c` and `x5u` are not read.
#[derive(Deserialize)]
struct Header<'h> {
    #[serde(borrow)]
    alg: Cow<'h, str>,
    #[serde(borrow)]
    kid: Option<Cow<'h, str>>,
    #[serde(rename = "crit", default, deserialize_with = "is_there")]
    has_critical: bool,
}

/// Whatever it says.
fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'t> Token<'t> {
    /// Reads a token.
    ///
    /// # Errors
    /// What is wrong with it, whoever made it.
    pub fn parse(text: &'t str) -> Result<Self, InvalidToken> {
        if TOKEN_BYTES_MAX < text.len() {
            return Err(InvalidToken::Malformed("it is too large"));
        }
        let (signed, signature) =
            text.rsplit_once('.').ok_or(InvalidToken::Malformed("it has no signature"))?;
        let (header, claims) = signed
            .split_once('.')
            .filter(|(_, claims)| !claims.contains('.'))
            .ok_or(InvalidToken::Malformed("it has not three parts"))?;
        let header = decoded(header)?;
        let header: Header<'_> = serde_json::from_slice(&header)
            .map_err(|_| InvalidToken::Malformed("its header is none"))?;
        if header.has_critical {
            return Err(InvalidToken::Critical);
        }
        let algorithm = Algorithm::parse(&header.alg).ok_or(InvalidToken::UnknownAlgorithm)?;
        let key_id = header.kid.ok_or(InvalidToken::Malformed("it names no key"))?.into_owned();
        let claims = serde_json::from_slice(&decoded(claims)?)
            .map_err(|_| InvalidToken::Malformed("its claims are no JSON object"))?;
        let (signature, claims) = (decoded(signature)?, Claims::new(claims));
        Ok(Self { signed, signature, algorithm, key_id, claims })
    }

    /// `iss`, as the token has it: whose keys to check it by, and nothing more.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer()
    }

    /// `alg`
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What it claims, if a key of these signed it. Whether it is for us, and now, is still to be said.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(&self, keys: &KeySet) -> Result<Claims, InvalidToken> {
        let Some(key) = keys.find(&self.key_id, self.algorithm) else {
            return Err(match keys.knows(&self.key_id) {
                true => InvalidToken::UnknownAlgorithm,
                false => InvalidToken::UnknownKey,
            });
        };
        match key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature) {
            true => Ok(self.claims.clone()),
            false => Err(InvalidToken::Signature),
        }
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, InvalidToken> {
    let decoded = URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| InvalidToken::Malformed("a part of it is not base64url"))
}
