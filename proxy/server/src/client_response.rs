//! What a client is sent: whole responses, and the parts of those that stream.
//!
//! Everything is written within a time that bounds how long a client takes nothing, and not how long
//! it takes to read all of it.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::EXPECT;
use pingora_core::protocols::http::ServerSession;
use pingora_core::{Error, ErrorType, Result};
use pingora_http::ResponseHeader;
use pingora_timeout::timeout;
use pipeline::{ClientResponse, Failure};

use crate::client_body::CLIENT_SILENCE_MAX;
use crate::convert;

/// How long is spent on a body that nobody wants, so that the client reads its answer and keeps its
/// connection.
const CLIENT_DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// What has to be taken within [`CLIENT_SILENCE_MAX`]: 1 KB/s.
const PART_BYTES_MAX: usize = 64 * 1024;

/// What became of a response that streams.
pub(crate) enum Delivery {
    /// It broke off after its head: the client must see that.
    BrokenOff(Failure),
    /// The client left.
    ClientGone(Box<Error>),
    /// Nothing was sent to the client: it is to be told.
    NotBegun(Failure),
    /// The client has all of it.
    Whole,
}

/// What was written could not be.
impl From<Box<Error>> for Delivery {
    fn from(error: Box<Error>) -> Self {
        Self::ClientGone(error.into_down())
    }
}

/// Tells a client that waits for it to go on (RFC 9110 section 10.1.1): only once its request is
/// accepted so far.
pub(crate) async fn continue_if_expected(session: &mut ServerSession) -> Result<()> {
    let expectation = session.req_header().headers.get(EXPECT);
    let is_expected =
        expectation.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    if is_expected && !session.is_http2() {
        taken(pin!(session.write_continue_response()), CLIENT_SILENCE_MAX).await?;
    }
    Ok(())
}

/// Writes a whole response. What is left of the client's body is read and dropped, for a moment: it
/// never becomes the next request, and the client sees its answer and not a reset connection. A client
/// that waits to be told to go on is not, and its connection is closed.
pub(crate) async fn write_response(
    session: &mut ServerSession,
    response: &ClientResponse,
) -> Result<()> {
    let head = convert::response_head(response, session.req_header().version)?;
    keep_connection(session);
    let has_body =
        session.req_header().method != Method::HEAD && !convert::is_bodiless(response.status());
    write_head(session, head).await?;
    let body = if has_body { response.body().clone() } else { Bytes::new() };
    write_last(session, body).await
}

/// Lets a connection outlive a response that comes before the client's body was read to its end.
pub(crate) fn keep_connection(session: &mut ServerSession) {
    if !session.req_header().headers.contains_key(EXPECT) {
        session.set_close_on_response_before_downstream_finish(false);
        session.set_total_drain_timeout(Some(CLIENT_DRAIN_TIME_MAX));
    }
}

/// Reads and drops, for a moment, what a client still sends on a connection that is closed after its answer: else it may
/// see a reset connection in its place.
pub(crate) async fn drain(session: &mut ServerSession) {
    if !session.req_header().headers.contains_key(EXPECT) {
        // Whoever sends for longer sees the reset.
        let _ = session.drain_request_body().await;
    }
}

/// Writes the head of a response; [`write_last`] ends the response, also one without a body.
pub(crate) async fn write_head(
    session: &mut ServerSession,
    head: Box<ResponseHeader>,
) -> Result<()> {
    taken(pin!(session.write_response_header(head)), CLIENT_SILENCE_MAX).await
}

/// Writes a part of a body that is not its end.
pub(crate) async fn write_more(session: &mut ServerSession, bytes: Bytes) -> Result<()> {
    write_parts(session, bytes, CLIENT_SILENCE_MAX).await
}

/// Writes the last part of a body, which may be empty, and what is buffered.
pub(crate) async fn write_last(session: &mut ServerSession, mut bytes: Bytes) -> Result<()> {
    let last = bytes.split_off(bytes.len().saturating_sub(PART_BYTES_MAX));
    write_more(session, bytes).await?;
    taken(pin!(session.write_response_body(last, true)), CLIENT_SILENCE_MAX).await
}

async fn write_parts(
    session: &mut ServerSession,
    mut bytes: Bytes,
    silence_max: Duration,
) -> Result<()> {
    while !bytes.is_empty() {
        let part = bytes.split_to(bytes.len().min(PART_BYTES_MAX));
        taken(pin!(session.write_response_body(part, false)), silence_max).await?;
    }
    Ok(())
}

/// Awaits a write as long as the client may be silent.
async fn taken(
    write: Pin<&mut impl Future<Output = Result<()>>>,
    silence_max: Duration,
) -> Result<()> {
    let written = timeout(silence_max, write).await.unwrap_or_else(|_elapsed| {
        Err(Error::explain(ErrorType::WriteTimedout, "the client takes nothing"))
    });
    written.map_err(Error::into_down)
}

#[cfg(test)]
mod tests;
