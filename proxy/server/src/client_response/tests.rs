//! Clients that take their time, and one that takes nothing.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;

const SILENCE_MAX: Duration = Duration::from_millis(300);

const PARTS: usize = 12;

/// A request that was read from a client, at the other end of a pipe that holds much less than a part.
async fn session() -> (ServerSession, DuplexStream) {
    let (mut client, server) = duplex(1024);
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut session = ServerSession::new_http1(Box::new(server));
    assert!(session.read_request().await.unwrap());
    let mut head = ResponseHeader::build(200, None).unwrap();
    head.insert_header("Content-Length", PARTS * PART_BYTES_MAX).unwrap();
    write_head(&mut session, Box::new(head)).await.unwrap();
    (session, client)
}

fn body() -> Bytes {
    Bytes::from(vec![b'x'; PARTS * PART_BYTES_MAX])
}

#[tokio::test]
async fn client_that_takes_something_now_and_then_gets_everything_however_long_that_takes() {
    let (mut session, mut client) = session().await;
    let reader = tokio::spawn(async move {
        let mut part = vec![0; PART_BYTES_MAX];
        for _ in 0..PARTS {
            tokio::time::sleep(SILENCE_MAX / 3).await;
            client.read_exact(&mut part).await.unwrap();
        }
        // The head came before it.
        client
    });
    write_parts(&mut session, body(), SILENCE_MAX).await.unwrap();
    drop(reader.await.unwrap());
}

#[tokio::test]
async fn client_that_takes_nothing_is_given_up() {
    let (mut session, _client) = session().await;
    let error = write_parts(&mut session, body(), SILENCE_MAX).await.unwrap_err();
    assert_eq!(error.etype(), &ErrorType::WriteTimedout);
    assert_eq!(error.esource(), &pingora_core::ErrorSource::Downstream);
}
