//! Calls whose log somebody wants to see besides: by request id, from before the call until it is
//! over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::function_facts::FunctionFacts;
use crate::log_tail::LogTail;

/// The calls of one version of a function that are watched: most of the time none.
#[derive(Debug, Default)]
pub(crate) struct LogWatches {
    count: AtomicUsize,
    tails: Mutex<HashMap<String, LogTail>>,
}

impl LogWatches {
    /// Where the messages of a call go as well, if it is watched.
    pub(crate) fn of(&self, request_id: &str) -> Option<LogTail> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.tails().get(request_id).cloned()
    }

    fn tails(&self) -> MutexGuard<'_, HashMap<String, LogTail>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sees what the calls of a function for one request id log, until it is dropped.
#[derive(Debug)]
pub struct LogWatch {
    facts: Arc<FunctionFacts>,
    request_id: String,
    tail: LogTail,
}

impl LogWatch {
    pub(crate) fn new(facts: Arc<FunctionFacts>, request_id: &str) -> Self {
        let (request_id, tail) = (request_id.to_owned(), LogTail::default());
        let watches = &facts.log_watches;
        watches.tails().insert(request_id.clone(), tail.clone());
        watches.count.fetch_add(1, Ordering::AcqRel);
        Self { facts, request_id, tail }
    }

    /// The last 4 KB so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.tail.bytes()).into_owned()
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        let watches = &self.facts.log_watches;
        watches.tails().remove(&self.request_id);
        watches.count.fetch_sub(1, Ordering::AcqRel);
    }
}
