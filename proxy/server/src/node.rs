//! The node: listeners and services around a gateway. Whoever calls it has loaded what it serves.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use arc_swap::ArcSwap;
use axum::Router;
use control::EventQueue;
use pingora_core::apps::HttpServerOptions;
use pingora_core::listeners::{L4BufferSettings, ListenerConfig};
use pingora_core::server::Server;
use pingora_core::server::configuration::{Opt, ServerConf};
use pingora_core::services::background::{BackgroundService, background_service};
use pingora_core::services::listening::Service;
use pipeline::{AuthorizerCache, Limiter, ResponseCache, TokenCache};

use crate::access_log::AccessLog;
use crate::admin::Admin;
use crate::arguments::Node;
use crate::beneath_traffic::{self, BeneathTraffic};
use crate::certificates::Certificates;
use crate::clock::Clock;
use crate::drain::{self, GRACE_PERIOD_SECONDS, InFlight};
use crate::entrance::{Entrance, Entrances};
use crate::explanations::Explanations;
use crate::file_certificate::CertificateFiles;
use crate::followed_file::{FollowedFiles, Following};
use crate::gateway::Gateway;
use crate::issuer_keys::FetchedKeys;
use crate::listener::Listener;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::tls::Tls;
use crate::upstream::UpstreamClient;

/// What leaves in one write: the head of a response with a small body, which is more than the one packet that
/// Pingora's default holds. What is streamed in chunks is flushed all the same.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// What is served at the control listener beside health and metrics.
#[derive(Default)]
pub(crate) struct ControlApi {
    pub(crate) router: Router,
    /// What the gateway keeps for it; none where nobody could ask.
    pub(crate) explanations: Option<Arc<Explanations>>,
}

/// What is listened at.
pub(crate) struct Sockets<'a> {
    pub(crate) node: &'a Node,
    /// Beside those of every node.
    pub(crate) listeners: &'a [Listener],
}

/// A server that does not listen yet. To take over is to wait some seconds for the sockets of the
/// process that runs, and to end where nobody hands them over.
///
/// # Errors
/// If the data directory has a name that is not UTF-8.
pub(crate) fn start(node: &Node) -> anyhow::Result<Server> {
    let options = Opt { upgrade: node.upgrade, ..Opt::default() };
    let mut server = Server::new_with_opt_and_conf(options, configuration(node)?);
    server.bootstrap();
    Ok(server)
}

/// What requests are served with, and what works beside them has as well.
pub(crate) struct Shared {
    /// May be swapped.
    pub(crate) live: Arc<ArcSwap<Live>>,
    pub(crate) metrics: Arc<Metrics>,
    /// What functions are called with that nobody waits for.
    pub(crate) events: Arc<EventQueue>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) response_cache: Arc<ResponseCache>,
}

/// Serves until a signal ends it: SIGTERM answers what is in flight, SIGQUIT hands the listening
/// sockets to a process started with `--upgrade` first, SIGINT stops at once.
///
/// `background` runs beside the listeners; `api` is served at the control listener; `last` is done when
/// every request is answered.
///
/// # Errors
/// If a listener cannot be opened.
pub(crate) fn run(
    mut server: Server,
    sockets: Sockets<'_>,
    shared: Shared,
    api: ControlApi,
    background: impl BackgroundService + Send + Sync + 'static,
    last: impl FnOnce() + Send + 'static,
) -> anyhow::Result<()> {
    let Shared { live, metrics, events, limiter, response_cache } = shared;
    let Sockets { node, listeners } = sockets;
    if !node.upgrade {
        let own = [Some(node.http), node.https, Some(node.control)];
        let endpoints = listeners.iter().map(|listener| listener.address);
        own.into_iter().flatten().chain(endpoints).try_for_each(ensure_free)?;
    }
    let in_flight = InFlight::default();
    let clock = Clock::start();
    let mut protocols = HttpServerOptions::default();
    protocols.h2c = true;
    let mut files = FollowedFiles::default();
    let all = entrances(node, listeners, &live, &mut files)?;
    let gateway = Gateway {
        live,
        upstreams: UpstreamClient::new(clock),
        authorizer_cache: AuthorizerCache::new(),
        limiter,
        response_cache,
        issuer_keys: FetchedKeys::new(clock),
        token_cache: TokenCache::new(),
        events,
        explanations: api.explanations,
        access_log: AccessLog::open(&node.access_log, metrics.access_log_lost.clone())?,
        metrics: Arc::clone(&metrics),
        in_flight: in_flight.clone(),
        clock,
        protocols,
        trusted_hops: usize::from(node.trusted_hops),
    };
    server.add_service(service(all, gateway));
    let phases = server.watch_execution_phase();
    let following = Following::new(files, Arc::clone(&metrics));
    let admin = Admin { address: node.control, metrics, phases, api: api.router };
    let threads =
        beneath_traffic::threads(node.threads()).context("start the threads of the control API")?;
    let admin = BeneathTraffic::new(admin, threads.handle().clone());
    let background = BeneathTraffic::new(background, threads.handle().clone());
    server.add_service(background_service("control", admin));
    server.add_service(background_service("reload", background));
    let following = BeneathTraffic::new(following, threads.handle().clone());
    server.add_service(background_service("files", following));
    drain::exit_when_drained(server.watch_execution_phase(), in_flight, last);
    server.run(pingora_core::server::RunArgs::default());
    threads.shutdown_background();
    Ok(())
}

