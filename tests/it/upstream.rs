//! A scripted origin: each connection to it is served as the path of its requests says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::patience::{PATIENCE, wait_for};

/// A request as the origin received it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The request line and headers, as they came, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// Listens until the test ends.
pub(crate) struct Upstream {
    pub(crate) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    /// Connections that are never answered, kept open.
    held: Mutex<Vec<TcpStream>>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { port, state }
    }

    /// `http://127.0.0.1:{port}{path}`
    pub(crate) fn uri(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far, which are forgotten.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock().unwrap())
    }

    /// Answers every request that is kept waiting: how many they were.
    pub(crate) fn answer_held(&self, response: &[u8]) -> usize {
        let held = std::mem::take(&mut *self.state.held.lock().unwrap());
        for mut stream in &held {
            // Whoever asked may have left.
            let _ = stream.write_all(response);
        }
        held.len()
    }

    /// Waits until so many requests are kept waiting, and answers them.
    pub(crate) fn answer_next_held(&self, response: &[u8], count: usize) {
        let mut answered = 0;
        wait_for("the upstream to hold requests", || {
            answered += self.answer_held(response);
            (count <= answered).then_some(())
        });
    }

    /// Connections that were opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }
}

/// Serves one connection until an answer ends it.
fn serve(stream: TcpStream, state: &State) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        if reset(&mut reader).is_some() {
            return;
        }
        let Some(request) = read(&mut reader) else { return };
        let path = request.path().to_owned();
        state.received.lock().unwrap().push(request.clone());
        let mut stream = reader.get_ref().try_clone().unwrap();
        if answer(&mut stream, &path, &request, state).is_none() {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Some if the connection was reset: the system does so when it is closed before all that came is
/// read, so only the beginning of such a request is looked at.
fn reset(reader: &mut BufReader<TcpStream>) -> Option<()> {
    let mut begin = [0; 64];
    let count = reader.get_ref().peek(&mut begin).ok()?;
    let line = String::from_utf8_lossy(&begin[..count]).into_owned();
    let script = line.split(' ').nth(1)?.rsplit('/').next()?.to_owned();
    match script.as_str() {
        "reset" => Some(()),
        "reset-in-head" => {
            let _ = reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-");
            Some(())
        }
        "reset-in-body" => {
            let _ = reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
            Some(())
        }
        _ => None,
    }
}

/// What the last segment of the path asks for; none if the connection ends with it.
fn answer(stream: &mut TcpStream, path: &str, request: &Received, state: &State) -> Option<()> {
    let script = path.split('?').next()?.rsplit('/').next()?;
    let mut write = |bytes: &[u8]| stream.write_all(bytes).ok();
    match script {
        "bodiless" => write(b"HTTP/1.1 204 No Content\r\nx-up: 1\r\n\r\n"),
        "not-modified" => write(b"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n"),
        "close" => None,
        "garbage" => {
            write(b"this is no HTTP at all\r\n\r\n");
            None
        }
        "half" => {
            // Less than it announced, and then the end.
            write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            None
        }
        "close-after" => {
            // Without a word about it: the next request on this connection finds it closed.
            write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nonce");
            None
        }
        "endless" => {
            // Only the end of the connection is the end of the body.
            write(b"HTTP/1.1 200 OK\r\n\r\nuntil the end");
            None
        }
        "stall" => {
            state.held.lock().unwrap().push(stream.try_clone().ok()?);
            Some(())
        }
        "stall-in-body" => {
            write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            state.held.lock().unwrap().push(stream.try_clone().ok()?);
            Some(())
        }
        "eleven-megabytes" => {
            write(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 11 << 20).as_bytes())?;
            (0..11).try_for_each(|_| write(&[b'x'; 1 << 20]))
        }
        "chunked" => write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n\
              6\r\nfirst \r\n6\r\nsecond\r\n0\r\n\r\n",
        ),
        "echo-body" => {
            let length = request.body.len();
            write(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes())?;
            write(&request.body)
        }
        "headers" => write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\
              Server: origin\r\nDate: yesterday\r\nWWW-Authenticate: Basic\r\nVia: 1.1 other\r\n\
              Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Own: kept\r\nSet-Cookie: a=1\r\n\
              Set-Cookie: b=2\r\nx-amzn-RequestId: theirs\r\nx-amz-apigw-id: theirs\r\n\r\nok",
        ),
        "large" => {
            write(format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE_BYTES}\r\n\r\n").as_bytes())?;
            if request.head.starts_with("HEAD ") { Some(()) } else { write(&large_body()) }
        }
        "unavailable" => write(
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nRetry-After: 7\r\n\
              Content-Type: text/html\r\n\r\nbusy",
        ),
        _ => {
            let body = request.body.len().to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            write((head + if request.head.starts_with("HEAD ") { "" } else { &body }).as_bytes())
        }
    }
}

/// Of `large`.
pub(crate) const LARGE_BYTES: usize = 9 * 1024 * 1024;

/// Bytes that would show if any were lost or repeated.
pub(crate) fn large_body() -> Vec<u8> {
    (0..LARGE_BYTES).map(|index| (index % 251) as u8).collect()
}

/// None at the end of the connection, and for what is no whole request.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut head = String::new();
    loop {
        let before = head.len();
        reader.read_line(&mut head).ok()?;
        match &head[before..] {
            "\r\n" => break,
            "" => return None,
            _ => {}
        }
    }
    head.truncate(head.len() - 4);
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let mut body = Vec::new();
    if header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let begin = body.len();
            body.resize(begin + size + 2, 0);
            reader.read_exact(&mut body[begin..]).ok()?;
            body.truncate(begin + size);
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = header("content-length") {
        body.resize(length.parse().ok()?, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some(Received { head, body })
}
