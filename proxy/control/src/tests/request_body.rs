//! What of bodies is read, and how much is held at once.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::Request;
use bytes::Bytes;
use http_body::Frame;

use super::client::Signed;
use super::harness::Gateway;
use crate::Credentials;
use crate::request_body::{BodyRefusal, BodyRoom};

#[tokio::test]
async fn bodies_are_held_within_the_room_that_there_is() {
    let room = BodyRoom::new(10);
    let read = |bytes: usize, bytes_max| room.read(Body::from(vec![b'x'; bytes]), bytes_max);
    let first = read(6, 6).await.unwrap();
    assert_eq!(first.len(), 6);
    assert_eq!(read(5, 9).await.unwrap_err(), BodyRefusal::NoRoom);
    let second = read(4, 9).await.unwrap();
    assert_eq!(read(1, 9).await.unwrap_err(), BodyRefusal::NoRoom);
    assert!(read(0, 9).await.unwrap().is_empty());
    drop(first);
    assert_eq!(read(7, 6).await.unwrap_err(), BodyRefusal::TooLarge);
    assert_eq!(read(6, 6).await.unwrap().len(), 6);
    drop(second);
    assert!(read(10, 10).await.is_ok());
}

/// Never comes.
struct Silent;

impl HttpBody for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[test]
fn a_body_is_read_only_if_the_head_may_be_let_in_and_not_for_ever() {
    let gateway = Gateway::new();
    // Time stands still but for what is waited for.
    let answer = |key: Option<Credentials>, line: &str, service| {
        let mut signed = Signed { line, body: "x", service, ..Signed::default() };
        if let Some(key) = key {
            signed.key = key;
        }
        let (head, _) = signed.request().into_parts();
        let request = Request::from_parts(head, Body::new(Silent));
        let began = gateway.runtime.block_on(async { tokio::time::Instant::now() });
        let (status, ..) = gateway.send_request(request);
        let ended = gateway.runtime.block_on(async { tokio::time::Instant::now() });
        (status.as_u16(), (ended - began).as_secs())
    };
    let unknown = || {
        let id = "AKIANOBODY".to_owned();
        Some(Credentials { access_key_id: id, secret_access_key: "secret".to_owned() })
    };
    for (line, service) in [("POST /restapis", "apigateway"), ("POST /", "iam")] {
        assert_eq!(answer(unknown(), line, service), (403, 10), "{line}");
        assert_eq!(answer(None, line, service), (408, 300), "{line}");
    }
    let unsigned = Request::post("/2015-03-31/functions").body(Body::new(Silent)).unwrap();
    assert_eq!(gateway.send_request(unsigned).0, 403);
}
