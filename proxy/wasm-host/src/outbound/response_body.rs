//! The body of a response, as the guest reads it: within its size and its time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;
use wasmtime_wasi_http::Error;

use crate::clock;
use crate::outbound::lease::BoundedLease;

/// Holds the connection until the body has ended, or the call.
pub(crate) struct ResponseBody {
    lease: BoundedLease,
    bytes_left: u64,
    silence: Option<Silence>,
    is_over: bool,
}

/// How long the server may be silent while the guest waits.
struct Silence {
    max: Duration,
    /// Runs while the guest waits.
    timer: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    pub(crate) fn new(lease: BoundedLease, bytes_max: u64, silence_max: Option<Duration>) -> Self {
        let silence = silence_max.map(|max| Silence { max, timer: None });
        let mut body = Self { lease, bytes_left: bytes_max, silence, is_over: false };
        body.end_if_read();
        body
    }

    fn end_if_read(&mut self) {
        if self.lease.is_read() {
            self.is_over = true;
            self.lease.give_back();
        }
    }

    fn broken(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.is_over = true;
        self.lease.end();
        Poll::Ready(Some(Err(error)))
    }

    fn received(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(silence) = &mut self.silence {
            silence.timer = None;
        }
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match self.bytes_left.checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX)) {
            Some(left) => self.bytes_left = left,
            None => return self.broken(Error::HttpResponseBodySize(None)),
        }
        self.end_if_read();
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Silence {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let end = || Box::pin(tokio::time::sleep_until((clock::now() + self.max).into()));
        self.timer.get_or_insert_with(end).as_mut().poll(cx)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        match self.lease.poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => self.received(frame),
            Poll::Ready(Some(Err(error))) => self.broken(error),
            Poll::Ready(None) => {
                self.is_over = true;
                self.lease.give_back();
                Poll::Ready(None)
            }
            Poll::Pending => match self.silence.as_mut().map(|silence| silence.poll(cx)) {
                Some(Poll::Ready(())) => self.broken(Error::ConnectionReadTimeout),
                Some(Poll::Pending) | None => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_over { SizeHint::with_exact(0) } else { self.lease.size_hint() }
    }
}
