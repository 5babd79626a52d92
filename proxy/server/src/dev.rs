//! `edgeway dev DIR`: serves a folder, and what changes in it.

mod folder;
mod load;

use std::sync::Arc;

use anyhow::{Context as _, bail};
use arc_swap::ArcSwap;
use control::EventQueue;
use pipeline::{Limiter, ResponseCache};
use wasm_host::MemoryKeyValues;

use crate::arguments::Dev;
use crate::dev::folder::Folder;
use crate::dev::load::{Loader, Refused};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::node::{self, ControlApi, Shared, Sockets};
use crate::plugin_host;
use crate::watch::Watch;

/// Loads the folder and serves it until a signal ends it.
///
/// # Errors
/// If the folder cannot be served as it is: every problem in it is named.
pub(crate) fn run(dev: Dev) -> anyhow::Result<()> {
    let Dev { dir, api_keys, node } = dev;
    let folder = Folder::open(&dir)?;
    std::fs::create_dir_all(&node.data_dir)
        .with_context(|| format!("make the data directory {}", node.data_dir.display()))?;
    let host = plugin_host::start(&node, Arc::new(MemoryKeyValues::default()))?;
    let metrics = Metrics::new(host.functions()).context("declare the metrics")?;
    let metrics = Arc::new(metrics);
    let loader = Loader::new(folder, host, Arc::clone(&metrics), api_keys, &node)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let live = match runtime.block_on(loader.load(None)) {
        Ok(live) => Arc::new(ArcSwap::from_pointee(live)),
        Err(refused) => {
            tracing::error!("{refused}");
            bail!("{} cannot be served", dir.display());
        }
    };
    drop(runtime);
    announce(&live.load(), &node);
    let events = Arc::new(EventQueue::default());
    let (reloaded, called) = (Arc::clone(&live), Arc::clone(&events));
    let reload = Reload { loader, live: reloaded, metrics: Arc::clone(&metrics), events: called };
    let limiter = Arc::new(Limiter::new(node.account_throttle()));
    // A folder says nothing of stages: none of them has a cache.
    let response_cache = Arc::new(ResponseCache::new(0, &[0; 32]));
    let shared = Shared { live, metrics, events, limiter, response_cache };
    let (server, sockets) = (node::start(&node)?, Sockets { node: &node, listeners: &[] });
    node::run(server, sockets, shared, ControlApi::default(), reload, || {})
}

fn announce(live: &Live, node: &crate::arguments::Node) {
    for stage in live.snapshot.stages() {
        let api = stage.deployment.api();
        tracing::info!(
            "serving {:?} at http://{}/ and at http://{}/_aws/execute-api/{}/{}/",
            api.name,
            node.http,
            node.http,
            api.id,
            stage.name
        );
    }
    tracing::info!("health and metrics at http://{}/_edgeway/metrics", node.control);
}

/// Swaps what is live whenever the folder changes; calls the functions that nobody waits for.
struct Reload {
    loader: Loader,
    live: Arc<ArcSwap<Live>>,
    metrics: Arc<Metrics>,
    events: Arc<EventQueue>,
}

impl Reload {
    async fn reload(&self) {
        let old = self.live.load_full();
        match self.loader.load(Some(&old)).await {
            Ok(live) => {
                self.live.store(Arc::new(live));
                self.metrics.reloads.inc();
                tracing::info!("the change is served");
            }
            Err(Refused::Unchanged) => {}
            Err(refused) => {
                self.metrics.reloads_refused.inc();
                tracing::error!(
                    "the change is refused, what was there goes on serving:\n{refused}"
                );
            }
        }
    }

    async fn follow(&self) {
        let mut watch = match Watch::start(&self.loader.watched()) {
            Ok(watch) => watch,
            Err(error) => {
                tracing::error!(%error, "the folder cannot be watched: changes are not served");
                return;
            }
        };
        loop {
            watch.changed().await;
            self.reload().await;
            watch.also(&self.loader.watched());
        }
    }
}

#[async_trait::async_trait]
impl pingora_core::services::background::BackgroundService for Reload {
    async fn start(&self, mut shutdown: pingora_core::server::ShutdownWatch) {
        tokio::select! {
            ((), ()) = async { tokio::join!(self.follow(), self.events.run()) } => {}
            _ = shutdown.changed() => {}
        }
    }
}
