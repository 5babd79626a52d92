//! How the outgoing requests of all functions are set up. What one function may is in its own settings.

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
    /// Requests of all functions at once: each may take a file descriptor of the process.
    pub concurrency_max: usize,
    /// Of the look-up of a name.
    pub lookup_timeout: Duration,
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

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            forbidden_addresses: Vec::new(),
            concurrency_max: 512,
            lookup_timeout: Duration::from_secs(5),
            resolver: Arc::new(SystemResolver::default()),
            authorities: None,
        }
    }
}
