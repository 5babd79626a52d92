//! `wasi:http/incoming-handler` 0.2: echoes, or breaks in the way that the last segment of the path
//! says. See `../README.md`.

#![expect(clippy::print_stdout, reason = "what guests print is logged")]

use std::cell::Cell;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::OutputStream;

const MILLISECOND: u64 = 1_000_000;

/// What one blocking write takes.
const WRITE_BYTES_MAX: usize = 4_096;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

struct Handler;

impl Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let calls = CALLS.get() + 1;
        CALLS.set(calls);
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mode = path.rsplit('/').next().unwrap_or_default();
        match mode {
            "early" => early(&request, out),
            "echo" => echo(&request, out),
            "head" => text(out, &describe(&request)),
            "calls" => text(out, &calls.to_string()),
            "late" => text(out, &read(&request).len().to_string()),
            "ask-and-loop" | "ask-and-sleep" => ask(&request, mode),
            "status" => status(out, query.parse().unwrap_or_default()),
            "header" => text(out, &set_header(query)),
            "many-headers" => many_headers(out),
            "length" => length(out, query),
            "sized" => sized(out, query.parse().unwrap_or_default()),
            "hoard-fields" => hoard(out, query, full_fields),
            "hoard-responses" => hoard(out, query, full_response),
            "trailers" => trailers(out),
            _ => misbehave(mode, out),
        }
    }
}

fn misbehave(mode: &str, out: ResponseOutparam) {
    match mode {
        "drip" => endless(out, b".", 1_000),
        "endless" => endless(out, &[b'.'; WRITE_BYTES_MAX], 0),
        "tick" => endless(out, b".", 1),
        "error" => ResponseOutparam::set(out, Err(ErrorCode::LoopDetected)),
        "exit" => std::process::exit(3),
        "loop" => spin(),
        "loop-in-retries" => retry(out),
        "no-response" => drop(out),
        "sleep" => sleep(3_600_000),
        "trap" => std::process::abort(),
        "no-body" => ResponseOutparam::set(out, Ok(OutgoingResponse::new(Fields::new()))),
        "abandon" => {
            let (body, stream) = begin(out, Fields::new());
            drop(stream);
            drop(body);
        }
        "leak" => std::mem::forget(begin(out, Fields::new())),
        "trap-after" => {
            text(out, "done");
            std::process::abort();
        }
        "trap-later" => {
            text(out, "done");
            sleep(100);
            std::process::abort();
        }
        "trap-midway" | "loop-midway" | "exit-midway" | "sleep-midway" => {
            let (_body, stream) = begin(out, Fields::new());
            write(&stream, b"half");
            sleep(50);
            match mode {
                "trap-midway" => std::process::abort(),
                "exit-midway" => std::process::exit(3),
                "loop-midway" => spin(),
                _ => sleep(3_600_000),
            }
        }
        "work-after" => {
            text(out, "done");
            sleep(100);
            println!("worked after the response");
        }
        _ => text(out, "ok"),
    }
}

/// Sends back each chunk as it comes.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the body is there once");
    let input = incoming.stream().expect("the stream is there once");
    let (body, output) = begin(out, Fields::new());
    while let Ok(chunk) = input.blocking_read(64 * 1024) {
        write(&output, &chunk);
    }
    end(body, output);
}

/// Writes before it reads, and then how much it has read.
fn early(request: &IncomingRequest, out: ResponseOutparam) {
    let (body, output) = begin(out, Fields::new());
    write(&output, b"early");
    let bytes = read(request).len();
    write(&output, bytes.to_string().as_bytes());
    end(body, output);
}

fn read(request: &IncomingRequest) -> Vec<u8> {
    let incoming = request.consume().expect("the body is there once");
    let input = incoming.stream().expect("the stream is there once");
    let mut bytes = Vec::new();
    while let Ok(chunk) = input.blocking_read(64 * 1024) {
        bytes.extend(chunk);
    }
    bytes
}

/// Asks for the body, and does not wait for it.
fn ask(request: &IncomingRequest, mode: &str) {
    let incoming = request.consume().expect("the body is there once");
    let input = incoming.stream().expect("the stream is there once");
    let _ = input.read(1);
    if mode == "ask-and-loop" { spin() } else { sleep(3_600_000) }
}

fn describe(request: &IncomingRequest) -> String {
    let mut lines = vec![
        format!("method {:?}", request.method()),
        format!("scheme {:?}", request.scheme()),
        format!("authority {:?}", request.authority()),
        format!("path {:?}", request.path_with_query()),
    ];
    let headers = request.headers().entries();
    let headers = headers
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)));
    lines.extend(headers);
    lines.join("\n")
}

