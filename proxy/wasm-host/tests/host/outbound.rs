//! Outgoing `wasi:http` under the allow-list.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::setup::{Setup, host, invoke};

/// A server that answers `hello` to every request; its port.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let response =
                b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
            let _ = stream.write_all(response).await;
        }
    });
    port
}

#[tokio::test]
async fn granted_destination_is_reached_and_no_other() {
    let (granted, other) = (server().await, server().await);
    let host = host();
    let plugin =
        Setup::guest("outbound").outbound(&format!("http://127.0.0.1:{granted}")).load(&host).await;
    let reached = r#"{"status":200,"body":"hello"}"#;
    let denied = r#"{"error":"ErrorCode::HttpRequestDenied"}"#;
    let cases = [
        (format!("http://127.0.0.1:{granted}/pets?page=1"), reached),
        (format!("http://127.0.0.1:{other}/"), denied),
        (format!("http://localhost:{granted}/"), denied),
        (format!("https://127.0.0.1:{granted}/"), denied),
        (format!("http://127.0.0.1:{granted}@127.0.0.1:{other}/"), denied),
    ];
    for (url, expected) in cases {
        let answer = invoke(&plugin, &format!("\"{url}\"")).await;
        assert_eq!(answer, expected, "{url}");
    }
}
