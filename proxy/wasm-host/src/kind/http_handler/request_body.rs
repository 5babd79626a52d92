//! The body of a request on its way to a handler: whole, or as the client sends it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::client_wait::ClientWait;
use crate::clock;

/// Chunks that wait for the guest: one, so that a client is read no faster than the guest takes it.
const CHUNKS_WAITING_MAX: usize = 1;

/// What a handler reads.
#[derive(Debug)]
pub struct RequestBody(Source);

#[derive(Debug)]
enum Source {
    Streamed { chunks: mpsc::Receiver<Bytes>, client: Arc<ClientWait> },
    Whole(Bytes),
}

/// Where the chunks of a streamed body go. The body ends when this is dropped; a body that broke must
/// take the whole call with it.
#[derive(Debug)]
pub struct RequestBodySender {
    chunks: mpsc::Sender<Bytes>,
    client: Arc<ClientWait>,
}

impl RequestBody {
    /// All of it is there.
    pub fn whole(bytes: Bytes) -> Self {
        Self(Source::Whole(bytes))
    }

    /// It comes in chunks.
    pub fn streamed() -> (RequestBodySender, Self) {
        let (sender, chunks) = mpsc::channel(CHUNKS_WAITING_MAX);
        let client = Arc::<ClientWait>::default();
        let sender = RequestBodySender { chunks: sender, client: Arc::clone(&client) };
        (sender, Self(Source::Streamed { chunks, client }))
    }

    /// Who is waited for.
    pub(super) fn client(&self) -> Option<Arc<ClientWait>> {
        match &self.0 {
            Source::Streamed { client, .. } => Some(Arc::clone(client)),
            Source::Whole(_) => None,
        }
    }
}

impl RequestBodySender {
    /// Waits until the guest has taken what was sent; false if it wants no more. May be dropped and
    /// asked again.
    pub async fn has_room(&self) -> bool {
        self.chunks.reserve().await.is_ok()
    }

    /// Sends a chunk for which there is room.
    pub fn send(&self, chunk: Bytes) {
        // It fails if the guest wants no more, which is its right.
        let _ = self.chunks.try_send(chunk);
        self.client.answer(clock::now());
    }
}

impl Drop for RequestBodySender {
    fn drop(&mut self) {
        self.client.answer(clock::now());
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Source::Streamed { chunks, client } => {
                let chunk = chunks.poll_recv(context);
                match chunk {
                    Poll::Ready(_) => client.answer(clock::now()),
                    Poll::Pending => client.ask(),
                }
                chunk.map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
            }
            Source::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Source::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Streamed { chunks, .. } => chunks.is_closed() && chunks.is_empty(),
            Source::Whole(bytes) => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Streamed { .. } => SizeHint::default(),
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}
