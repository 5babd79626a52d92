//! Waits for files to change.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Editors and compilers write a file in several steps: a change is over when nothing has happened
/// for this long.
const QUIET_TIME: Duration = Duration::from_millis(100);

/// Watches the folders of some files, as files are often replaced and not written.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    files: Arc<Mutex<BTreeSet<PathBuf>>>,
    folders: BTreeSet<PathBuf>,
    touched: Arc<Notify>,
}

impl Watch {
    /// # Errors
    /// If the system has no more watches to give.
    pub(crate) fn start(files: &BTreeSet<PathBuf>) -> notify::Result<Self> {
        let touched = Arc::new(Notify::new());
        let watched = Arc::new(Mutex::new(BTreeSet::new()));
        let (notified, names) = (Arc::clone(&touched), Arc::clone(&watched));
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let names = names.lock().unwrap_or_else(PoisonError::into_inner);
            if event.is_ok_and(|event| concerns(&event, &names)) {
                notified.notify_one();
            }
        })?;
        let mut watch = Self { watcher, files: watched, folders: BTreeSet::new(), touched };
        watch.also(files);
        Ok(watch)
    }

    /// Watches these files from now on.
    pub(crate) fn also(&mut self, files: &BTreeSet<PathBuf>) {
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = files.clone();
        for folder in files.iter().filter_map(|file| file.parent()) {
            if self.folders.contains(folder) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder.to_owned());
                }
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "a folder cannot be watched");
                }
            }
        }
    }

    /// Returns when one of the files has changed and nothing more happens.
    pub(crate) async fn changed(&mut self) {
        self.touched.notified().await;
        while tokio::time::timeout(QUIET_TIME, self.touched.notified()).await.is_ok() {}
    }
}

/// Reading a file changes nothing.
fn concerns(event: &Event, files: &BTreeSet<PathBuf>) -> bool {
    let is_change = !matches!(event.kind, EventKind::Access(_));
    is_change && event.paths.iter().any(|path| files.contains(path))
}
