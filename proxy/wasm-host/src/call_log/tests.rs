//! How written bytes become messages. Levels and requests are tested through a guest.

use std::io;
use std::sync::{Arc, Mutex};

use model::{Function, FunctionName, FunctionSettings, FunctionVersion};
use serde_json::Value;

use super::{CallLog, MESSAGE_BYTES_MAX};
use crate::bindings::edgeway::plugin::log::Level;
use crate::function_facts::FunctionFacts;
use crate::function_stats::Functions;
use crate::log_stream::Stream;

#[derive(Clone, Default)]
struct Records(Arc<Mutex<Vec<u8>>>);

impl io::Write for Records {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn check(log: impl FnOnce(&CallLog), expected: &[&str]) {
    let records = Records::default();
    let writer = records.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    let function = Function {
        name: FunctionName::parse("pets").expect("a name"),
        version: FunctionVersion::Latest,
        component: "pets.wasm".into(),
        settings: FunctionSettings::default(),
    };
    let call_log =
        CallLog::new(Arc::new(FunctionFacts::new(&function, "arn".into(), &Functions::default())));
    tracing::subscriber::with_default(subscriber, || log(&call_log));
    let lines = records.0.lock().expect("no panic").clone();
    let texts: Vec<String> = String::from_utf8(lines)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|record| record["text"].as_str().unwrap_or("(dropped)").to_owned())
        .collect();
    assert_eq!(texts, expected);
}

#[test]
fn line_may_come_in_pieces() {
    check(
        |log| {
            log.write(Stream::Stdout, b"one, ");
            log.write(Stream::Stderr, b"other\n");
            log.write(Stream::Stdout, b"line\n\nlast");
            log.end_call();
            log.end_call();
        },
        &["other", "one, line", "", "last"],
    );
}

#[test]
fn long_line_is_cut() {
    let long = "x".repeat(MESSAGE_BYTES_MAX);
    check(
        |log| {
            log.write(Stream::Stdout, format!("{long}x\nshort\n").as_bytes());
            for _ in 0..3 {
                log.write(Stream::Stdout, &[b'x'; 5_000]);
            }
            log.write(Stream::Stdout, b"\n");
        },
        &[&long, "short", &long],
    );
}

#[test]
fn long_message_is_cut_between_characters() {
    let cut = "x".repeat(MESSAGE_BYTES_MAX - 1);
    check(|log| log.log(Level::Warn, &format!("{cut}ü")), &[&cut]);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    check(|log| log.write(Stream::Stdout, b"a\xffb\n"), &["a\u{fffd}b"]);
}

#[test]
fn each_call_may_log_as_much() {
    let message = "x".repeat(MESSAGE_BYTES_MAX);
    let mut expected = vec![message.as_str(); 8];
    expected.push("(dropped)");
    expected.push("next call");
    check(
        |log| {
            log.begin_call("first", None);
            for _ in 0..10 {
                log.log(Level::Info, &message);
            }
            log.begin_call("second", None);
            log.log(Level::Info, "next call");
        },
        &expected,
    );
}
