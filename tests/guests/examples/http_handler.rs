//! `wasi:http/handler` 0.3: echoes, or breaks in the way that the last segment of the path says. See
//! `../README.md`.

#![expect(clippy::print_stdout, reason = "what guests print is logged")]

use std::cell::Cell;

use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Fields, Request, Response};
use wasip3::wit_bindgen::{StreamReader, StreamResult, StreamWriter, spawn_local};
use wasip3::{wit_future, wit_stream};

const MILLISECOND: u64 = 1_000_000;

const CHUNK_BYTES: usize = 64 * 1024;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

struct Handler;

impl Guest for Handler {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let calls = CALLS.get() + 1;
        CALLS.set(calls);
        let target = request.get_path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mode = path.rsplit('/').next().unwrap_or_default();
        match mode {
            "early" => return Ok(early(request)),
            "echo" => return Ok(echo(request)),
            "pass" => return Ok(respond(Fields::new(), Some(body(request)))),
            "late" => return Ok(text(&read(body(request)).await.len().to_string())),
            "ask-and-loop" | "ask-and-sleep" => ask(request, mode).await,
            "head" => return Ok(text(&describe(&request))),
            "calls" => return Ok(text(&calls.to_string())),
            "status" => return Ok(status(query.parse().unwrap_or_default())),
            "length" => return Ok(length(query)),
            "sized" => return Ok(sized(query.parse().unwrap_or_default())),
            "header" => return Ok(text(&set_header(query))),
            "many-headers" => return Ok(respond(many_headers(), None)),
            "trailers" => return Ok(trailers()),
            "error" => return Err(ErrorCode::LoopDetected),
            "no-body" => return Ok(respond(Fields::new(), None)),
            "exit" => std::process::exit(3),
            "hoard-streams" => hoard(query, || Some(wit_stream::new::<u8>())),
            "hoard-waits" => hoard(query, || spawn_local(wait_for(3_600_000 * MILLISECOND))),
            "loop" => spin(),
            "loop-in-waits" => loop {
                wait_for(0).await;
            },
            "sleep" => wait_for(3_600_000 * MILLISECOND).await,
            "trap" => std::process::abort(),
            _ => {}
        }
        Ok(write_as(mode))
    }
}

/// A body that a task writes after the call has returned.
fn write_as(mode: &str) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let mode = mode.to_owned();
    spawn_local(async move {
        match mode.as_str() {
            "endless" => endless(&mut writer, &[b'.'; CHUNK_BYTES], 0).await,
            "drip" => endless(&mut writer, b".", 1_000).await,
            "tick" => endless(&mut writer, b".", 1).await,
            "trap-midway" | "loop-midway" | "exit-midway" | "sleep-midway" => {
                write(&mut writer, b"half".to_vec()).await;
                wait_for(50 * MILLISECOND).await;
                match mode.as_str() {
                    "trap-midway" => std::process::abort(),
                    "exit-midway" => std::process::exit(3),
                    "loop-midway" => spin(),
                    _ => wait_for(3_600_000 * MILLISECOND).await,
                }
            }
            "work-after" => {
                write(&mut writer, b"done".to_vec()).await;
                drop(writer);
                wait_for(100 * MILLISECOND).await;
                println!("worked after the response");
            }
            "leak" => {
                write(&mut writer, b"half".to_vec()).await;
                std::mem::forget(writer);
            }
            _ => write(&mut writer, b"ok".to_vec()).await,
        }
    });
    respond(Fields::new(), Some(reader))
}

/// Sends back each chunk as it comes.
fn echo(request: Request) -> Response {
    let mut input = body(request);
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        loop {
            let (result, chunk) = input.read(Vec::with_capacity(CHUNK_BYTES)).await;
            write(&mut writer, chunk).await;
            if result == StreamResult::Dropped {
                return;
            }
        }
    });
    respond(Fields::new(), Some(reader))
}

/// Writes before it reads, and then how much it has read.
fn early(request: Request) -> Response {
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        write(&mut writer, b"early".to_vec()).await;
        let bytes = read(body(request)).await.len();
        write(&mut writer, bytes.to_string().into_bytes()).await;
    });
    respond(Fields::new(), Some(reader))
}

fn body(request: Request) -> StreamReader<u8> {
    let (_, done) = wit_future::new(|| Ok(()));
    let (body, _trailers) = Request::consume_body(request, done);
    body
}

async fn read(mut body: StreamReader<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (result, chunk) = body.read(Vec::with_capacity(CHUNK_BYTES)).await;
        bytes.extend(chunk);
        if result == StreamResult::Dropped {
            return bytes;
        }
    }
}

