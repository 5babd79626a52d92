//! `edgeway serve`: serves what the control API is told, and goes on when it is told something else.

mod components;
mod function_host;
mod key_values;
mod publish;
mod response_cache;
mod root_key;
mod test_invoker;
mod trust_stores;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use control::{
    Ambient, Control, Credentials, EventQueue, Functions, Identity, Lambda, StoredFunctions,
};
use model::ApiKeyDigester;
use pingora_core::server::{ExecutionPhase, Server, ShutdownWatch};
use pingora_core::services::background::BackgroundService;
use pipeline::Limiter;
use store::{DataDirectory, Store, StoreError};
use tokio::sync::broadcast::Receiver;
use tokio::sync::{Mutex, watch};
use tokio::time::interval;

use crate::arguments::Serve;
use crate::clock::{self, Clock};
use crate::explanations::Explanations;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::node::{ControlApi, Shared, Sockets};
use crate::{backends, drain, node, plugin_host, secrets_key};
use components::Components;
use function_host::ComponentFunctions;
use key_values::StoredKeyValues;
use publish::{Published, Publisher};
use test_invoker::PipelineTests;
use trust_stores::FetchedTrustStores;
use usage::UsageKeeper;

/// After what could not be read or loaded, if nothing changes meanwhile.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How long the process that is taken over from may hold the state, should it not let go of it before
/// its end.
const TAKE_OVER_TIME_MAX: Duration = Duration::from_secs(60);

/// How often what was live before is looked at, until no request has it.
const RETIRE_INTERVAL: Duration = Duration::from_millis(100);

/// How often the state is tried again.
const TAKE_OVER_INTERVAL: Duration = Duration::from_millis(20);

/// Opens the data directory and serves what is in it until a signal ends it.
///
/// # Errors
/// If the data directory cannot be used or a listener not be opened.
pub(crate) fn run(serve: Serve) -> anyhow::Result<()> {
    let Serve { account, region, node, .. } = &serve;
    let (server, store) = open(&serve)?;
    let ambient: Arc<dyn Ambient> = Arc::new(Entropy);
    ensure_root_key(&serve, &store, &*ambient)?;
    let identity = Identity { account: account.clone(), region: region.clone() };
    let host = plugin_host::start(node, Arc::new(StoredKeyValues::new(Arc::clone(&store))))?;
    let metrics = Arc::new(Metrics::new(host.functions()).context("declare the metrics")?);
    let functions: Arc<dyn Functions> =
        Arc::new(StoredFunctions::new(Arc::clone(&store), identity.clone()));
    let (changed, changes) = watch::channel(0);
    store.on_change(move |number| {
        let _ = changed.send(number);
    });
    let components = Components { store: Arc::clone(&store), host };
    let backends = Arc::new(backends::of(node)?);
    let limiter = Arc::new(Limiter::new(node.account_throttle()));
    let response_cache = Arc::new(response_cache::of(node, &*ambient));
    let publisher = Publisher {
        limiter: Arc::clone(&limiter),
        response_cache: Arc::clone(&response_cache),
        components: components.clone(),
        functions: Arc::clone(&functions),
        metrics: Arc::clone(&metrics),
        identity: identity.clone(),
        backends: Arc::clone(&backends),
        api_key_digester: ApiKeyDigester::new(&clock::random_key()),
    };
    let mut published = Published::default();
    let live = Arc::new(ArcSwap::from_pointee(first(&publisher, &mut published)?));
    let host = ComponentFunctions::new(components, identity.clone(), Arc::clone(&live));
    let host = Arc::new(host);
    let events = Arc::new(EventQueue::default());
    let test_invoker = PipelineTests::new(Arc::clone(&host), identity.clone(), Arc::clone(&events));
    let test_invoker = Arc::new(test_invoker);
    let lambda = Arc::new(Lambda::new(host, Arc::clone(&events)));
    let explanations = Arc::new(Explanations::default());
    let folder = serve.truststore_dir.clone();
    let trust_stores = FetchedTrustStores::new(Arc::clone(&backends), region.clone(), folder);
    let keeper = UsageKeeper::start(Arc::clone(&store), Arc::clone(&limiter))?;
    let control = Control {
        store,
        ambient,
        functions,
        lambda,
        test_invoker,
        identity,
        backends,
        trust_stores: Arc::new(trust_stores),
        usage_counts: Arc::new(keeper.clone()),
        explanations: Arc::clone(&explanations) as _,
        account_throttle: node.account_throttle(),
    };
    tracing::info!("the control API is at http://{}/", node.control);
    tracing::info!("APIs are at http://{}/_aws/execute-api/{{apiId}}/{{stage}}/", node.http);
    let background = Publishing {
        control: control.clone(),
        publisher,
        published: Mutex::new(published),
        live: Arc::clone(&live),
        metrics: Arc::clone(&metrics),
        changes,
        phases: server.watch_execution_phase(),
    };
    let shared = Shared { live, metrics, events, limiter, response_cache };
    let api = ControlApi { router: control::router(control), explanations: Some(explanations) };
    let sockets = Sockets { node, listeners: &serve.listeners };
    let last = keeper.clone();
    node::run(server, sockets, shared, api, background, move || keeper.keep())?;
    // Where something was in flight to the end.
    last.keep();
    Ok(())
}

