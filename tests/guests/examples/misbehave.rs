//! Event function: breaks in the way that `MODE` or the event says. See `../README.md`.

#![expect(clippy::print_stdout, reason = "what guests print is logged")]

use std::io::Write;

use guests::event_function::edgeway::plugin::log::{self, Level};
use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};
use guests::setting;

const HOUR_NANOSECONDS: u64 = 3_600_000_000_000;

const MODES: [&str; 31] = [
    "error",
    "escape",
    "exit",
    "exit-zero",
    "grow-until-refused",
    "hoard",
    "huge",
    "large",
    "log-flood",
    "log-large",
    "loop",
    "loop-in-host-calls",
    "loop-in-logs",
    "loop-in-random",
    "loop-in-retries",
    "loop-in-waits",
    "malformed",
    "many-headers",
    "many-lines",
    "many-waits",
    "memory",
    "not-json",
    "ok",
    "panic",
    "print",
    "print-flood",
    "random-flood",
    "sleep",
    "stack",
    "status",
    "trap",
];

struct Misbehave;

impl Guest for Misbehave {
    fn handle(event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let mode = setting("MODE").unwrap_or_else(|| mode_of(&event).to_owned());
        misbehave(&mode)
    }
}

/// The event itself (`"trap"`), or the last segment of a proxy event's path.
fn mode_of(event: &[u8]) -> &'static str {
    let event: serde_json::Value = serde_json::from_slice(event).unwrap_or_default();
    let text = event.as_str().or(event["path"].as_str()).unwrap_or_default();
    let last = text.rsplit('/').next().unwrap_or_default();
    MODES.into_iter().find(|mode| *mode == last).unwrap_or("ok")
}

fn misbehave(mode: &str) -> Result<Vec<u8>, FunctionError> {
    match mode {
        "error" => return Err(function_error()),
        "escape" => return Ok(escape().into_bytes()),
        "exit" => std::process::exit(3),
        "exit-zero" => std::process::exit(0),
        "grow-until-refused" => grow_until_refused(),
        "hoard" => hoard(),
        "huge" => return Ok(vec![b'x'; 64 * 1024 * 1024]),
        "large" => return Ok(vec![b'x'; 6 * 1024 * 1024 + 1]),
        "log-flood" => (0..1_000_000).for_each(|_| log::log(Level::Info, "flood")),
        "log-large" => (0..16).for_each(|_| log::log(Level::Info, &"flood".repeat(1_638))),
        "loop" => spin(),
        "loop-in-host-calls" => loop {
            std::hint::black_box(wasip2::clocks::monotonic_clock::now());
        },
        "loop-in-logs" => loop {
            log::log(Level::Info, "flood");
        },
        "loop-in-random" => loop {
            std::hint::black_box(wasip2::random::random::get_random_bytes(64 * 1024));
        },
        "loop-in-retries" => while std::net::TcpStream::connect("192.0.2.1:80").is_err() {},
        "loop-in-waits" => loop {
            wasip2::clocks::monotonic_clock::subscribe_duration(0).block();
        },
        "malformed" => return Ok(br#"{"statusCode":"two hundred","body":7}"#.to_vec()),
        "many-headers" => return Ok(many_headers()),
        "many-lines" => return Err(many_lines()),
        "many-waits" => many_waits(),
        "memory" => eat_memory(),
        "not-json" => return Ok(b"this is no JSON".to_vec()),
        "panic" => panic!("a panic on purpose"),
        "print" => print(),
        "print-flood" => (0..100_000).for_each(|_| println!("flood")),
        "random-flood" => random_flood(),
        "sleep" => wasip2::clocks::monotonic_clock::subscribe_duration(HOUR_NANOSECONDS).block(),
        "stack" => {
            std::hint::black_box(recurse(0));
        }
        "status" => return Ok(br#"{"statusCode":1000}"#.to_vec()),
        "trap" => std::process::abort(),
        _ => {}
    }
    Ok(br#"{"statusCode":200,"body":"ok"}"#.to_vec())
}

fn function_error() -> FunctionError {
    FunctionError {
        error_type: "TeapotError".to_owned(),
        error_message: "I am a teapot".to_owned(),
        stack_trace: vec!["handle".to_owned(), "brew".to_owned()],
    }
}

/// What comes of every way out that the standard library knows.
fn escape() -> String {
    let file = std::fs::read("/etc/passwd").map(|bytes| bytes.len());
    let directory = std::fs::read_dir(".").map(Iterator::count);
    let write = std::fs::write("/tmp/guest", "x");
    let connect = std::net::TcpStream::connect("127.0.0.1:80").map(drop);
    let listen = std::net::TcpListener::bind("127.0.0.1:0").map(drop);
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").map(drop);
    let resolve = std::net::ToSocketAddrs::to_socket_addrs("localhost:80").map(Iterator::count);
    let arguments = std::env::args().count();
    let input = std::io::read_to_string(std::io::stdin());
    format!(
        "file {:?}, directory {:?}, write {:?}, connect {:?}, listen {:?}, udp {:?}, \
         resolve {:?}, arguments {arguments}, stdin {:?}",
        file.map_err(|error| error.kind()),
        directory.map_err(|error| error.kind()),
        write.map_err(|error| error.kind()),
        connect.map_err(|error| error.kind()),
        listen.map_err(|error| error.kind()),
        udp.map_err(|error| error.kind()),
        resolve.map_err(|error| error.kind()),
        input.map_err(|error| error.kind()),
    )
}

/// Pollables that are never dropped.
fn hoard() {
    let mut kept = Vec::new();
    loop {
        kept.push(wasip2::clocks::monotonic_clock::subscribe_duration(HOUR_NANOSECONDS));
    }
}

fn many_headers() -> Vec<u8> {
    let headers: serde_json::Map<_, _> =
        (0..100_000).map(|number| (format!("x-{number}"), "value".into())).collect();
    serde_json::json!({ "statusCode": 200, "headers": headers }).to_string().into_bytes()
}

/// Small for a guest, and three times as large for who reads it.
fn many_lines() -> FunctionError {
    FunctionError { stack_trace: vec![String::new(); 1_000_000], ..function_error() }
}

/// One thing, waited for 100,000 times at once.
fn many_waits() {
    let ready = wasip2::clocks::monotonic_clock::subscribe_duration(0);
    for _ in 0..10 {
        std::hint::black_box(wasip2::io::poll::poll(&vec![&ready; 100_000]));
    }
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

fn eat_memory() {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1; 1024 * 1024]));
    }
}

/// A careful guest: it notices the refusal, and goes on.
fn grow_until_refused() {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut part = Vec::new();
        if part.try_reserve_exact(1024 * 1024).is_err() {
            return;
        }
        eaten.push(std::hint::black_box(part));
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    if frame[0] == u64::MAX { 0 } else { recurse(depth + 1).wrapping_add(frame[63]) }
}

fn print() {
    print!("first half, ");
    println!("second half");
    eprintln!("on stderr");
    log::log(Level::Warn, "a warning");
    print!("no line end");
    let _ = std::io::stdout().flush();
}

fn random_flood() {
    let random = wasip2::random::random::get_random_bytes(1 << 30);
    std::hint::black_box(random);
}

guests::event_function::export!(Misbehave);
