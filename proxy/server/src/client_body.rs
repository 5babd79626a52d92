//! A client's body, and its leaving: both are seen by reading its connection.
//!
//! Whatever was read stays here, so every wait may be dropped and begun again.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pingora_core::protocols::http::ServerSession;
use pingora_core::{Error, Result};
use pipeline::BodyError;

use crate::client_response::continue_if_expected;

/// How long a client may be silent in the middle of its request, or take no byte of its answer.
pub(crate) const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(60);

/// How long the whole body of a request may take: 10 MB at 35 KB/s.
pub(crate) const CLIENT_BODY_TIME_MAX: Duration = Duration::from_secs(300);

/// What is read before anybody asked for it: small bodies whole, so that the end of the connection
/// behind them is seen.
const READ_AHEAD_BYTES_MAX: usize = 64 * 1024;

/// The body of one request, as far as it was read.
#[derive(Default)]
pub(crate) struct ClientBody {
    ahead: VecDeque<Bytes>,
    ahead_bytes: usize,
    is_ended: bool,
}

impl ClientBody {
    /// Whether nothing is left of it.
    pub(crate) fn is_ended(&mut self, session: &mut ServerSession) -> bool {
        self.is_ended |= session.is_body_done();
        self.is_ended && self.ahead.is_empty()
    }

    /// The next chunk; none at the end.
    pub(crate) async fn chunk(&mut self, session: &mut ServerSession) -> Result<Option<Bytes>> {
        if let Some(chunk) = self.ahead.pop_front() {
            self.ahead_bytes -= chunk.len();
            return Ok(Some(chunk));
        }
        if self.is_ended(session) {
            return Ok(None);
        }
        let chunk = session.read_request_body().await.map_err(Error::into_down)?;
        self.is_ended |= chunk.is_none();
        Ok(chunk)
    }

    /// All of it.
    pub(crate) async fn whole(
        &mut self,
        session: &mut ServerSession,
        bytes_max: usize,
    ) -> Result<Bytes, BodyError> {
        let read = self.read_whole(session, bytes_max);
        let body = tokio::time::timeout(CLIENT_BODY_TIME_MAX, read).await;
        let body = body.unwrap_or(Err(BodyError::ClientGone));
        if body == Err(BodyError::ClientGone) {
            // Where the next request would begin is not known any more.
            session.set_keepalive(None);
        }
        body
    }

    async fn read_whole(
        &mut self,
        session: &mut ServerSession,
        bytes_max: usize,
    ) -> Result<Bytes, BodyError> {
        if self.is_ended(session) {
            return Ok(Bytes::new());
        }
        continue_if_expected(session).await.map_err(|_| BodyError::ClientGone)?;
        let mut body = BytesMut::new();
        loop {
            // HTTP/2 streams have no read timeout of their own.
            let chunk = tokio::time::timeout(CLIENT_SILENCE_MAX, self.chunk(session)).await;
            let Ok(Ok(chunk)) = chunk else { return Err(BodyError::ClientGone) };
            let Some(chunk) = chunk else { return Ok(body.freeze()) };
            if body.len() + chunk.len() > bytes_max {
                return Err(BodyError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// Waits for the client to leave: to close its connection or its half of it, or to reset its
    /// stream. The next request on the connection is no leaving.
    ///
    /// A client that has sent more than is read ahead is seen leaving on HTTP/2 only.
    pub(crate) async fn left(&mut self, session: &mut ServerSession) -> Box<Error> {
        loop {
            self.is_ended |= session.is_body_done();
            if !self.is_ended && self.ahead_bytes >= READ_AHEAD_BYTES_MAX {
                return stream_closed(session).await;
            }
            match session.read_body_or_idle(self.is_ended).await {
                Ok(Some(chunk)) => {
                    self.ahead_bytes += chunk.len();
                    self.ahead.push_back(chunk);
                }
                Ok(None) => self.is_ended = true,
                Err(error) => return error.into_down(),
            }
        }
    }
}

async fn stream_closed(session: &mut ServerSession) -> Box<Error> {
    let Some(closed) = session.watch_h2_stream_close() else {
        return pending().await;
    };
    match closed.await {
        Ok(reason) => {
            let what = format!("the client reset its stream: {reason}");
            Error::explain(pingora_core::ErrorType::H2Error, what).into_down()
        }
        Err(error) => error.into_down(),
    }
}
