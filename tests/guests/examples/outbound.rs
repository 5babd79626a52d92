//! Event function: sends the requests that the event says. See `../README.md`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme, http_error_code,
};
use wasip2::io::streams::StreamError;

use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};

/// Bytes of a body that are shown.
const SHOWN_MAX: usize = 1000;

struct Outbound;

impl Guest for Outbound {
    fn handle(event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let result = if event["requestContext"].is_object() {
            let body = event["body"].as_str().unwrap_or_default();
            let result = run(serde_json::from_str(body).unwrap_or_default());
            json!({ "statusCode": 200, "body": result.to_string() })
        } else {
            run(event)
        };
        Ok(result.to_string().into_bytes())
    }
}

fn run(event: Value) -> Value {
    let event = if event.is_string() { json!({ "url": event }) } else { event };
    let count = |name: &str| event[name].as_u64();
    if let Some(hoarded) = count("hoardBodies") {
        return json!((0..hoarded).map(|_| hoard_body()).sum::<u64>());
    }
    if let Some(hoarded) = count("hoardHeaders") {
        return json!((0..hoarded).map(|_| hoard_headers()).sum::<u64>());
    }
    if let Some(times) = count("times") {
        tally((0..times).map(|_| exchange(&event)))
    } else if let Some(times) = count("atOnce") {
        let sent: Vec<_> = (0..times).map(|_| send(&event, url(&event))).collect();
        tally(sent.into_iter().map(|sent| outcome(sent.and_then(head), &event)))
    } else {
        exchange(&event)
    }
}

/// How often each came out.
fn tally(outcomes: impl Iterator<Item = Value>) -> Value {
    let mut tally = BTreeMap::<String, u64>::new();
    for outcome in outcomes {
        *tally.entry(outcome.to_string()).or_default() += 1;
    }
    json!(tally)
}

fn url(event: &Value) -> &str {
    event["url"].as_str().unwrap_or_default()
}

fn exchange(event: &Value) -> Value {
    let mut response = send(event, url(event)).and_then(head);
    if event["follow"] == true
        && let Ok(redirect) = &response
        && let Some(location) = redirect.headers().get("location").first()
    {
        response = send(event, &String::from_utf8_lossy(location)).and_then(head);
    }
    outcome(response, event)
}

fn outcome(response: Result<IncomingResponse, ErrorCode>, event: &Value) -> Value {
    match response {
        Ok(response) if event["abandon"] == true => {
            let status = response.status();
            std::mem::forget(response);
            json!({ "status": status })
        }
        Ok(response) => read(&response),
        Err(code) => json!({ "error": format!("{code:?}") }),
    }
}

fn send(event: &Value, url: &str) -> Result<FutureIncomingResponse, ErrorCode> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    let headers = Fields::new();
    for (name, value) in event["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().as_bytes();
        if let Err(error) = headers.append(name, value) {
            return Err(ErrorCode::InternalError(Some(format!("{name}: {error:?}"))));
        }
    }
    let request = OutgoingRequest::new(headers);
    let method = match event["method"].as_str() {
        None => Method::Get,
        Some("CONNECT") => Method::Connect,
        Some("POST") => Method::Post,
        Some(other) => Method::Other(other.to_owned()),
    };
    let parts = [
        request.set_method(&method),
        request.set_scheme(Some(&scheme)),
        request.set_authority(Some(authority)),
        request.set_path_with_query(Some(&format!("/{path}"))),
    ];
    if parts.contains(&Err(())) {
        return Err(ErrorCode::HttpRequestUriInvalid);
    }
    let nanos = |name: &str| event[name].as_u64().map(|millis| millis * 1_000_000);
    let options = RequestOptions::new();
    let _ = options.set_connect_timeout(nanos("connectMillis"));
    let _ = options.set_first_byte_timeout(nanos("firstByteMillis"));
    let _ = options.set_between_bytes_timeout(nanos("betweenBytesMillis"));
    let body = event["bodyBytes"].as_u64().and_then(|bytes| Some((bytes, request.body().ok()?)));
    let sent = outgoing_handler::handle(request, Some(options))?;
    if let Some((bytes, body)) = body {
        write(body, bytes, event["leaveOpen"] == true);
    }
    Ok(sent)
}

/// As many bytes as are taken. A body that is left open does not end with them.
fn write(body: OutgoingBody, mut bytes: u64, leave_open: bool) {
    let Ok(stream) = body.write() else { return };
    while bytes > 0 {
        let part = bytes.min(4096);
        if stream.blocking_write_and_flush(&vec![b'a'; part as usize]).is_err() {
            return;
        }
        bytes -= part;
    }
    if leave_open {
        std::mem::forget((stream, body));
        return;
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

/// The bytes that a request takes which is never sent.
fn hoard_body() -> u64 {
    let request = OutgoingRequest::new(Fields::new());
    let Ok(body) = request.body() else { return 0 };
    let Ok(stream) = body.write() else { return 0 };
    let mut bytes = 0;
    while let Ok(room @ 1..) = stream.check_write() {
        if stream.write(&vec![b'a'; room as usize]).is_err() {
            break;
        }
        bytes += room;
    }
    std::mem::forget((request, body, stream));
    bytes
}

/// The bytes that headers take which are never sent. (More would be a trap.)
fn hoard_headers() -> u64 {
    let headers = Fields::new();
    let value = [b'a'; 1_024];
    let values = (0..80).filter(|_| headers.append("x", &value).is_ok()).count();
    std::mem::forget(headers);
    values as u64 * 1_024
}

fn head(response: FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    response.subscribe().block();
    match response.get() {
        Some(Ok(response)) => response,
        Some(Err(())) | None => Err(ErrorCode::InternalError(None)),
    }
}

fn read(response: &IncomingResponse) -> Value {
    let status = response.status();
    let Ok(body) = response.consume() else { return json!({ "status": status }) };
    let Ok(stream) = body.stream() else { return json!({ "status": status }) };
    let (mut bytes, mut count) = (Vec::new(), 0);
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(part) => {
                count += part.len();
                bytes.extend(part.iter().take(SHOWN_MAX.saturating_sub(bytes.len())));
            }
            Err(StreamError::Closed) => {
                let text = String::from_utf8_lossy(&bytes);
                let shown = if count <= SHOWN_MAX { json!(text) } else { json!(count) };
                return json!({ "status": status, "body": shown });
            }
            Err(StreamError::LastOperationFailed(error)) => {
                let code = http_error_code(&error).map(|code| format!("{code:?}"));
                let code = code.unwrap_or_else(|| error.to_debug_string());
                return json!({ "status": status, "broken": code });
            }
        }
    }
}

guests::event_function::export!(Outbound);
