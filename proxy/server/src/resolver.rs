//! Host names of upstreams to addresses, kept for a moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::UpstreamTarget;
use pipeline::Ambient as _;
use quick_cache::sync::Cache;

use crate::clock::Clock;

/// How long addresses are used before the name is looked up again. The system's resolver does not
/// tell the record's own time to live; short enough to follow a failover.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);

/// Names that are remembered.
const NAMES_MAX: usize = 1_024;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

pub(crate) struct Resolver {
    clock: Clock,
    known: Cache<(String, u16), Entry>,
}

/// Where an upstream is.
pub(crate) enum Addresses {
    /// It was named by its address.
    One(SocketAddr),
    /// What its name resolves to.
    Several(Arc<[SocketAddr]>),
}

#[derive(Clone)]
struct Entry {
    addresses: Arc<[SocketAddr]>,
    expires: Duration,
}

impl Resolver {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, known: Cache::new(NAMES_MAX) }
    }

    /// The addresses of an upstream in the order in which they are tried: at least one.
    ///
    /// # Errors
    /// If the name cannot be resolved.
    pub(crate) async fn resolve(&self, target: &UpstreamTarget) -> Result<Addresses, String> {
        if let Some(address) = target.address {
            return Ok(Addresses::One(address));
        }
        let host = target.unbracketed_host();
        let key = (host.to_owned(), target.port);
        let now = self.clock.now();
        if let Some(entry) = self.known.get(&key).filter(|entry| now < entry.expires) {
            return Ok(Addresses::Several(entry.addresses));
        }
        let found = tokio::net::lookup_host((host, target.port))
            .await
            .map_err(|error| format!("resolve {host}: {error}"))?;
        let mut addresses: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
        // Servers that listen on one family only listen on IPv4.
        addresses.sort_by_key(SocketAddr::is_ipv6);
        if addresses.is_empty() {
            return Err(format!("resolve {host}: no address"));
        }
        let addresses: Arc<[SocketAddr]> = addresses.into();
        let expires = now + TIME_TO_LIVE;
        self.known.insert(key, Entry { addresses: Arc::clone(&addresses), expires });
        Ok(Addresses::Several(addresses))
    }
}

impl Addresses {
    /// In the order in which they are tried.
    pub(crate) fn as_slice(&self) -> &[SocketAddr] {
        match self {
            Self::One(address) => std::slice::from_ref(address),
            Self::Several(addresses) => addresses,
        }
    }
}
