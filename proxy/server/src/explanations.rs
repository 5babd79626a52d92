//! What happened to requests whose methods have data trace on: the last of them, for a while, in
//! memory.

mod text;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use control::Explanation;
use pipeline::{Trace, TracedPhase};
use serde::Serialize;

use crate::access_log::Line;

/// What is kept at most. The oldest goes first.
const REQUESTS_MAX: usize = 1_000;
const BYTES_MAX: usize = 32 * 1024 * 1024;
const AGE_MAX: Duration = Duration::from_hours(1);

/// The last requests that were traced, the oldest first.
#[derive(Default)]
pub(crate) struct Explanations(Mutex<VecDeque<Kept>>);

struct Kept {
    request_id: String,
    api: String,
    stage: String,
    json: Bytes,
    /// On the clock of the gateway.
    at: Duration,
}

/// What the access log says of a request, and what each phase did.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    line: &'a Line<'a>,
    phases: Vec<TracedPhase>,
}

impl Explanations {
    /// Keeps a request that is over; `now` is on the clock of the gateway.
    pub(crate) fn keep(&self, line: &Line<'_>, trace: &Trace, now: Duration) {
        let document = Document { line, phases: trace.to_phases() };
        let Ok(json) = serde_json::to_vec(&document) else { return };
        let (api, stage) = (line.api_id.unwrap_or_default(), line.stage.unwrap_or_default());
        self.push(Kept {
            request_id: line.request_id.to_owned(),
            api: api.to_owned(),
            stage: stage.to_owned(),
            json: json.into(),
            at: now,
        });
    }

    fn push(&self, newest: Kept) {
        let now = newest.at;
        let mut kept = self.kept();
        kept.push_back(newest);
        let mut bytes: usize = kept.iter().map(|one| one.json.len()).sum();
        while let Some(oldest) = kept.front()
            && (REQUESTS_MAX < kept.len()
                || BYTES_MAX < bytes
                || AGE_MAX < now.saturating_sub(oldest.at))
        {
            bytes -= oldest.json.len();
            kept.pop_front();
        }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl control::Explanations for Explanations {
    /// A client may choose the id of its request: the last one of an id is found.
    fn find(&self, request_id: &str) -> Option<Explanation> {
        let (api, stage, json) = {
            let kept = self.kept();
            let found = kept.iter().rev().find(|one| one.request_id == request_id)?;
            (found.api.clone(), found.stage.clone(), found.json.clone())
        };
        Some(Explanation { api, stage, text: text::of(&json), json })
    }
}

#[cfg(test)]
mod tests;
