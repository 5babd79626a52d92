//! How an upstream is spoken to over TLS: whom it must be, and who calls it.
//!
//! Source: API Gateway REST API Reference, "TlsConfig"; Developer Guide, "Generate and configure an
//! SSL certificate for backend authentication".

use std::fmt;
use std::sync::Arc;

/// Whose word is taken for the certificate of an upstream.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ServerTrust {
    /// `insecureSkipVerification`: whoever issued it. Its name and its dates are still checked.
    AnyIssuer,
    /// That of the authorities which this machine trusts.
    #[default]
    Authorities,
}

/// What upstreams are shown that ask who calls: the certificate of a stage's `clientCertificateId`.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct ClientCertificate {
    /// In PEM.
    pub certificate: String,
    /// PKCS #8, in PEM.
    pub private_key: String,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("certificate", &self.certificate).finish()
    }
}

/// What must be the same for requests to share a connection to an upstream.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct UpstreamTls {
    /// Which upstream is believed.
    pub trust: ServerTrust,
    /// What it is shown.
    pub client_certificate: Option<Arc<ClientCertificate>>,
}
