//! One response as a handler gives it: its head, its chunks, and the end of the call.
//!
//! The guest runs only while something here is awaited, in the task of whoever awaits it: there is no
//! other task, so dropping this stops the guest and drops its instance. Once the guest has ended, the
//! rest of its body is here, and its instance serves others.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use model::{CallFault, HandlerResponseHead};
use tokio::sync::oneshot;

use super::response_body::{Length, ResponseBody, Writer};
use super::{Answer, response_head};
use crate::calls::Call;
use crate::client_wait::ClientWait;
use crate::clock;
use crate::kind::answer::{invalid, shown};
use crate::pool::Lease;

/// How long a task may go on: a guest that writes something in each of its turns is never waited for.
const RUN_TIME_MAX: Duration = Duration::from_millis(1);

pub(super) type Run<'a> = Pin<Box<dyn Future<Output = Result<Lease<'a>, CallFault>> + Send + 'a>>;

/// A request that a handler answers. Every method may be dropped and called again.
pub struct Serving<'a> {
    /// None once the guest has ended, or is gone.
    run: Option<Run<'a>>,
    /// None once what became of the call is counted.
    counted: Option<Call<'a>>,
    /// None if all that the client sends is there.
    client: Option<Arc<ClientWait>>,
    /// None once it was received, or cannot be any more.
    answered: Option<oneshot::Receiver<Answer>>,
    /// Received, and not asked for yet.
    head: Option<HandlerResponseHead>,
    /// None before the head.
    body: Option<ResponseBody>,
    is_head_request: bool,
    /// Dropped when the body was read.
    take: Option<oneshot::Sender<()>>,
}

/// What a response is made of.
pub(super) struct Parts<'a> {
    pub(super) run: Run<'a>,
    pub(super) counted: Option<Call<'a>>,
    pub(super) client: Option<Arc<ClientWait>>,
    pub(super) answered: oneshot::Receiver<Answer>,
    pub(super) take: oneshot::Sender<()>,
    pub(super) is_head_request: bool,
}

impl<'a> Serving<'a> {
    pub(super) fn new(parts: Parts<'a>) -> Self {
        let Parts { run, counted, client, answered, take, is_head_request } = parts;
        Self {
            run: Some(run),
            counted,
            client,
            answered: Some(answered),
            head: None,
            body: None,
            is_head_request,
            take: Some(take),
        }
    }

