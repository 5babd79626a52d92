//! Mutual TLS: which authorities a domain name trusts, and whether a client's chain leads to one of them.
//!
//! Pure: time is an argument. That a client has the key of its certificate was shown at the handshake; whose
//! certificate it may be is decided here, for each domain name, as connections are shared by several.
//!
//! Source: API Gateway Developer Guide, "How to turn on mutual TLS authentication for your REST APIs"; RFC 5280.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod key;
mod peer_certificate;
mod peer_chain;
mod trust_store;
mod verify;

pub use key::verify_signature;
pub use peer_certificate::PeerCertificate;
pub use peer_chain::PeerChain;
pub use trust_store::{TrustStore, TrustStoreError};
pub use verify::Untrusted;

#[cfg(test)]
mod tests;
