//! A server on loopback that answers as the path of each request says.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Runs until the test ends.
pub(crate) struct Upstream {
    pub(crate) port: u16,
    connections: watch::Receiver<Connections>,
}

/// How many there were, and how many there are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Connections {
    pub(crate) accepted: usize,
    pub(crate) open: usize,
}

impl Upstream {
    /// In clear text.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, connections) = watch::channel(Connections::default());
        let sender = Arc::new(sender);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                sender.send_modify(|now| {
                    now.accepted += 1;
                    now.open += 1;
                });
                let sender = Arc::clone(&sender);
                tokio::spawn(async move {
                    while let Some(request) = request(&mut stream).await {
                        if answer(&mut stream, &request).await.is_none() {
                            break;
                        }
                    }
                    drop(stream);
                    sender.send_modify(|now| now.open -= 1);
                });
            }
        });
        Self { port, connections }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn accepted(&self) -> usize {
        self.connections.borrow().accepted
    }

    /// Once every connection was closed.
    pub(crate) async fn closed(&mut self) {
        let closed = self.connections.wait_for(|now| now.open == 0);
        let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
        closed.expect("a connection stays open").expect("the server runs");
    }
}

/// Head and body of the next request.
pub(crate) async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().expect("a length"));
            if length <= body.len() || head.contains(" /early") {
                return Some(text);
            }
        }
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(count) if count > 0 => bytes.extend(&part[..count]),
            _ => return None,
        }
    }
}

/// None if the connection ends with the answer.
pub(crate) async fn answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &str,
) -> Option<()> {
    let path = request.split(' ').nth(1)?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = decoded(query);
    let count = || query.parse::<usize>().expect("a number");
    let hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    let (text, goes_on) = match path {
        "/closing" => {
            (hello.replace("content-length", "connection: close\r\ncontent-length"), false)
        }
        "/cut" => (hello.replace('5', "10"), false),
        "/echo" => {
            let length = request.len();
            (format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{request}"), true)
        }
        "/endless" => {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            return None;
        }
        "/large-head" => {
            (hello.replace("5\r", &format!("5\r\nx: {}\r", "a".repeat(70_000))), false)
        }
        // One of them is the length.
        "/many-headers" => {
            let headers = "\nx: 1\r".repeat(count() - 1);
            (hello.replace("5\r", &format!("5\r{headers}")), false)
        }
        "/no-answer" => (String::new(), false),
        "/no-http" => ("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(), false),
        "/promise" => (hello.replace('5', "999999999"), false),
        "/redirect" => {
            let location = format!("302 Found\r\nlocation: {query}");
            (hello.replace("200 OK", &location), true)
        }
        "/header" => (hello.replace("5\r", &format!("5\r\n{query}\r")), false),
        "/sized" => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", count());
            (head + &"a".repeat(count()), true)
        }
        "/unsized" => {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            (format!("{head}{:x}\r\n{}\r\n0\r\n\r\n", count(), "a".repeat(count())), true)
        }
        "/status" => (hello.replace("200 OK", &query), false),
        "/silent" => return wait(stream).await,
        "/stall" => {
            stream.write_all(hello.replace('5', "10").as_bytes()).await.ok()?;
            return wait(stream).await;
        }
        "/switch" => ("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n".to_owned(), false),
        "/trickle" => {
            stream.write_all(hello.replace('5', "100000").as_bytes()).await.ok()?;
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            return None;
        }
        _ => (hello.to_owned(), true),
    };
    stream.write_all(text.as_bytes()).await.ok()?;
    goes_on.then_some(())
}

/// Of a query, in which `%XX` is a byte.
fn decoded(query: &str) -> String {
    let mut parts = query.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        text.push(char::from(u8::from_str_radix(code, 16).expect("a byte")));
        text.push_str(rest);
    }
    text
}

/// Until the client closes the connection.
async fn wait(stream: &mut (impl AsyncRead + Unpin)) -> Option<()> {
    while stream.read(&mut [0; 4096]).await.ok()? > 0 {}
    None
}
