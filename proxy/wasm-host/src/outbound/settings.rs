//! How the outgoing requests of all functions are set up.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::outbound::system_resolver::SystemResolver;

/// What outgoing requests may reach and use, beside what each function is granted.
#[derive(Clone, Debug)]
pub struct OutboundSettings {
    /// Listeners that no function may connect to, whatever it is granted: an unspecified address
    /// stands for every address of this machine.
    pub forbidden_addresses: Vec<SocketAddr>,
    /// For every function.
    pub limits: OutboundLimits,
    /// Who knows the addresses of a name.
    pub resolver: Arc<dyn Resolve>,
    /// Authorities trusted to certify servers, in DER; none for those of the system.
    pub authorities: Option<Vec<Vec<u8>>>,
}

/// Who knows the addresses of a name. What it answers is checked, and connected to, as it is.
#[async_trait]
pub trait Resolve: fmt::Debug + Send + Sync {
    /// The addresses of a name, the best first.
    ///
    /// # Errors
    /// If the name has no address, or nobody can tell.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Bounds of outgoing requests. Beside them, no request outlives the call that sent it.
#[derive(Clone, Debug)]
pub struct OutboundLimits {
    /// From the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// Of the look-up of a name.
    pub lookup_timeout: Duration,
    /// What a function may send with one request.
    pub request_body_bytes_max: u64,
    /// What a function may be sent in one response.
    pub response_body_bytes_max: u64,
    /// Requests of one call.
    pub requests_per_call_max: u32,
    /// Requests of one instance at once.
    pub instance_concurrency_max: usize,
    /// Requests of one function at once.
    pub function_concurrency_max: usize,
    /// Requests of all functions at once: each may take a file descriptor of the process.
    pub host_concurrency_max: usize,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            forbidden_addresses: Vec::new(),
            limits: OutboundLimits::default(),
            resolver: Arc::new(SystemResolver::default()),
            authorities: None,
        }
    }
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            lookup_timeout: Duration::from_secs(5),
            // As much as Lambda streams. It passes through in parts of at most 1 MiB.
            request_body_bytes_max: 200 * 1024 * 1024,
            response_body_bytes_max: 200 * 1024 * 1024,
            requests_per_call_max: 1_000,
            instance_concurrency_max: 32,
            function_concurrency_max: 128,
            host_concurrency_max: 512,
        }
    }
}
