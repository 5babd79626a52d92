//! What guests log: `edgeway:plugin/log`, and each line of stdout and stderr.
//!
//! One record of `tracing` for each message: the text of ours is fixed, the guest's is a field.
//! What one call may log is bounded as `wit/host.wit` says.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::{io, mem};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::bindings::edgeway::plugin::log::Level;
use crate::function_facts::FunctionFacts;

/// A longer message is cut (`wit/host.wit`).
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// What one invocation may log (`wit/host.wit`).
const CALL_BYTES_MAX: usize = 64 * 1024;

/// What a message counts for at least, so that empty lines are bounded as well.
const MESSAGE_BYTES_MIN: usize = 64;

/// What a guest may write to a stream before it has to ask again.
const WRITE_BYTES_MAX: usize = 64 * 1024;

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
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl CallLog {
    pub(crate) fn new(facts: Arc<FunctionFacts>) -> Self {
        let call = Call { bytes_left: CALL_BYTES_MAX, ..Call::default() };
        Self { facts, call: Mutex::new(call) }
    }

    /// What is logged from now on belongs to this request; empty while the instance starts.
    pub(crate) fn begin_call(&self, request_id: &str) {
        let mut call = self.call();
        call.request_id.clear();
        call.request_id.push_str(request_id);
        call.bytes_left = CALL_BYTES_MAX;
        call.is_cut = false;
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

    fn write(&self, stream: Stream, mut bytes: &[u8]) {
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

/// Where a guest writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Stderr,
    Stdout,
}

impl Stream {
    fn level(self) -> Level {
        match self {
            Self::Stderr => Level::Error,
            Self::Stdout => Level::Info,
        }
    }
}

/// stdout or stderr of one instance.
#[derive(Clone, Debug)]
pub(crate) struct LogStream {
    pub(crate) log: Arc<CallLog>,
    pub(crate) stream: Stream,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

#[async_trait::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.log.write(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
