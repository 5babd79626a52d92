//! The body of a request, as the guest sends it: as long as it said, and no longer than allowed.
//!
//! A body whose guest is gone does not end, it breaks: a server must not take a part for the whole.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::outbound::lease::Share;

/// What hyper is given to send.
#[derive(Debug)]
pub(crate) struct RequestBody {
    inner: WasiBody,
    bytes_left: u64,
    /// The rest of `Content-Length`.
    promised: Option<u64>,
    guest: Arc<Guest>,
    fault: Fault,
    /// Of what may be under way: for as long as hyper holds this.
    _share: Option<Arc<Share>>,
}

/// Whether the instance that sends requests still exists.
#[derive(Debug, Default)]
pub(crate) struct Guest {
    is_gone: AtomicBool,
}

impl Guest {
    /// From now on its bodies are incomplete.
    pub(crate) fn leave(&self) {
        self.is_gone.store(true, Ordering::Release);
    }
}

/// Why the body broke, for whoever sent it: hyper says only that it did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<Error>>>);

impl Fault {
    /// The reason, once.
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The body broke.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request is not complete")]
pub(crate) struct Broken;

impl RequestBody {
    pub(crate) fn new(
        inner: WasiBody,
        bytes_max: u64,
        promised: Option<u64>,
        guest: Arc<Guest>,
    ) -> Self {
        Self {
            inner,
            bytes_left: bytes_max,
            promised,
            guest,
            fault: Fault::default(),
            _share: None,
        }
    }

    /// The same, as part of a request that is under way.
    pub(crate) fn sharing(self, share: Arc<Share>) -> Self {
        Self { _share: Some(share), ..self }
    }

    pub(crate) fn fault(&self) -> Fault {
        self.fault.clone()
    }

    fn broken(&self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        *self.fault.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        Poll::Ready(Some(Err(Broken)))
    }

    /// None if the part is more than allowed, or than promised.
    fn count(&mut self, part: &Bytes) -> Option<()> {
        let bytes = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.bytes_left = self.bytes_left.checked_sub(bytes)?;
        if let Some(promised) = &mut self.promised {
            *promised = promised.checked_sub(bytes)?;
        }
        Some(())
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if frame.data_ref().is_some_and(|part| self.count(part).is_none()) {
                    return self.broken(Error::HttpRequestBodySize(None));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => self.broken(error),
            None if self.guest.is_gone.load(Ordering::Acquire) => {
                self.broken(Error::ConnectionTerminated)
            }
            None if self.promised.is_some_and(|rest| rest > 0) => {
                self.broken(Error::HttpRequestBodySize(None))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream() && self.promised.unwrap_or(0) == 0
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
