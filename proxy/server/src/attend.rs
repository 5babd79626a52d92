//! A decision and the client that waits for it: its body is read when the pipeline asks for it, and
//! when it leaves, the pipeline is dropped where it stands, with the guest that it waits for.
//!
//! Both need the client's connection, so the pipeline gets a counter where it asks, and this has the
//! connection. All of it is one task: what is asked is seen as soon as the pipeline waits.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use pingora_core::Result;
use pingora_core::protocols::http::ServerSession;
use pipeline::{BodyError, BoxFuture, RequestBody};

use crate::client_body::ClientBody;

/// Where the pipeline asks for the client's body.
#[derive(Default)]
pub(crate) struct Counter(Mutex<Asked>);

#[derive(Default)]
enum Asked {
    #[default]
    Nothing,
    /// For a body of at most so many bytes.
    Body(usize),
    Answered(Result<Bytes, BodyError>),
}

/// The pipeline's side of a [`Counter`].
pub(crate) struct AskedBody<'c> {
    pub(crate) counter: &'c Counter,
    pub(crate) is_empty: bool,
}

impl RequestBody for AskedBody<'_> {
    fn is_empty(&mut self) -> bool {
        self.is_empty
    }

    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, Result<Bytes, BodyError>> {
        Box::pin(poll_fn(move |_| {
            let mut asked = self.counter.asked();
            match std::mem::take(&mut *asked) {
                Asked::Answered(body) => Poll::Ready(body),
                Asked::Body(_) | Asked::Nothing => {
                    *asked = Asked::Body(bytes_max);
                    Poll::Pending
                }
            }
        }))
    }
}

impl Counter {
    /// Ready if something is asked for. It wakes nobody: it is polled after the pipeline was.
    async fn asked_for(&self) -> usize {
        poll_fn(|_| match *self.asked() {
            Asked::Body(bytes_max) => Poll::Ready(bytes_max),
            Asked::Answered(_) | Asked::Nothing => Poll::Pending,
        })
        .await
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Awaits a decision as long as the client does. It is pinned by the caller: each move of a future so
/// large copies it.
///
/// # Errors
/// The client left.
pub(crate) async fn attend<T>(
    session: &mut ServerSession,
    body: &mut ClientBody,
    counter: &Counter,
    mut decision: Pin<&mut impl Future<Output = T>>,
) -> Result<T> {
    loop {
        let bytes_max = tokio::select! {
            biased;
            decided = &mut decision => return Ok(decided),
            bytes_max = counter.asked_for() => bytes_max,
            error = body.left(session) => return Err(error),
        };
        let read = body.whole(session, bytes_max).await;
        *counter.asked() = Asked::Answered(read);
    }
}
