//! A request that goes to an upstream as it is, and the response that streams back.
//!
//! Not Pingora's own proxy path: that one copies the request's head and joins two tasks by channels,
//! where here one task reads from one connection and writes to the other.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use pingora_core::{Error, ErrorType};
use pingora_proxy::Session;
use pipeline::{Ambient as _, Failure, Fault, Forward, Record};

use crate::client_body::ClientBody;
use crate::clock::Clock;
use crate::convert;
use crate::upstream::UpstreamClient;

/// How long a forwarded response may stream, as long as the upstream is never silent for longer than
/// the integration's timeout: what AWS allows a streamed response.
pub(crate) const STREAM_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// What became of a forwarded request.
pub(crate) enum Forwarded {
    /// The client has the whole response.
    Answered,
    /// The response broke off after its head: the client must see that.
    BrokenOff(Box<Error>),
    /// The client left.
    ClientGone(Box<Error>),
    /// Nothing was sent to the client: it is to be told.
    Failed(Failure),
}

/// Sends the request, which has no body, and passes the response on as it comes.
pub(crate) async fn forward(
    session: &mut Session,
    client: &mut ClientBody,
    forward: &Forward,
    upstreams: &UpstreamClient,
    clock: &Clock,
    record: &mut Record,
) -> Forwarded {
    let started = clock.now();
    let begun = tokio::select! {
        biased;
        begun = upstreams.begin(&forward.head, Bytes::new()) => begun,
        gone = client.left(session) => return Forwarded::ClientGone(gone),
    };
    record.integration_latency = Some(clock.now().saturating_sub(started));
    let mut answering = match begun {
        Ok(answering) => answering,
        Err(error) => return Forwarded::Failed(Fault::from(error).into()),
    };
    let head =
        answering.head().map_err(|error| Failure::from(Fault::from(error))).and_then(|head| {
            record.integration_status = Some(head.status.as_u16());
            convert::forwarded_head(head, &forward.headers, session.req_header())
                .map_err(|error| Fault::Network(error.to_string()).into())
        });
    let head = match head {
        Ok(head) => head,
        Err(failure) => return Forwarded::Failed(failure),
    };
    let is_head_request = session.req_header().method == Method::HEAD;
    let passed = async {
        session.write_response_header(Box::new(head), false).await.map_err(Error::into_down)?;
        loop {
            let chunk = tokio::select! {
                biased;
                chunk = answering.chunk() => chunk,
                gone = client.left(session) => return Err(gone),
            };
            let chunk = chunk.map_err(|error| broken(format!("{error:?}")))?;
            let is_end = chunk.is_none();
            // An integration that is always called with GET answers HEAD as well.
            let chunk = chunk.filter(|_| !is_head_request);
            session.write_response_body(chunk, is_end).await.map_err(Error::into_down)?;
            if is_end {
                return Ok(());
            }
        }
    };
    let passed = tokio::time::timeout(STREAM_TIME_MAX, passed).await;
    match passed.unwrap_or_else(|_| Err(broken("the response took too long".to_owned()))) {
        Ok(()) => {
            answering.release().await;
            Forwarded::Answered
        }
        Err(error) => {
            if session.is_http2() {
                session.as_downstream_mut().shutdown().await;
            }
            Forwarded::BrokenOff(error)
        }
    }
}

/// The response cannot be completed.
fn broken(why: String) -> Box<Error> {
    Error::explain(ErrorType::ReadError, why).into_up()
}
