//! What all plugins of a process share: engine, code cache, key-value store, room for instances.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use model::Function;

use crate::blueprint::{Blueprint, Room};
use crate::clock;
use crate::code_cache::CodeCache;
use crate::compilation::Compilation;
use crate::compiler::Compiler;
use crate::component;
use crate::deadline::Deadline;
use crate::engine::Engines;
use crate::function_facts::FunctionFacts;
use crate::function_stats::Functions;
use crate::idle_registry::IdleRegistry;
use crate::key_value::{Grants, KeyValues};
use crate::kind::Indices;
use crate::linker;
use crate::load_error::LoadError;
use crate::load_thread;
use crate::loaded_plugin::LoadedPlugin;
use crate::long_runs::LongRuns;
use crate::outbound::{Client, Network, OutboundSettings};
use crate::pool::{Pool, START_TIME_MAX};
use crate::state::StateTemplate;
use crate::ticker::Ticker;

/// How a host is set up.
#[derive(Clone)]
pub struct HostSettings {
    /// Where compiled code is kept. Nobody else may write to it.
    pub cache_dir: PathBuf,
    /// Instances of all plugins that live at once: so many of components that are async (WASI 0.3),
    /// and so many of all others. Each takes 4 GiB of address space.
    pub instances_max: u32,
    /// Threads that run guests.
    pub threads: usize,
    /// Outgoing requests.
    pub outbound: OutboundSettings,
    /// Who compiles what is not in the cache.
    pub compiler: Compiler,
    /// Where the key-value namespaces are.
    pub key_values: Arc<dyn KeyValues>,
}

/// Why no host could be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The directory for compiled code cannot be made.
    #[error("cannot make the directory {} for compiled code", path.display())]
    CacheDirectory {
        /// The directory.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// An engine refuses its settings, or finds no address space.
    #[error("cannot set up the WebAssembly engine: {reason}")]
    Engine {
        /// The engine's.
        reason: String,
    },
    /// The key of compiled code cannot be read or made.
    #[error("cannot read or make the key {} of compiled code", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Others could make this process run their code.
    #[error("{} is not safe for compiled code: {problem}", path.display())]
    NotPrivate {
        /// A file or directory.
        path: PathBuf,
        /// And what to do.
        problem: String,
    },
    /// The operating system gives no thread.
    #[error("cannot start the thread that limits the run time of plugins")]
    Ticker(#[source] std::io::Error),
}

/// Loads plugins. Clones are the same host.
#[derive(Clone)]
pub struct Host {
    compilation: Arc<Compilation>,
    key_values: Arc<dyn KeyValues>,
    network: Arc<Network>,
    idle: Arc<IdleRegistry>,
    ticker: Arc<Ticker>,
    long_runs: Arc<LongRuns>,
    functions: Functions,
}

impl Host {
    /// One for each process: its engines reserve the address space of all instances.
    pub fn new(settings: HostSettings) -> Result<Self, HostError> {
        let engines = Engines::new(settings.instances_max)
            .map_err(|error| HostError::Engine { reason: format!("{error:#}") })?;
        let cache = CodeCache::open(settings.cache_dir, engines.clone())?;
        let compilation = Compilation::new(engines.clone(), cache, settings.compiler);
        let idle = Arc::new(IdleRegistry::default());
        let long_runs = Arc::new(LongRuns::new(settings.threads));
        let ticker = Ticker::start(engines, Arc::clone(&idle), Arc::clone(&long_runs))
            .map_err(HostError::Ticker)?;
        Ok(Self {
            compilation: Arc::new(compilation),
            key_values: settings.key_values,
            network: Arc::new(Network::new(settings.outbound)),
            idle,
            ticker: Arc::new(ticker),
            long_runs,
            functions: Functions::default(),
        })
    }

    /// What is counted for each function, for as long as it is loaded.
    pub fn functions(&self) -> Functions {
        self.functions.clone()
    }

    /// Compiles, checks and links a component, and starts an instance of it to see that it does,
    /// and as many as are provisioned.
    ///
    /// `arn` is the function's. Takes seconds unless the code is cached, on a thread of its own.
    pub async fn load(
        &self,
        function: &Function,
        arn: Arc<str>,
        component: Bytes,
    ) -> Result<LoadedPlugin, LoadError> {
        component::check_bytes(&component)?;
        let (host, function) = (self.clone(), function.clone());
        load_thread::run(async move || host.load_here(&function, arn, component).await).await
    }

    async fn load_here(
        &self,
        function: &Function,
        arn: Arc<str>,
        component: Bytes,
    ) -> Result<LoadedPlugin, LoadError> {
        let facts = FunctionFacts::new(function, arn, &self.functions);
        let began = clock::now();
        let code = self.compilation.code(function.name.as_str(), component).await?;
        facts.stats.compiled(clock::now().saturating_duration_since(began));
        let kinds = component::kinds(&code.component)?;
        let settings = function.settings.clone();
        let linked = linker::link(&code, &settings)?;
        let blueprint = Blueprint {
            indices: Indices::find(&linked, &kinds)?,
            component: linked,
            template: StateTemplate {
                facts: Arc::new(facts),
                key_values: Grants::new(Arc::clone(&self.key_values), &settings.namespaces),
                client: Arc::new(Client::new(Arc::clone(&self.network), &settings)),
                settings,
                live: Arc::default(),
                long_runs: Arc::clone(&self.long_runs),
            },
            registry: Arc::clone(&self.idle),
        };
        let deadline = Deadline::after(START_TIME_MAX);
        let (first, interface) = blueprint.instantiate(deadline, Room::MadeByEviction).await?;
        let pool = Pool::new(blueprint, interface, first);
        pool.provision(Room::MadeByEviction).await.map_err(LoadError::Start)?;
        Ok(LoadedPlugin::new(&code, pool, Arc::clone(&self.ticker)))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("compilation", &self.compilation).finish_non_exhaustive()
    }
}
