//! What the clients of all functions of a host have in common.

use std::sync::Arc;

use rustls::RootCertStore;
use tokio::sync::{OnceCell, Semaphore};
use wasmtime_wasi_http::Error;

use crate::outbound::settings::OutboundSettings;
use crate::outbound::trust;

/// One for each host.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) settings: OutboundSettings,
    /// Requests under way.
    pub(crate) concurrency: Arc<Semaphore>,
    authorities: OnceCell<Arc<RootCertStore>>,
}

impl Network {
    pub(crate) fn new(settings: OutboundSettings) -> Self {
        let concurrency = Arc::new(Semaphore::new(settings.concurrency_max));
        Self { settings, concurrency, authorities: OnceCell::new() }
    }

    /// Read when the first connection needs them.
    pub(crate) async fn authorities(&self) -> Result<Arc<RootCertStore>, Error> {
        let read = || async {
            let given = self.settings.authorities.clone();
            tokio::task::spawn_blocking(|| trust::authorities(given)).await
        };
        let authorities = self.authorities.get_or_try_init(read).await;
        authorities.map(Arc::clone).map_err(|error| Error::InternalError(Some(error.to_string())))
    }
}
