//! Host names of upstreams to addresses, kept for a moment.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use pipeline::{Ambient as _, UpstreamTarget};
use quick_cache::sync::Cache;

use crate::clock::Clock;

/// How long an address is used before the name is looked up again. The system's resolver does not
/// tell the record's own time to live; short enough to follow a failover.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);

/// Names that are remembered.
const NAMES_MAX: usize = 1_024;

pub(crate) struct Resolver {
    clock: Clock,
    known: Cache<(String, u16), Entry>,
}

#[derive(Clone)]
struct Entry {
    address: SocketAddr,
    expires: Duration,
}

impl Resolver {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, known: Cache::new(NAMES_MAX) }
    }

    /// The address of an upstream.
    ///
    /// # Errors
    /// If the name cannot be resolved.
    pub(crate) async fn resolve(&self, target: &UpstreamTarget) -> Result<SocketAddr, String> {
        let host = target.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(SocketAddr::new(address, target.port));
        }
        let key = (host.to_owned(), target.port);
        let now = self.clock.now();
        if let Some(entry) = self.known.get(&key).filter(|entry| now < entry.expires) {
            return Ok(entry.address);
        }
        let mut found = tokio::net::lookup_host((host, target.port))
            .await
            .map_err(|error| format!("resolve {host}: {error}"))?;
        let address = found.next().ok_or_else(|| format!("resolve {host}: no address"))?;
        self.known.insert(key, Entry { address, expires: now + TIME_TO_LIVE });
        Ok(address)
    }
}
