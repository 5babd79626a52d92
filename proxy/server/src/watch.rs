//! Waits for files to change.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Editors and compilers write a file in several steps: a change is over when nothing has happened
/// for this long. (One that is looked at too early is refused, and looked at again when it goes on.)
const QUIET_TIME: Duration = Duration::from_millis(50);

/// Files that change without an end are looked at all the same.
const CHANGE_TIME_MAX: Duration = Duration::from_secs(1);

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

    /// Watches these files from now on. What is in a folder that is new here may have changed
    /// before, so that counts as a change.
    pub(crate) fn also(&mut self, files: &BTreeSet<PathBuf>) {
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = files.clone();
        for folder in files.iter().filter_map(|file| file.parent()) {
            if self.folders.contains(folder) {
                continue;
            }
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder.to_owned());
                    self.touched.notify_one();
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
        let quiet = async {
            while tokio::time::timeout(QUIET_TIME, self.touched.notified()).await.is_ok() {}
        };
        // Either way it is time to look.
        let _ = tokio::time::timeout(CHANGE_TIME_MAX, quiet).await;
    }
}

/// Reading a file changes nothing.
fn concerns(event: &Event, files: &BTreeSet<PathBuf>) -> bool {
    let is_change = !matches!(event.kind, EventKind::Access(_));
    is_change && event.paths.iter().any(|path| files.contains(path))
}