fn status(out: ResponseOutparam, status: u16) {
    let response = OutgoingResponse::new(Fields::new());
    if response.set_status_code(status).is_err() {
        return text(out, &format!("{status} is none"));
    }
    ResponseOutparam::set(out, Ok(response));
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
fn many_headers(out: ResponseOutparam) {
    let headers = Fields::new();
    let taken = (0..100_000)
        .take_while(|number| headers.append(&format!("x-{number}"), b"value").is_ok())
        .count();
    println!("{taken} headers were taken");
    let (body, stream) = begin(out, headers);
    end(body, stream);
}

/// `{Content-Length},{bytes that are written}`
fn length(out: ResponseOutparam, query: &str) {
    let (declared, written) = query.split_once(',').unwrap_or_default();
    let headers = Fields::new();
    headers.append("content-length", declared.as_bytes()).expect("a length");
    let (body, stream) = begin(out, headers);
    let mut left: usize = written.parse().unwrap_or_default();
    while left > 0 {
        let part = left.min(WRITE_BYTES_MAX);
        // What is too much is refused here; a careless guest goes on.
        let _ = stream.blocking_write_and_flush(&vec![b'x'; part]);
        left -= part;
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

/// Keeps so many of what the host has to hold for a guest.
fn hoard<T>(out: ResponseOutparam, query: &str, make: impl Fn() -> T) {
    let kept: Vec<T> = (0..query.parse().unwrap_or_default()).map(|_| make()).collect();
    text(out, &kept.len().to_string());
}

fn full_fields() -> Fields {
    let fields = Fields::new();
    for _ in 0..20 {
        fields.append("x", &[b'x'; 4_096]).expect("it is less than 88 KiB");
    }
    fields
}

/// With as much of its body as the host takes.
fn full_response() -> OutgoingResponse {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().expect("the body is there once");
    let stream = body.write().expect("the stream is there once");
    while let Ok(bytes @ 1..) = stream.check_write() {
        let bytes = usize::try_from(bytes).unwrap_or_default();
        stream.write(&vec![b'x'; bytes]).expect("the host takes it");
    }
    response
}

/// Writes on and on, whether there is room or not.
fn retry(out: ResponseOutparam) {
    let (_body, stream) = begin(out, Fields::new());
    loop {
        if let Ok(1..) = stream.check_write() {
            let _ = stream.write(b".");
        }
    }
}

/// After the body: headers that could be taken for those of the message.
fn trailers(out: ResponseOutparam) {
    let (body, stream) = begin(out, Fields::new());
    write(&stream, b"done");
    drop(stream);
    let trailers = Fields::new();
    for (name, value) in [("content-length", "100"), ("x-trailer", "1")] {
        trailers.append(name, value.as_bytes()).expect("a trailer");
    }
    OutgoingBody::finish(body, Some(trailers)).expect("it had no length");
}

fn sized(out: ResponseOutparam, bytes: usize) {
    let (body, stream) = begin(out, Fields::new());
    let mut left = bytes;
    while left > 0 {
        let part = left.min(WRITE_BYTES_MAX);
        write(&stream, &vec![b'x'; part]);
        left -= part;
    }
    end(body, stream);
}

fn endless(out: ResponseOutparam, chunk: &[u8], pause_milliseconds: u64) {
    let (_body, stream) = begin(out, Fields::new());
    loop {
        write(&stream, chunk);
        if pause_milliseconds > 0 {
            sleep(pause_milliseconds);
        }
    }
}

fn text(out: ResponseOutparam, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain").expect("a header");
    headers.append("x-one", b"1").expect("a header");
    let (body, stream) = begin(out, headers);
    write(&stream, text.as_bytes());
    end(body, stream);
}

fn begin(out: ResponseOutparam, headers: Fields) -> (OutgoingBody, OutputStream) {
    let response = OutgoingResponse::new(headers);
    let body = response.body().expect("the body is there once");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("the stream is there once");
    (body, stream)
}

fn write(stream: &OutputStream, bytes: &[u8]) {
    for part in bytes.chunks(WRITE_BYTES_MAX) {
        stream.blocking_write_and_flush(part).expect("somebody reads");
    }
}

fn end(body: OutgoingBody, stream: OutputStream) {
    drop(stream);
    OutgoingBody::finish(body, None).expect("as long as it said");
}

fn sleep(milliseconds: u64) {
    subscribe_duration(milliseconds * MILLISECOND).block();
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

wasip2::http::proxy::export!(Handler);
