//! The body of a handler's response: as long as its head says, and read ahead of the client, so that a
//! client that is slow does not hold an instance whose guest has written all there is.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body as _;
use model::{BODY_BYTES_MAX, CallFault};
use wasmtime_wasi_http::WasiBody;

use crate::kind::answer::invalid;

/// What is read before the client takes it, while the guest writes.
const AHEAD_BYTES_MAX: usize = 256 * 1024;

/// Of one response.
pub(super) struct ResponseBody {
    /// What the guest writes; none once it was read to its end.
    source: Option<WasiBody>,
    /// Read, and not taken yet.
    ahead: VecDeque<Bytes>,
    ahead_bytes: usize,
    read_bytes: u64,
    length: Length,
}

/// What the head says of the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Length {
    Exact(u64),
    /// There is none, whatever the guest writes.
    None,
    Unknown,
}

/// Who writes the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writer {
    Ended,
    Running,
}

impl ResponseBody {
    pub(super) fn new(source: WasiBody, length: Length) -> Result<Self, CallFault> {
        if let Length::Exact(bytes) = length {
            check_size(bytes)?;
        }
        let ahead = VecDeque::new();
        Ok(Self { source: Some(source), ahead, ahead_bytes: 0, read_bytes: 0, length })
    }

    /// Whether all of it was read.
    pub(super) fn is_read(&self) -> bool {
        self.source.is_none()
    }

    /// The next part; none at the end.
    pub(super) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
        writer: Writer,
    ) -> Poll<Result<Option<Bytes>, CallFault>> {
        if self.ahead.is_empty() {
            ready!(self.poll_read(context, writer))?;
        }
        let chunk = self.ahead.pop_front();
        self.ahead_bytes -= chunk.as_ref().map_or(0, Bytes::len);
        Poll::Ready(Ok(chunk))
    }

    /// Reads ahead of a client that takes its time.
    pub(super) fn read_ahead(&mut self, context: &mut Context<'_>) -> Result<(), CallFault> {
        while !self.is_read() && self.ahead_bytes < AHEAD_BYTES_MAX {
            match self.poll_read(context, Writer::Running) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Reads what a guest that has ended has left: no more than it could write without being read.
    pub(super) fn read_rest(&mut self, context: &mut Context<'_>) -> Result<(), CallFault> {
        while !self.is_read() {
            match self.poll_read(context, Writer::Ended) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Reads a part, or the end.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        writer: Writer,
    ) -> Poll<Result<(), CallFault>> {
        while let Some(source) = &mut self.source {
            let Poll::Ready(frame) = poll_frame(source, context) else {
                if writer == Writer::Running {
                    return Poll::Pending;
                }
                // Nobody is left to write the rest.
                return Poll::Ready(self.end(Some("it ended before its body".to_owned())));
            };
            let data = match frame {
                None => return Poll::Ready(self.end(None)),
                Some(Err(error)) => return Poll::Ready(self.end(Some(error.to_string()))),
                // Trailers go no further.
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            self.measure(data.len())?;
            if !data.is_empty() && self.length != Length::None {
                self.ahead_bytes += data.len();
                self.ahead.push_back(data);
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn measure(&mut self, bytes: usize) -> Result<(), CallFault> {
        self.read_bytes = self.read_bytes.saturating_add(bytes as u64);
        match self.length {
            Length::Exact(expected) if expected < self.read_bytes => {
                Err(invalid(format!("a body longer than its Content-Length, {expected}")))
            }
            Length::Exact(_) | Length::None | Length::Unknown => check_size(self.read_bytes),
        }
    }

    /// The body ended, and this is what is wrong with it.
    fn end(&mut self, problem: Option<String>) -> Result<(), CallFault> {
        self.source = None;
        let read = self.read_bytes;
        match (problem, self.length) {
            (_, Length::None) => Ok(()),
            (_, Length::Exact(expected)) if read < expected => Err(invalid(format!(
                "a body of {read} bytes, shorter than its Content-Length, {expected}"
            ))),
            (Some(problem), _) => {
                Err(invalid(format!("a body that breaks after {read} bytes: {problem}")))
            }
            (None, _) => Ok(()),
        }
    }
}

fn check_size(bytes: u64) -> Result<(), CallFault> {
    if bytes > BODY_BYTES_MAX as u64 {
        return Err(invalid(format!("a body of more than {BODY_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// What is ready is taken, whatever time the task has had: when the guest has ended, pending means
/// that nothing comes any more.
fn poll_frame(
    body: &mut WasiBody,
    context: &mut Context<'_>,
) -> Poll<Option<Result<http_body::Frame<Bytes>, wasmtime_wasi_http::Error>>> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
    pin!(tokio::task::unconstrained(frame)).poll(context)
}
