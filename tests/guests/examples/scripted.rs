//! Event function: does what the query of a proxy event says, and returns what `RESULT` says. See
//! `../README.md`.

use std::time::Duration;

use serde_json::{Value, json};

use guests::event_function::edgeway::plugin::key_value;
use guests::event_function::edgeway::plugin::log::{self, Level};
use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};
use guests::setting;

struct Scripted;

impl Guest for Scripted {
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "guests may sleep, and what they print is logged"
    )]
    fn handle(event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let query = |name: &str| event["queryStringParameters"][name].as_str();
        if let Some(text) = query("log") {
            log::log(Level::Warn, text);
            println!("{text} on stdout");
        }
        if let Some(millis) = query("sleepMillis").and_then(|millis| millis.parse().ok()) {
            std::thread::sleep(Duration::from_millis(millis));
        }
        if let Some(result) = setting("RESULT") {
            return Ok(result.replace("\\0", "\0").into_bytes());
        }
        let body = match query("increment") {
            Some(key) => key_value::increment("counts", key, 1).unwrap_or(-1).to_string(),
            None => setting("BODY").unwrap_or_else(|| "done".to_owned()),
        };
        Ok(json!({ "statusCode": 200, "body": body }).to_string().into_bytes())
    }
}

guests::event_function::export!(Scripted);
