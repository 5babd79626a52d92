//! What guests log: `edgeway:plugin/log`, and each line of stdout and stderr.
//!
//! One record of `tracing` for each message: the text of ours is fixed, the guest's is a field.
//! What one call may log is bounded as `wit/host.wit` says, and what all calls of a function log
//! by its `log_rate`.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::LogTail;

use crate::bindings::edgeway::plugin::log::Level;
use crate::function_facts::FunctionFacts;
use crate::log_rate::Verdict;
use crate::log_stream::Stream;

/// A longer message is cut (`wit/host.wit`).
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// What one invocation may log (`wit/host.wit`).
const CALL_BYTES_MAX: usize = 64 * 1024;

/// What a message counts for at least, so that empty lines are bounded as well.
const MESSAGE_BYTES_MIN: usize = 64;

/// The log of one instance, shared by its state and its output streams.
#[derive(Debug)]
pub(crate) struct CallLog {
    facts: Arc<FunctionFacts>,
    call: Mutex<Call>,
}

/// The call that the instance serves now.
#[derive(Debug, Default)]
struct Call {
    request_id: String,
    bytes_left: usize,
    /// Whether a message was dropped.
    is_cut: bool,
    /// Where its messages go as well.
    tail: Option<LogTail>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl CallLog {
    pub(crate) fn new(facts: Arc<FunctionFacts>) -> Self {
        let call = Call { bytes_left: CALL_BYTES_MAX, ..Call::default() };
        Self { facts, call: Mutex::new(call) }
    }

    /// What is logged from now on belongs to this request, and goes to `tail` as well; to none while the
    /// instance starts.
    pub(crate) fn begin_call(&self, request_id: &str, tail: Option<&LogTail>) {
        let mut call = self.call();
        call.request_id.clear();
        call.request_id.push_str(request_id);
        call.bytes_left = CALL_BYTES_MAX;
        call.is_cut = false;
        call.tail = tail.cloned();
    }

    /// Logs what was written without a line end.
    pub(crate) fn end_call(&self) {
        let mut call = self.call();
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !call.line(stream).is_empty() {
                self.end_line(&mut call, stream);
            }
        }
    }

    /// `edgeway:plugin/log`
    pub(crate) fn log(&self, level: Level, message: &str) {
        self.emit(&mut self.call(), level, message);
    }

    /// Logs each line that is complete.
    pub(crate) fn write(&self, stream: Stream, mut bytes: &[u8]) {
        let mut call = self.call();
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            call.extend(stream, &bytes[..end]);
            self.end_line(&mut call, stream);
            bytes = &bytes[end + 1..];
        }
        call.extend(stream, bytes);
    }

    fn end_line(&self, call: &mut Call, stream: Stream) {
        let mut line = mem::take(call.line(stream));
        self.emit(call, stream.level(), &String::from_utf8_lossy(&line));
        line.clear();
        *call.line(stream) = line;
    }

    fn emit(&self, call: &mut Call, level: Level, message: &str) {
        if call.is_cut {
            return;
        }
        let text = &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)];
        let function = self.facts.name.as_str();
        let request_id = call.request_id.as_str();
        let bytes = text.len().max(MESSAGE_BYTES_MIN);
        if call.bytes_left < bytes {
            call.is_cut = true;
            tracing::warn!(
                target: "edgeway::function", function, request_id, bytes_max = CALL_BYTES_MAX,
                "a function logs too much in one call; the rest is dropped"
            );
            return;
        }
        call.bytes_left -= bytes;
        if let Some(tail) = &call.tail {
            tail.add(text);
        }
        match self.facts.log_rate.take(bytes) {
            Verdict::Drop => return,
            Verdict::DropAndSay => {
                tracing::warn!(
                    target: "edgeway::function", function, request_id,
                    "a function logs too much in all its calls; some messages are dropped"
                );
                return;
            }
            Verdict::Log => {}
        }
        match level {
            Level::Trace => {
                tracing::trace!(target: "edgeway::function", function, request_id, text, "function");
            }
            Level::Debug => {
                tracing::debug!(target: "edgeway::function", function, request_id, text, "function");
            }
            Level::Info => {
                tracing::info!(target: "edgeway::function", function, request_id, text, "function");
            }
            Level::Warn => {
                tracing::warn!(target: "edgeway::function", function, request_id, text, "function");
            }
            Level::Error => {
                tracing::error!(target: "edgeway::function", function, request_id, text, "function");
            }
        }
    }

    fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn line(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn extend(&mut self, stream: Stream, bytes: &[u8]) {
        let line = self.line(stream);
        let room = MESSAGE_BYTES_MAX.saturating_sub(line.len());
        line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests;