/// Asks for the body, and does not wait for it.
async fn ask(request: Request, mode: &str) {
    let mut input = body(request);
    spawn_local(async move {
        input.read(Vec::with_capacity(1)).await;
    });
    wait_for(10 * MILLISECOND).await;
    if mode == "ask-and-loop" { spin() } else { wait_for(3_600_000 * MILLISECOND).await }
}

fn describe(request: &Request) -> String {
    let mut lines = vec![
        format!("method {:?}", request.get_method()),
        format!("scheme {:?}", request.get_scheme()),
        format!("authority {:?}", request.get_authority()),
        format!("path {:?}", request.get_path_with_query()),
    ];
    let headers = request.get_headers().copy_all();
    let headers = headers
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)));
    lines.extend(headers);
    lines.join("\n")
}

fn status(status: u16) -> Response {
    let response = respond(Fields::new(), None);
    match response.set_status_code(status) {
        Ok(()) => response,
        Err(()) => text(&format!("{status} is none")),
    }
}

/// What comes of a header that no guest may set.
fn set_header(which: &str) -> String {
    let (name, value) = match which {
        "cr" => ("x-a", &b"a\rb"[..]),
        "lf" => ("x-a", &b"a\nb: c"[..]),
        "nul" => ("x-a", &b"a\0b"[..]),
        "name" => ("x a", &b"a"[..]),
        "connection" => ("connection", &b"x-a"[..]),
        "transfer-encoding" => ("transfer-encoding", &b"chunked"[..]),
        "upgrade" => ("upgrade", &b"h2c"[..]),
        "host" => ("host", &b"other.example"[..]),
        _ => ("x-a", &b"fine"[..]),
    };
    format!("{:?}", Fields::new().append(name, value))
}

/// As many as it gets.
fn many_headers() -> Fields {
    let headers = Fields::new();
    let taken = (0..100_000)
        .take_while(|number| headers.append(&format!("x-{number}"), b"value").is_ok())
        .count();
    println!("{taken} headers were taken");
    headers
}

/// After the body: headers that could be taken for those of the message.
fn trailers() -> Response {
    let (mut writer, reader) = wit_stream::new();
    let (done, trailers) = wit_future::new(|| Ok(None));
    spawn_local(async move {
        write(&mut writer, b"done".to_vec()).await;
        drop(writer);
        let trailers = Fields::new();
        for (name, value) in [("content-length", "100"), ("x-trailer", "1")] {
            trailers.append(name, value.as_bytes()).expect("a trailer");
        }
        let _ = done.write(Ok(Some(trailers))).await;
    });
    let (response, _sent) = Response::new(Fields::new(), Some(reader), trailers);
    response
}

/// Keeps so many of what the host has to hold for a guest.
fn hoard<T>(query: &str, make: impl Fn() -> T) {
    let kept: Vec<T> = (0..query.parse().unwrap_or_default()).map(|_| make()).collect();
    std::mem::forget(kept);
}

/// `{Content-Length},{bytes that are written}`
fn length(query: &str) -> Response {
    let (declared, written) = query.split_once(',').unwrap_or_default();
    let headers = Fields::new();
    headers.append("content-length", declared.as_bytes()).expect("a length");
    let written: usize = written.parse().unwrap_or_default();
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        // What is too much is refused here; a careless guest goes on.
        let _ = writer.write_all(vec![b'x'; written]).await;
    });
    respond(headers, Some(reader))
}

fn sized(bytes: usize) -> Response {
    let (mut writer, reader) = wit_stream::new();
    spawn_local(async move {
        let mut left = bytes;
        while left > 0 {
            let part = left.min(CHUNK_BYTES);
            write(&mut writer, vec![b'x'; part]).await;
            left -= part;
        }
    });
    respond(Fields::new(), Some(reader))
}

async fn endless(writer: &mut StreamWriter<u8>, chunk: &[u8], pause_milliseconds: u64) {
    loop {
        write(writer, chunk.to_vec()).await;
        if pause_milliseconds > 0 {
            wait_for(pause_milliseconds * MILLISECOND).await;
        }
    }
}

fn text(text: &str) -> Response {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain").expect("a header");
    headers.append("x-one", b"1").expect("a header");
    let (mut writer, reader) = wit_stream::new();
    let text = text.as_bytes().to_vec();
    spawn_local(async move { write(&mut writer, text).await });
    respond(headers, Some(reader))
}

fn respond(headers: Fields, body: Option<StreamReader<u8>>) -> Response {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _sent) = Response::new(headers, body, trailers);
    response
}

async fn write(writer: &mut StreamWriter<u8>, bytes: Vec<u8>) {
    let rest = writer.write_all(bytes).await;
    assert!(rest.is_empty(), "nobody reads");
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

wasip3::http::service::export!(Handler);
