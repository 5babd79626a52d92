//! A request that goes to an upstream as it is, and the response that streams back.
//!
//! Not Pingora's own proxy path: that one copies the request's head and joins two tasks by channels,
//! where here one task reads from one connection and writes to the other.

use std::time::Duration;

use bytes::Bytes;
use pingora_core::{Error, ErrorType};
use pingora_proxy::Session;
use pipeline::{Ambient as _, Failure, Fault, Forward, Record, Rejection};

use crate::clock::Clock;
use crate::convert;
use crate::upstream::UpstreamClient;

/// How long a forwarded response may stream, as long as the upstream is never silent for longer than
/// the integration's timeout: what AWS allows a streamed response.
const FORWARD_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// What became of a forwarded request.
pub(crate) enum Forwarded {
    /// The client has the whole response.
    Answered,
    /// The response broke off after its head: the client must see that.
    BrokenOff(Box<Error>),
    /// Nothing was sent to the client: it is to be told.
    Failed(Failure),
}

/// Sends the request, which has no body, and passes the response on as it comes.
pub(crate) async fn forward(
    session: &mut Session,
    forward: &Forward,
    upstreams: &UpstreamClient,
    clock: &Clock,
    record: &mut Record,
) -> Forwarded {
    let started = clock.now();
    let begun = tokio::select! {
        biased;
        begun = upstreams.begin(&forward.head, Bytes::new()) => begun,
        gone = client_gone(session) => {
            tracing::debug!(error = %gone, "the client left before its request was answered");
            return Forwarded::Failed(Rejection::ClientGone.into());
        }
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
    let passed = async {
        session.write_response_header(Box::new(head), false).await.map_err(Error::into_down)?;
        loop {
            let chunk = tokio::select! {
                biased;
                chunk = answering.chunk() => chunk,
                gone = client_gone(session) => return Err(gone),
            };
            let broken = |what: String| Error::explain(ErrorType::ReadError, what).into_up();
            let chunk = chunk.map_err(|error| broken(format!("{error:?}")))?;
            if FORWARD_TIME_MAX < clock.now().saturating_sub(started) {
                return Err(broken("the response took too long".to_owned()));
            }
            let is_end = chunk.is_none();
            session.write_response_body(chunk, is_end).await.map_err(Error::into_down)?;
            if is_end {
                return Ok(());
            }
        }
    };
    match passed.await {
        Ok(()) => {
            answering.release().await;
            Forwarded::Answered
        }
        Err(error) => Forwarded::BrokenOff(error),
    }
}

/// Ends when the client closes its connection or resets its stream, and only then: a request that it
/// sends meanwhile is kept for later.
async fn client_gone(session: &mut Session) -> Box<Error> {
    loop {
        match session.as_downstream_mut().read_body_or_idle(true).await {
            Ok(_) => {}
            Err(error) => return error.into_down(),
        }
    }
}
