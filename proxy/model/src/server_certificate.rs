//! What clients of a domain name are shown over TLS.

use std::fmt;

/// A certificate of a domain name, with its key.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct ServerCertificate {
    /// The certificate, then those of its issuers, in PEM.
    pub chain: String,
    /// In PEM.
    pub private_key: String,
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate").field("chain", &self.chain).finish()
    }
}
