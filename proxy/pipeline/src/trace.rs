//! What happened to one request, phase by phase: kept only where its method has data trace on.
//!
//! What identifies its client is not in it: the values of headers and parameters that hold secrets are
//! concealed wherever they stand, also in what was made of them.

mod secrets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use model::LogTail;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::exchange::Exchange;
use crate::ports::Ambient;
use crate::request::Request;
use secrets::Secrets;

/// A longer text is cut, and says so.
const TEXT_BYTES_MAX: usize = 8 * 1024;

const TRUNCATED: &str = " [TRUNCATED]";

/// Further steps are left out.
const STEPS_MAX: usize = 256;

/// The phases of one request that it came to, in their order.
#[derive(Debug)]
pub struct Trace {
    started: Duration,
    secrets: Secrets,
    phases: Mutex<Vec<TracedPhase>>,
}

/// One phase, and what it did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TracedPhase {
    /// Which.
    pub phase: Phase,
    /// When it began, from the begin of the request.
    pub at_micros: u64,
    /// In their order.
    pub steps: Vec<TracedStep>,
}

/// What a phase read, decided or made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TracedStep {
    /// A few words.
    pub what: &'static str,
    /// When, from the begin of the request.
    pub at_micros: u64,
    /// Any JSON; its texts are cut.
    pub value: Value,
}

/// A phase of the pipeline.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// From host, path and HTTP method to a resource's method.
    Route,
    /// Who calls, and whether they may.
    Authorize,
    /// The API key, its plan and its quota, and what all clients together are held to.
    Admit,
    /// Required parameters and the body's model.
    Validate,
    /// The cache of the stage.
    Cache,
    /// Plugins that change the request.
    RequestTransform,
    /// What answers, with its templates and mappings both ways.
    Integration,
    /// Plugins that change the response.
    ResponseTransform,
    /// What the client was sent.
    Response,
}

impl Trace {
    fn new(request: &Request<'_>, exchange: &Exchange<'_>, started: Duration) -> Self {
        let secrets = Secrets::of(request, exchange);
        Self { started, secrets, phases: Mutex::default() }
    }

    /// Begins the next phase; `now` is on the clock of the pipeline's ports.
    pub fn enter(&self, phase: Phase, now: Duration) {
        let at_micros = self.micros(now);
        self.phases().push(TracedPhase { phase, at_micros, steps: Vec::new() });
    }

    /// Adds a step to the phase that began last.
    pub fn note(&self, now: Duration, what: &'static str, value: impl FnOnce(&Self) -> Value) {
        let mut value = value(self);
        self.conceal(&mut value);
        let at_micros = self.micros(now);
        let mut phases = self.phases();
        if phases.iter().map(|phase| phase.steps.len()).sum::<usize>() < STEPS_MAX
            && let Some(phase) = phases.last_mut()
        {
            phase.steps.push(TracedStep { what, at_micros, value });
        }
    }

    /// Headers, those that hold secrets without their values.
    pub fn headers(&self, headers: &HeaderMap) -> Value {
        let mut shown = Map::new();
        for name in headers.keys() {
            let values = headers.get_all(name).iter().map(|value| {
                if self.secrets.is_header(name) {
                    return secrets::CONCEALED.into();
                }
                String::from_utf8_lossy(value.as_bytes()).into_owned().into()
            });
            let values: Vec<Value> = values.collect();
            shown.insert(name.as_str().to_owned(), Value::Array(values));
        }
        Value::Object(shown)
    }

    /// A payload: the begin of its text, and how long it is.
    pub fn body(&self, body: &[u8]) -> Value {
        let secret_bytes_max = self.secrets.bytes_max();
        let end = body.len().min(TEXT_BYTES_MAX + secret_bytes_max);
        let mut text = String::from_utf8_lossy(&body[..end]).into_owned();
        self.secrets.conceal(&mut text);
        if end < body.len() {
            // A secret may stand across the end.
            let whole = text.len().saturating_sub(secret_bytes_max);
            cut(&mut text, whole.min(TEXT_BYTES_MAX));
        }
        json!({ "bytes": body.len(), "text": text })
    }

    /// What happened so far.
    pub fn to_phases(&self) -> Vec<TracedPhase> {
        self.phases().clone()
    }

    /// Conceals before it cuts, so that no cut leaves a part of a secret.
    fn conceal(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                self.secrets.conceal(text);
                if TEXT_BYTES_MAX + TRUNCATED.len() < text.len() {
                    cut(text, TEXT_BYTES_MAX);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.conceal(value)),
            Value::Object(members) => members.values_mut().for_each(|value| self.conceal(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn micros(&self, now: Duration) -> u64 {
        u64::try_from(now.saturating_sub(self.started).as_micros()).unwrap_or(u64::MAX)
    }

    fn phases(&self) -> MutexGuard<'_, Vec<TracedPhase>> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut(text: &mut String, bytes: usize) {
    text.truncate(text.floor_char_boundary(bytes));
    text.push_str(TRUNCATED);
}

/// Where the phases note what they do, if anybody wants to know it.
#[derive(Clone, Default)]
pub(crate) struct Tracer<'a>(Option<(Arc<Trace>, &'a dyn Ambient)>);

impl<'a> Tracer<'a> {
    /// Of a request that has been routed to a method with data trace on.
    pub(crate) fn new(
        exchange: &Exchange<'_>,
        ambient: &'a dyn Ambient,
        started: Duration,
    ) -> Self {
        Self(Some((Arc::new(Trace::new(exchange.request, exchange, started)), ambient)))
    }

    /// What is noted, for whoever keeps it.
    pub(crate) fn trace(&self) -> Option<Arc<Trace>> {
        self.0.as_ref().map(|(trace, _)| Arc::clone(trace))
    }

    /// What is noted from now on does not show this.
    pub(crate) fn conceal(&self, secret: &str) {
        if let Some((trace, _)) = &self.0 {
            trace.secrets.add(secret);
        }
    }

    /// The same for the cookies that a response sets.
    pub(crate) fn conceal_cookies(&self, headers: &HeaderMap) {
        if let Some((trace, _)) = &self.0 {
            trace.secrets.add_cookies(headers);
        }
    }

    /// Where a call of a plugin puts what it logs, which is noted by [`Self::logged`].
    pub(crate) fn log(&self) -> Option<LogTail> {
        self.0.as_ref().map(|_| LogTail::default())
    }

    /// Notes what was logged, if anything was.
    pub(crate) fn logged(&self, log: Option<LogTail>) {
        let text = log.map(|log| log.text()).filter(|text| !text.is_empty());
        if let Some(text) = text {
            self.note("log", |_| text.into());
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        if let Some((trace, ambient)) = &self.0 {
            trace.enter(phase, ambient.now());
        }
    }

    /// `value` is made only if it is kept.
    pub(crate) fn note(&self, what: &'static str, value: impl FnOnce(&Trace) -> Value) {
        if let Some((trace, ambient)) = &self.0 {
            trace.note(ambient.now(), what, value);
        }
    }
}
