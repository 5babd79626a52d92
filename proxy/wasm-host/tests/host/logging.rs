//! What guests log, as records of `tracing`.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Invocation, LogTail};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::setup::{Setup, host, invocation, invoke};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Level, request and text of each record while the guest runs in this mode.
async fn logged(mode: &str) -> Vec<(String, String, String)> {
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(10_000).load(&host).await;
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::INFO)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    invoke(&plugin, &format!("\"{mode}\"")).await;
    drop(guard);
    let bytes = lines.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("UTF-8").lines().map(record).collect()
}

fn record(line: &str) -> (String, String, String) {
    let record: Value = serde_json::from_str(line).expect("JSON");
    let field = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(field("function"), "pets");
    (field("level"), field("request_id"), field("text"))
}

#[tokio::test]
async fn lines_become_records_with_the_request() {
    let request = "8f5ee7fb-4d3c-4d3f-a5d0-f0a0e1f2a3b4";
    let expected = [
        ("INFO", "first half, second half"),
        ("ERROR", "on stderr"),
        ("WARN", "a warning"),
        ("INFO", "no line end"),
    ];
    let expected =
        expected.map(|(level, text)| (level.to_owned(), request.to_owned(), text.to_owned()));
    assert_eq!(logged("print").await, expected);
}

#[tokio::test]
async fn panic_message_is_logged() {
    let records = logged("panic").await;
    assert!(
        records.iter().any(|(level, _, text)| level == "ERROR" && text == "a panic on purpose")
    );
}

#[tokio::test]
async fn what_one_call_logs_is_bounded() {
    for mode in ["log-flood", "print-flood"] {
        let records = logged(mode).await;
        assert_eq!(records.len(), 1_025, "{mode}");
        let (level, _, text) = records.last().expect("records");
        assert_eq!((level.as_str(), text.as_str()), ("WARN", ""));
    }
}

/// A client may choose the id, and use it again before it was answered.
#[tokio::test]
async fn calls_at_once_with_one_request_id_log_each_to_their_own() {
    let host = host();
    let plugin = Setup::guest("scripted").namespace("counts").load(&host).await;
    let call = async |text: &str| {
        let event =
            json!({"queryStringParameters": {"log": text, "sleepMillis": "50"}}).to_string();
        let log = LogTail::default();
        let invocation = Invocation { log: Some(&log), ..invocation(Duration::from_secs(10)) };
        plugin.invoke(event.as_bytes(), invocation).await.expect("a result");
        log.text()
    };
    let (first, second, ()) = tokio::join!(call("first"), call("second"), async {
        // One of them that nobody watches.
        invoke(&plugin, r#"{"queryStringParameters": {"log": "third"}}"#).await;
    });
    assert_eq!(first, "first\nfirst on stdout\n");
    assert_eq!(second, "second\nsecond on stdout\n");
}
