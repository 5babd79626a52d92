//! What a domain name asks of the connections that its requests come over.
//!
//! Source: API Gateway Developer Guide, "Security policies for REST APIs in API Gateway" and "How to turn on mutual TLS
//! authentication for your REST APIs".

use std::sync::Arc;

use mutual_tls::TrustStore;

/// What is asked; nothing, by default.
#[derive(Clone, Debug, Default)]
pub struct DomainTls {
    /// `mutualTlsAuthentication`: whom clients have their certificates of.
    pub trust_store: Option<Arc<TrustStore>>,
    /// `securityPolicy`: the oldest version that is spoken.
    pub oldest_version: TlsVersion,
    /// `endpointAccessMode`
    pub access_mode: EndpointAccessMode,
}

/// Versions of TLS that are spoken at all.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum TlsVersion {
    /// TLS 1.2
    #[default]
    V1_2,
    /// TLS 1.3
    V1_3,
}

/// Whether clients must ask for the same name twice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum EndpointAccessMode {
    /// Any connection will do.
    #[default]
    Basic,
    /// The name of the handshake is that of the request.
    Strict,
}

impl TlsVersion {
    /// The oldest version that a security policy has; none where there is no such policy.
    pub fn oldest_of(security_policy: &str) -> Option<Self> {
        match security_policy {
            // What is older than TLS 1.2 is not spoken for anybody.
            "TLS_1_0"
            | "TLS_1_2"
            | "SecurityPolicy_TLS12_2018_EDGE"
            | "SecurityPolicy_TLS12_PFS_2025_EDGE"
            | "SecurityPolicy_TLS13_1_2_2021_06"
            | "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09"
            | "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
            | "SecurityPolicy_TLS13_1_2_PQ_2025_09" => Some(Self::V1_2),
            "SecurityPolicy_TLS13_1_3_2025_09" | "SecurityPolicy_TLS13_2025_EDGE" => {
                Some(Self::V1_3)
            }
            _ => None,
        }
    }
}
