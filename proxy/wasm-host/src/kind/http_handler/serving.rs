//! One response as a handler gives it: its head, its chunks, and the end of the call.
//!
//! The guest runs only while something here is awaited, in the task of whoever awaits it: there is no
//! other task, so dropping this stops the guest and drops its instance.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body as _;
use model::{BODY_BYTES_MAX, CallFault, HandlerResponseHead};
use tokio::sync::oneshot;
use wasmtime_wasi_http::WasiBody;

use super::{Answer, response_head};
use crate::calls::Call;
use crate::kind::answer::{invalid, shown};
use crate::pool::Lease;

type Run<'a> = Pin<Box<dyn Future<Output = Result<Lease<'a>, CallFault>> + Send + 'a>>;

/// A request that a handler answers. Every method may be dropped and called again.
pub struct Serving<'a> {
    guest: Guest<'a>,
    /// None once what became of the call is counted.
    counted: Option<Call<'a>>,
    /// None once it was received, or cannot be any more.
    answered: Option<oneshot::Receiver<Answer>>,
    /// None before the head and after the end.
    body: Option<WasiBody>,
    /// Of the body.
    sent_bytes: u64,
    /// As the head says.
    expected_bytes: Option<u64>,
    is_head_request: bool,
    /// Whether the response has no body, whatever the guest writes.
    is_bodiless: bool,
    /// Dropped when the body was taken.
    take: Option<oneshot::Sender<()>>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one for each call, within what the call holds anyway"
)]
enum Guest<'a> {
    /// Its call went well.
    Ended(Lease<'a>),
    /// Its instance is gone.
    Gone,
    Running(Run<'a>),
}

impl<'a> Serving<'a> {
    pub(super) fn new(
        run: Run<'a>,
        counted: Option<Call<'a>>,
        answered: oneshot::Receiver<Answer>,
        take: oneshot::Sender<()>,
        is_head_request: bool,
    ) -> Self {
        Self {
            guest: Guest::Running(run),
            counted,
            answered: Some(answered),
            body: None,
            sent_bytes: 0,
            expected_bytes: None,
            is_head_request,
            is_bodiless: false,
            take: Some(take),
        }
    }

    /// Waits for the head. Once.
    pub async fn head(&mut self) -> Result<HandlerResponseHead, CallFault> {
        let head = poll_fn(|context| self.poll_head(context)).await;
        self.count_fault(head)
    }

    /// Waits for a part of the body: not empty; none at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CallFault> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The same, as a poll.
    pub fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, CallFault>> {
        self.poll_body(context).map(|chunk| self.count_fault(chunk))
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, CallFault>> {
        let guest = self.poll_guest(context)?;
        while let Some(body) = &mut self.body {
            let Poll::Ready(frame) = poll_frame(body, context) else {
                if guest.is_pending() {
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
            if data.is_empty() {
                continue;
            }
            self.measure(data.len())?;
            if !self.is_bodiless {
                return Poll::Ready(Ok(Some(data)));
            }
        }
        Poll::Ready(Ok(None))
    }

    /// Waits for the guest to break; for ever if it does not. For the time in which something else is
    /// done with what it answered.
    pub async fn fault(&mut self) -> CallFault {
        poll_fn(|context| match self.poll_guest(context) {
            Poll::Ready(Err(fault)) => {
                if matches!(fault, CallFault::TimedOut(_)) {
                    // It was the client that took too long: no fault of the function's.
                    self.counted = None;
                }
                let _ = self.count_fault(Err::<(), _>(fault.clone()));
                Poll::Ready(fault)
            }
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Waits until the guest has ended, which may be after its response: its instance may serve
    /// another call then.
    pub async fn finish(mut self) -> Result<(), CallFault> {
        while self.chunk().await?.is_some() {}
        let ended = poll_fn(|context| self.poll_guest(context)).await;
        self.count_fault(ended)?;
        if let Some(call) = self.counted.take() {
            call.end(&Ok::<(), CallFault>(()));
        }
        if let Guest::Ended(lease) = self.guest {
            lease.end();
        }
        Ok(())
    }

    /// Waits for the whole response.
    pub async fn whole(mut self) -> Result<(HandlerResponseHead, Bytes), CallFault> {
        let head = self.head().await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        self.finish().await?;
        Ok((head, body.freeze()))
    }

    /// A call that is dropped before it broke or ended counts as cancelled.
    fn count_fault<T>(&mut self, result: Result<T, CallFault>) -> Result<T, CallFault> {
        if result.is_err()
            && let Some(call) = self.counted.take()
        {
            call.end(&result);
        }
        result
    }

    /// Lets the guest run; ready once its call has ended.
    fn poll_guest(&mut self, context: &mut Context<'_>) -> Poll<Result<(), CallFault>> {
        let Guest::Running(run) = &mut self.guest else { return Poll::Ready(Ok(())) };
        match ready!(run.as_mut().poll(context)) {
            Ok(lease) => {
                self.guest = Guest::Ended(lease);
                Poll::Ready(Ok(()))
            }
            Err(fault) => {
                self.guest = Guest::Gone;
                Poll::Ready(Err(fault))
            }
        }
    }

    fn poll_head(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<HandlerResponseHead, CallFault>> {
        let guest = self.poll_guest(context)?;
        let answer = match (&mut self.answered, guest) {
            (Some(answered), Poll::Pending) => ready!(Pin::new(answered).poll(context)).ok(),
            (Some(answered), Poll::Ready(())) => answered.try_recv().ok(),
            (None, _) => None,
        };
        self.answered = None;
        match answer {
            Some(Ok(response)) => Poll::Ready(self.begin(response)),
            Some(Err(code)) => {
                let code = shown(&code).to_owned();
                Poll::Ready(Err(CallFault::Failed(format!("it answered the error {code}"))))
            }
            // It has given the right to answer away; what it does now is waited for all the same.
            None if guest.is_pending() => Poll::Pending,
            None => Poll::Ready(Err(invalid("no response"))),
        }
    }

    fn begin(
        &mut self,
        response: http::Response<WasiBody>,
    ) -> Result<HandlerResponseHead, CallFault> {
        let (parts, body) = response.into_parts();
        let head = response_head::parse(parts)?;
        self.is_bodiless = self.is_head_request
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !self.is_bodiless {
            self.expected_bytes = head.body_bytes;
            check_size(head.body_bytes.unwrap_or_default())?;
        }
        self.body = Some(body);
        Ok(head)
    }

    fn measure(&mut self, bytes: usize) -> Result<(), CallFault> {
        self.sent_bytes = self.sent_bytes.saturating_add(bytes as u64);
        match self.expected_bytes {
            Some(expected) if self.sent_bytes > expected => {
                Err(invalid(format!("a body longer than its Content-Length, {expected}")))
            }
            _ => check_size(self.sent_bytes),
        }
    }

    /// The body ended, and this is what is wrong with it.
    fn end(&mut self, problem: Option<String>) -> Result<Option<Bytes>, CallFault> {
        self.body = None;
        self.take = None;
        let sent = self.sent_bytes;
        match (problem, self.expected_bytes) {
            _ if self.is_bodiless => Ok(None),
            (_, Some(expected)) if sent < expected => Err(invalid(format!(
                "a body of {sent} bytes, shorter than its Content-Length, {expected}"
            ))),
            (Some(problem), _) => {
                Err(invalid(format!("a body that breaks after {sent} bytes: {problem}")))
            }
            (None, _) => Ok(None),
        }
    }
}

impl std::fmt::Debug for Serving<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("sent_bytes", &self.sent_bytes).finish_non_exhaustive()
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
