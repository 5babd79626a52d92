//! JSON Web Tokens (RFC 7519): signatures checked by the keys of an issuer, and what tokens claim.
//!
//! A key says how it is used, never the token: what a token names as its algorithm must be one that the
//! key of its `kid` has. There is no `none` and no HMAC, nothing that a header embeds or points to is
//! looked at, and a header with `crit` is refused. Pure: the caller fetches keys and passes `now`.

#![forbid(unsafe_code)]

mod algorithm;
mod claims;
mod key;
mod key_cache;
mod key_set;
mod token;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use claims::{Claims, InvalidTime};
pub use key_cache::KeyCache;
pub use key_set::{InvalidKeySet, KeySet};
pub use token::{InvalidToken, TOKEN_BYTES_MAX, Token};
