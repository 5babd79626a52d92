//! The control listener: health and metrics of the node, and the control API where there is one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use pingora_core::server::{ExecutionPhase, ShutdownWatch};
use pingora_core::services::background::BackgroundService;
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;

use crate::drain;
use crate::metrics::Metrics;

/// While a new process takes over, the old one may still hold the address.
const TAKE_OVER_TIME_MAX: Duration = Duration::from_secs(60);

/// Serves the control listener.
pub(crate) struct Admin {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) phases: Receiver<ExecutionPhase>,
    /// What is served beside them.
    pub(crate) api: Router,
}

#[async_trait]
impl BackgroundService for Admin {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let listener = match bind(self.address).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(address = %self.address, %error, "the control listener cannot be opened");
                return;
            }
        };
        let shut_down = async move {
            while shutdown.changed().await.is_ok() {
                if *shutdown.borrow() {
                    break;
                }
            }
        };
        let handed_over = drain::handed_over(self.phases.resubscribe());
        let stopped = async move {
            // Calls are for the process that takes over, which waits for this address.
            tokio::select! {
                () = shut_down => {}
                () = handed_over => {}
            }
        };
        let router = router(Arc::clone(&self.metrics)).merge(self.api.clone());
        let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        if let Err(error) = served {
            tracing::error!(%error, "the control listener failed");
        }
    }
}

async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    /// How often the address is tried again.
    const RETRY_INTERVAL: Duration = Duration::from_millis(100);
    let mut waited = Duration::ZERO;
    loop {
        match TcpListener::bind(address).await {
            Err(error)
                if error.kind() == std::io::ErrorKind::AddrInUse && waited < TAKE_OVER_TIME_MAX =>
            {
                tokio::time::sleep(RETRY_INTERVAL).await;
                waited += RETRY_INTERVAL;
            }
            outcome => return outcome,
        }
    }
}

fn router(metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/_edgeway/health", get(health))
        .route("/_edgeway/metrics", get(text))
        .with_state(metrics)
}

/// A node has loaded what it serves before it opens any listener.
async fn health() -> &'static str {
    "ok\n"
}

async fn text(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