/// What is served at first, before there are threads that serve.
fn first(publisher: &Publisher, published: &mut Published) -> anyhow::Result<Live> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(publisher.publish(published))?.context("read what is to be served")
}

/// The key that is given, or one that is made at the first start.
fn ensure_root_key(serve: &Serve, store: &Store, ambient: &dyn Ambient) -> anyhow::Result<()> {
    let Serve { root_access_key_id, root_secret_access_key, node, .. } = serve;
    let given = root_access_key_id.clone().zip(root_secret_access_key.clone());
    let given = given
        .map(|(access_key_id, secret_access_key)| Credentials { access_key_id, secret_access_key });
    let key_file = node.data_dir.join(root_key::FILE);
    control::ensure_root_key(store, ambient, given, |made| {
        tracing::info!("the root key is in {}", key_file.display());
        root_key::write(&key_file, made)
    })?;
    Ok(())
}

/// Opens the data directory. To take over is to have the sockets first: the process that runs lets
/// go of the state once they are handed over, and serves on meanwhile.
fn open(serve: &Serve) -> anyhow::Result<(Server, Arc<Store>)> {
    let Serve { node, secrets_key, .. } = serve;
    let context = || format!("open the data directory {}", node.data_dir.display());
    if node.upgrade {
        // What it would be refused for is told before anything is taken from anybody.
        if let Some(wanted) = store::sealed_by(&node.data_dir).with_context(context)? {
            secrets_key::find(secrets_key, &node.data_dir, wanted).with_context(context)?;
        }
    }
    let server = node::start(node)?;
    let mut waited = Duration::ZERO;
    loop {
        match DataDirectory::lock(&node.data_dir) {
            Err(StoreError::InUse(_)) if node.upgrade && waited < TAKE_OVER_TIME_MAX => {
                std::thread::park_timeout(TAKE_OVER_INTERVAL);
                waited += TAKE_OVER_INTERVAL;
            }
            locked => {
                let directory = locked.with_context(context)?;
                let key = secrets_key::to_serve(secrets_key, &directory).with_context(context)?;
                return Ok((server, Store::open(directory, key).with_context(context)?));
            }
        }
    }
}

/// Swaps what is live whenever the store changes; checks functions, and calls those that nobody waits
/// for.
struct Publishing {
    control: Control,
    publisher: Publisher,
    published: Mutex<Published>,
    live: Arc<ArcSwap<Live>>,
    metrics: Arc<Metrics>,
    changes: watch::Receiver<u64>,
    phases: Receiver<ExecutionPhase>,
}

impl Publishing {
    /// False if it must be tried again. What was live goes to `retired`: freed here, for to free thousands of
    /// methods would take a request a millisecond.
    async fn publish(&self, published: &mut Published, retired: &mut Vec<Arc<Live>>) -> bool {
        match self.publisher.publish(published).await {
            Ok(Some(live)) => {
                retired.push(self.live.swap(Arc::new(live)));
                self.metrics.reloads.inc();
            }
            Ok(None) => {}
            Err(error) => {
                self.metrics.reloads_refused.inc();
                tracing::error!("what changed is not served yet: {error:#}");
                return false;
            }
        }
        published.is_whole()
    }

    /// Lets the process that takes over have the state. What is live is served on, as it is.
    async fn hand_over(&self) {
        drain::handed_over(self.phases.resubscribe()).await;
        let store = Arc::clone(&self.control.store);
        match tokio::task::spawn_blocking(move || store.hand_over()).await {
            Ok(Ok(())) => tracing::info!("the data directory is handed over"),
            Ok(Err(error)) => tracing::error!(%error, "the data directory is not handed over"),
            Err(error) => tracing::error!(%error, "the data directory is not handed over"),
        }
    }

    async fn follow(&self) {
        let mut changes = self.changes.clone();
        let mut published = self.published.lock().await;
        let mut is_whole = published.is_whole();
        let mut retired = Vec::new();
        let mut retry = interval(RETRY_INTERVAL);
        let mut retire = interval(RETIRE_INTERVAL);
        loop {
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                _ = retire.tick(), if !retired.is_empty() => {
                    retired.retain(|live| 1 < Arc::strong_count(live));
                    continue;
                }
                _ = retry.tick(), if !is_whole => {}
            }
            is_whole = self.publish(&mut published, &mut retired).await;
            retry.reset();
            retire.reset();
        }
    }
}

#[async_trait]
impl BackgroundService for Publishing {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        tokio::select! {
            () = self.follow() => {}
            () = self.control.run_functions() => {}
            () = self.hand_over() => {}
            _ = shutdown.changed() => {}
        }
    }
}

/// The clock, and the randomness of the operating system.
struct Entropy;

impl Ambient for Entropy {
    fn now(&self) -> i64 {
        i64::try_from(Clock::epoch_millis() / 1_000).unwrap_or(i64::MAX)
    }

    fn fill(&self, bytes: &mut [u8]) {
        clock::fill_random(bytes);
    }
}
