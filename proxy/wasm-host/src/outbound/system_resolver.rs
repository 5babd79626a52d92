//! The C library's resolver, with what `/etc/hosts` and `resolv.conf` say.
//!
//! A look-up holds a thread until it is over, even when nobody waits for it any more: the number of
//! look-ups is bounded, so that a name server that does not answer leaves threads to others.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::outbound::settings::Resolve;

/// Far below the 512 blocking threads of a tokio runtime.
const LOOKUPS_MAX: usize = 64;

/// One for each host.
#[derive(Debug)]
pub(crate) struct SystemResolver {
    lookups: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.lookups).acquire_owned().await;
        let name = name.to_owned();
        let lookup = tokio::spawn(async move {
            let _permit = permit;
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        });
        lookup.await.map_err(io::Error::other)?
    }
}