    /// Waits for the head. Once.
    pub async fn head(&mut self) -> Result<HandlerResponseHead, CallFault> {
        poll_fn(|context| self.poll_head(context).map(|head| self.count_fault(head))).await
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

    /// Waits for the guest to break; for ever if it does not. For the time in which something else is
    /// done with what it answered, and nothing is read from the client.
    pub async fn fault(&mut self) -> CallFault {
        poll_fn(|context| {
            let polled = self.poll_ahead(context);
            if let Some(client) = &self.client {
                client.resume(clock::now());
            }
            let Poll::Ready(Err(fault)) = polled else { return Poll::Pending };
            if matches!(fault, CallFault::TimedOut(_)) {
                // It was the client that took too long: no fault of the function's.
                self.counted = None;
            }
            self.count::<()>(&Err(fault.clone()));
            Poll::Ready(fault)
        })
        .await
    }

    /// Waits until the guest has ended, which may be after its response.
    pub async fn finish(mut self) -> Result<(), CallFault> {
        self.read_to_end(drop).await?;
        let ended = poll_fn(|context| self.poll_guest(context)).await;
        self.count_fault(ended)
    }

    /// Waits for the whole response.
    pub async fn whole(mut self) -> Result<(HandlerResponseHead, Bytes), CallFault> {
        let head = self.head().await?;
        let mut body = BytesMut::new();
        self.read_to_end(|chunk| body.extend_from_slice(&chunk)).await?;
        self.finish().await?;
        Ok((head, body.freeze()))
    }

    /// Takes all chunks, and lets others run meanwhile.
    async fn read_to_end(&mut self, mut take: impl FnMut(Bytes)) -> Result<(), CallFault> {
        let mut resumed = clock::now();
        while let Some(chunk) = self.chunk().await? {
            take(chunk);
            if clock::now().duration_since(resumed) >= RUN_TIME_MAX {
                tokio::task::yield_now().await;
                resumed = clock::now();
            }
        }
        Ok(())
    }

    /// A call that is dropped before it broke or ended counts as cancelled.
    fn count_fault<T>(&mut self, result: Result<T, CallFault>) -> Result<T, CallFault> {
        if result.is_err() {
            self.count(&result);
        }
        result
    }

    fn count<T>(&mut self, outcome: &Result<T, CallFault>) {
        if let Some(call) = self.counted.take() {
            let now = clock::now();
            let waited = self.client.as_ref().map(|client| client.total(now));
            call.without(waited.unwrap_or_default()).end(outcome);
        }
    }

    /// Lets the guest run; ready once its call has ended.
    fn poll_guest(&mut self, context: &mut Context<'_>) -> Poll<Result<(), CallFault>> {
        let Some(run) = &mut self.run else { return Poll::Ready(Ok(())) };
        let ended = ready!(run.as_mut().poll(context));
        self.run = None;
        Poll::Ready(ended.and_then(|lease| self.settle(lease, context)))
    }

    /// The guest has ended: what it answered is here to the last byte, or its instance is dropped.
    fn settle(&mut self, lease: Lease<'a>, context: &mut Context<'_>) -> Result<(), CallFault> {
        if let Some(mut answered) = self.answered.take()
            && let Ok(answer) = answered.try_recv()
        {
            self.head = Some(self.begin(answer)?);
        }
        let body = self.body.as_mut().ok_or_else(|| invalid("no response"))?;
        body.read_rest(context)?;
        self.take = None;
        self.count(&Ok(()));
        lease.end();
        Ok(())
    }

    fn poll_head(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<HandlerResponseHead, CallFault>> {
        let guest = self.poll_guest(context)?;
        if let Some(head) = self.head.take() {
            return Poll::Ready(Ok(head));
        }
        if let Some(answered) = &mut self.answered {
            let answer = ready!(Pin::new(answered).poll(context));
            self.answered = None;
            if let Ok(answer) = answer {
                return Poll::Ready(self.begin(answer));
            }
        }
        // It has given the right to answer away; what it does now is waited for all the same.
        guest.map(|()| Err(invalid("no response")))
    }

    fn begin(&mut self, answer: Answer) -> Result<HandlerResponseHead, CallFault> {
        let response = answer
            .map_err(|code| CallFault::Failed(format!("it answered the error {}", shown(&code))))?;
        let (parts, body) = response.into_parts();
        let head = response_head::parse(parts)?;
        let is_bodiless = self.is_head_request
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let length = match head.body_bytes {
            _ if is_bodiless => Length::None,
            Some(bytes) => Length::Exact(bytes),
            None => Length::Unknown,
        };
        self.body = Some(ResponseBody::new(body, length)?);
        Ok(head)
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, CallFault>> {
        let writer = match self.poll_guest(context)? {
            Poll::Ready(()) => Writer::Ended,
            Poll::Pending => Writer::Running,
        };
        let Some(body) = &mut self.body else { return Poll::Ready(Ok(None)) };
        let chunk = ready!(body.poll_chunk(context, writer));
        self.let_go();
        Poll::Ready(chunk)
    }

    /// Lets the guest run, and reads what it writes.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<Result<(), CallFault>> {
        let guest = self.poll_guest(context)?;
        if let Some(body) = &mut self.body {
            body.read_ahead(context)?;
        }
        self.let_go();
        guest.map(Ok)
    }

    /// Tells the guest once its body was read.
    fn let_go(&mut self) {
        if self.body.as_ref().is_some_and(ResponseBody::is_read) {
            self.take = None;
        }
    }
}

impl std::fmt::Debug for Serving<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("is_running", &self.run.is_some()).finish_non_exhaustive()
    }
}
