//! Work beside the traffic: on threads of its own, which let those that serve go first.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use pingora_core::server::ShutdownWatch;
use pingora_core::services::background::BackgroundService;
use tokio::runtime::{Builder, Handle, Runtime};

/// Added to the nice value of each thread: about a tenth of the time of one that serves, where there is
/// not enough for both; all that is left otherwise.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The threads, so many for what does not block.
pub(crate) fn threads(count: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(count)
        .thread_name("edgeway-beneath")
        .on_thread_start(give_way)
        .enable_all()
        .build()
}

/// Elsewhere than on Linux the nice value is the process's, and nobody gives way.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}

/// A background service that slows no request down.
pub(crate) struct BeneathTraffic<S> {
    service: Arc<S>,
    threads: Handle,
}

impl<S> BeneathTraffic<S> {
    /// Runs on those threads.
    pub(crate) fn new(service: S, threads: Handle) -> Self {
        Self { service: Arc::new(service), threads }
    }
}

#[async_trait]
impl<S: BackgroundService + Send + Sync + 'static> BackgroundService for BeneathTraffic<S> {
    async fn start(&self, shutdown: ShutdownWatch) {
        let service = Arc::clone(&self.service);
        let ended = self.threads.spawn(async move { service.start(shutdown).await }).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a background service failed");
        }
    }
}
