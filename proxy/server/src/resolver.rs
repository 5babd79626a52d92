//! Host names of upstreams to addresses, kept for a moment.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pipeline::{Ambient as _, UpstreamTarget};
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
    pub(crate) async fn resolve(
        &self,
        target: &UpstreamTarget,
    ) -> Result<Arc<[SocketAddr]>, String> {
        let host = target.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Arc::new([SocketAddr::new(address, target.port)]));
        }
        let key = (host.to_owned(), target.port);
        let now = self.clock.now();
        if let Some(entry) = self.known.get(&key).filter(|entry| now < entry.expires) {
            return Ok(entry.addresses);
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
        Ok(addresses)
    }
}
