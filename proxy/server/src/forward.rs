//! A request that goes to an upstream as it is, and the response that streams back.
//!
//! Not Pingora's own proxy path: that one copies the request's head and joins two tasks by channels,
//! where here one task reads from one connection and writes to the other.

use bytes::Bytes;
use http::Method;
use pingora_core::protocols::http::ServerSession;
use pingora_http::ResponseHeader;
use pipeline::{Ambient as _, Failure, Fault, Forward, Record};

use crate::client_body::ClientBody;
use crate::client_response::{Delivery, write_head, write_last, write_more};
use crate::clock::Clock;
use crate::convert;
use crate::upstream::{Answering, UpstreamClient};

/// Sends the request, and passes the response on as it comes.
pub(crate) async fn forward(
    session: &mut ServerSession,
    client: &mut ClientBody,
    forward: &Forward,
    upstreams: &UpstreamClient,
    clock: &Clock,
    record: &mut Record,
) -> Delivery {
    let started = clock.now();
    let begun = tokio::select! {
        biased;
        begun = upstreams.begin(&forward.head, forward.body.clone(), forward.limits) => begun,
        gone = client.left(session) => return Delivery::ClientGone(gone),
    };
    record.integration_latency = Some(clock.now().saturating_sub(started));
    let mut answering = match begun {
        Ok(answering) => answering,
        Err(error) => return Delivery::NotBegun(Fault::from(error).into()),
    };
    let head =
        answering.head().map_err(|error| Failure::from(Fault::from(error))).and_then(|head| {
            record.integration_status = Some(head.status.as_u16());
            record.answered("endpoint response", head.status, &head.headers, clock);
            convert::forwarded_head(head, &forward.headers, session.req_header())
                .map_err(|error| Fault::Network(error.to_string()).into())
        });
    let head = match head {
        Ok(head) => Box::new(head),
        Err(failure) => return Delivery::NotBegun(failure),
    };
    let is_late = || clock.now().saturating_sub(started) > forward.limits.time_max;
    match pass(session, client, &mut answering, head, is_late).await {
        Ok(()) => {
            answering.release().await;
            Delivery::Whole
        }
        Err(delivery) => {
            if session.is_http2() {
                session.shutdown().await;
            }
            delivery
        }
    }
}

/// Writes a response as it comes.
async fn pass(
    session: &mut ServerSession,
    client: &mut ClientBody,
    answering: &mut Answering<'_>,
    head: Box<ResponseHeader>,
    is_late: impl Fn() -> bool,
) -> Result<(), Delivery> {
    // An integration that is always called with GET answers HEAD as well.
    let is_head_request = session.req_header().method == Method::HEAD;
    write_head(session, head).await?;
    loop {
        let chunk = tokio::select! {
            biased;
            chunk = answering.chunk() => chunk,
            gone = client.left(session) => return Err(gone.into()),
        };
        match chunk.map_err(|error| Delivery::BrokenOff(Fault::from(error).into()))? {
            // No silence is long, on either side: it is enough to look now and then.
            Some(_) if is_late() => return Err(Delivery::BrokenOff(Fault::TimedOut.into())),
            Some(_) if is_head_request => {}
            Some(chunk) => write_more(session, chunk).await?,
            None => return Ok(write_last(session, Bytes::new()).await?),
        }
    }
}