/// Where clients connect to.
fn endpoint(address: SocketAddr) -> ListenerConfig {
    let buffers = L4BufferSettings::default().write(WRITE_BUFFER_BYTES);
    ListenerConfig::tcp(address.to_string()).l4_buffer(buffers)
}

fn configuration(node: &Node) -> anyhow::Result<ServerConf> {
    let path = |name: &str| -> anyhow::Result<String> {
        let path = node.data_dir.join(name);
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| anyhow!("the data directory {} is not UTF-8", path.display()))
    };
    let threads = node.threads();
    Ok(ServerConf {
        threads,
        // A single thread has nobody to share its work with, and does a quarter more of it alone.
        work_stealing: threads > 1,
        upgrade_sock: path("upgrade.sock")?,
        pid_file: path("edgeway.pid")?,
        grace_period_seconds: Some(GRACE_PERIOD_SECONDS),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    })
}

/// Pingora panics when an address is taken; this says which one, before anything starts.
fn ensure_free(address: SocketAddr) -> anyhow::Result<()> {
    TcpListener::bind(address).map(drop).with_context(|| {
        format!("listen on {address}; stop what listens there, or choose another address")
    })
}

/// What listens, in clear text, and what becomes of those who come.
fn service(all: Vec<Entrance>, gateway: Gateway) -> Service<Entrances> {
    let endpoints: Vec<ListenerConfig> = all.iter().map(|it| endpoint(it.address)).collect();
    let metrics = Arc::clone(&gateway.metrics);
    let entrances = Entrances { all, gateway: Arc::new(gateway), metrics };
    let mut service = Service::new("edgeway".to_owned(), entrances);
    for endpoint in endpoints {
        service.add_listener(endpoint);
    }
    service
}

/// Where requests come in, with what is read of files.
fn entrances(
    node: &Node,
    listeners: &[Listener],
    live: &Arc<ArcSwap<Live>>,
    files: &mut FollowedFiles,
) -> anyhow::Result<Vec<Entrance>> {
    let http = Listener::plain(node.http, None);
    let https = match (node.https, &node.tls_certificate, &node.tls_key) {
        (Some(address), Some(chain), Some(key)) => {
            let tls = Some(CertificateFiles { chain: chain.clone(), key: key.clone() });
            Some(Listener::plain(address, tls))
        }
        _ => None,
    };
    let all = [http].into_iter().chain(https).chain(listeners.iter().cloned());
    let of_domains = node.domain_certificates.iter();
    let of_domains = of_domains.map(|it| Ok((it.name.clone(), files.read(it.files.clone())?)));
    let in_files: Arc<HashMap<_, _>> = Arc::new(of_domains.collect::<anyhow::Result<_>>()?);
    let entrance = |listener: Listener| {
        let endpoint = listener.endpoint.with_policies(|file| files.read(file))?;
        let tls = listener.tls.map(|tls| {
            let certificates = Certificates {
                live: Arc::clone(live),
                in_files: Arc::clone(&in_files),
                own: files.read(tls)?,
                endpoint: endpoint.public(),
            };
            Tls::new(Arc::new(certificates)).context("make the settings of TLS")
        });
        let Listener { address, trusted_proxies, .. } = listener;
        Ok(Entrance { address, tls: tls.transpose()?, endpoint, trusted_proxies })
    };
    let all: Vec<Entrance> = all.map(entrance).collect::<anyhow::Result<_>>()?;
    if !in_files.is_empty() && all.iter().all(|entrance| entrance.tls.is_none()) {
        bail!(
            "--domain-certificate is for clients over TLS, and no listener speaks it; add --https"
        );
    }
    Ok(all)
}
