//! What a node serves now: a snapshot with its plugins loaded. Swapped whole.

use std::sync::Arc;

use model::{Function, Plugin, PluginSlot, Snapshot};
use wasm_host::LoadedPlugin;

use crate::certificates::DomainCertificates;
use crate::metrics::{Metrics, StageMetrics};

/// A snapshot and everything that its requests need ready.
pub(crate) struct Live {
    pub(crate) snapshot: Snapshot,
    /// By [`PluginSlot`].
    plugins: Vec<Arc<Loaded>>,
    /// By [`model::Stage::position`].
    stages: Vec<StageMetrics>,
    /// What clients of domain names are shown.
    pub(crate) certificates: Arc<DomainCertificates>,
}

/// A function with its component, loaded.
pub(crate) struct Loaded {
    pub(crate) function: Function,
    pub(crate) arn: Arc<str>,
    pub(crate) plugin: LoadedPlugin,
}

impl Loaded {
    /// Whether it is this plugin: the same code with the same settings under the same name.
    pub(crate) fn is(&self, plugin: &Plugin) -> bool {
        self.plugin.digest() == plugin.digest
            && self.function.name == plugin.function.name
            && self.function.version == plugin.function.version
            && self.function.settings == plugin.function.settings
            && self.arn == plugin.arn
    }
}

impl Live {
    /// `plugins` are those of the snapshot's stages, in the order of their slots.
    pub(crate) fn new(snapshot: Snapshot, plugins: Vec<Arc<Loaded>>, metrics: &Metrics) -> Self {
        let mut stages: Vec<_> = snapshot.stages().collect();
        stages.sort_by_key(|stage| stage.position());
        let stages = stages.into_iter().map(|stage| metrics.stage(stage)).collect();
        Self { snapshot, plugins, stages, certificates: Arc::default() }
    }

    pub(crate) fn with_certificates(mut self, certificates: Arc<DomainCertificates>) -> Self {
        self.certificates = certificates;
        self
    }

    /// For requests that are not counted: there is no [`Self::stage_metrics`].
    pub(crate) fn uncounted(snapshot: Snapshot, plugins: Vec<Arc<Loaded>>) -> Self {
        Self { snapshot, plugins, stages: Vec::new(), certificates: Arc::default() }
    }

    pub(crate) fn plugin(&self, slot: PluginSlot) -> &LoadedPlugin {
        &self.plugins[slot.0].plugin
    }

    pub(crate) fn plugins(&self) -> &[Arc<Loaded>] {
        &self.plugins
    }

    pub(crate) fn stage_metrics(&self, position: usize) -> &StageMetrics {
        &self.stages[position]
    }
}
