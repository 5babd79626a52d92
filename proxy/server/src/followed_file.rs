//! What is kept in files by somebody else: taken over as the files change, without a restart.
//!
//! Several files cannot be replaced at once: while one of them is written they may not belong together, or be there by
//! half. Then what was there before is used on, and the log and a metric say so.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use pingora_core::server::ShutdownWatch;
use pingora_core::services::background::BackgroundService;
use prometheus::IntGauge;
use tokio::sync::Mutex;

use crate::metrics::{ListenerMetrics, Metrics};

/// How often files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// Files that something is kept in.
pub(crate) trait Files: Clone + Send + Sync + 'static {
    /// What stands in them.
    type Contents: Eq + Send + 'static;
    /// What that means.
    type Kept: Send + Sync + 'static;
    /// What the log calls it.
    const KIND: &'static str;

    /// The one that it is named by.
    fn path(&self) -> &Path;

    fn read(&self) -> anyhow::Result<Self::Contents>;

    fn parse(&self, contents: &Self::Contents) -> anyhow::Result<Self::Kept>;

    /// 1 while they cannot be used as they are.
    fn refused(&self, metrics: &ListenerMetrics) -> IntGauge;
}

/// Something that is kept in files, and may change.
pub(crate) struct Followed<F: Files> {
    files: F,
    current: ArcSwap<F::Kept>,
}

impl<F: Files> Followed<F> {
    pub(crate) fn current(&self) -> Arc<F::Kept> {
        self.current.load_full()
    }
}

/// All that a node follows.
#[derive(Default)]
pub(crate) struct FollowedFiles(Vec<Box<dyn Look>>);

impl FollowedFiles {
    /// One more, which is looked at from now on.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub(crate) fn read<F: Files>(&mut self, files: F) -> anyhow::Result<Arc<Followed<F>>> {
        let contents = files.read()?;
        let current = ArcSwap::from_pointee(files.parse(&contents)?);
        let followed = Arc::new(Followed { files, current });
        self.0.push(Box::new(Looked { followed: Arc::clone(&followed), seen: Some(contents) }));
        Ok(followed)
    }
}

/// With what was seen in the files when they were last looked at; none: they could not be read.
struct Looked<F: Files> {
    followed: Arc<Followed<F>>,
    seen: Option<F::Contents>,
}

#[async_trait]
trait Look: Send {
    /// Takes the files over if they changed.
    async fn look(&mut self, metrics: &ListenerMetrics);

    /// Before the first look: they are used as they were read.
    fn declare(&self, metrics: &ListenerMetrics);
}

#[async_trait]
impl<F: Files> Look for Looked<F> {
    async fn look(&mut self, metrics: &ListenerMetrics) {
        let Followed { files, current } = &*self.followed;
        let reading = files.clone();
        let read = tokio::task::spawn_blocking(move || reading.read()).await;
        let read = read.map_err(anyhow::Error::from).flatten();
        if read.as_ref().ok() == self.seen.as_ref() {
            return;
        }
        self.seen = None;
        let parsed = read.and_then(|contents| files.parse(self.seen.insert(contents)));
        let (kind, path) = (F::KIND, files.path().display());
        match parsed {
            Ok(kept) => {
                current.store(Arc::new(kept));
                files.refused(metrics).set(0);
                tracing::info!("the changed {kind} {path} is used");
            }
            Err(error) => {
                files.refused(metrics).set(1);
                tracing::warn!("a changed {kind} is not used, what was there is: {error:#}");
            }
        }
    }

    fn declare(&self, metrics: &ListenerMetrics) {
        self.followed.files.refused(metrics).set(0);
    }
}

/// Looks at the files.
pub(crate) struct Following {
    files: Mutex<FollowedFiles>,
    metrics: Arc<Metrics>,
}

impl Following {
    pub(crate) fn new(files: FollowedFiles, metrics: Arc<Metrics>) -> Self {
        files.0.iter().for_each(|looked| looked.declare(&metrics.listeners));
        Self { files: Mutex::new(files), metrics }
    }

    async fn follow(&self) {
        let mut files = self.files.lock().await;
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        loop {
            look.tick().await;
            for looked in &mut files.0 {
                looked.look(&self.metrics.listeners).await;
            }
        }
    }
}

#[async_trait]
impl BackgroundService for Following {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        tokio::select! {
            () = self.follow() => {}
            _ = shutdown.changed() => {}
        }
    }
}
