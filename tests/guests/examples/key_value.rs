//! Event function: uses `key-value` as the event says. See `../README.md`.

use serde_json::{Value, json};

use guests::event_function::edgeway::plugin::key_value;
use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};

struct KeyValue;

impl Guest for KeyValue {
    fn handle(event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let event: Value = serde_json::from_slice(&event).map_err(|error| FunctionError {
            error_type: "InvalidEvent".to_owned(),
            error_message: error.to_string(),
            stack_trace: Vec::new(),
        })?;
        let result = run(&event).unwrap_or_else(|error| json!({ "error": error_name(error) }));
        Ok(result.to_string().into_bytes())
    }
}

/// `{"operation": ..., "namespace": ..., "key": ..., ...}`
fn run(event: &Value) -> Result<Value, key_value::Error> {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let bytes = |name: &str| event[name].as_str().map(|text| text.as_bytes().to_vec());
    let (namespace, key) = (text("namespace"), text("key"));
    Ok(match text("operation") {
        "get" => key_value::get(namespace, key)?
            .map_or(Value::Null, |value| String::from_utf8_lossy(&value).into()),
        "set" => {
            key_value::set(namespace, key, text("value").as_bytes())?;
            Value::Null
        }
        // A value of so many bytes.
        "fill" => {
            let length = event["bytes"].as_u64().unwrap_or_default() as usize;
            key_value::set(namespace, key, &vec![b'x'; length])?;
            Value::Null
        }
        "delete" => key_value::delete(namespace, key)?.into(),
        "list" => {
            let limit = event["limit"].as_u64().unwrap_or(10) as u32;
            key_value::list_keys(namespace, text("prefix"), event["after"].as_str(), limit)?.into()
        }
        "compare-and-set" => {
            let (expected, new) = (bytes("expected"), bytes("new"));
            key_value::compare_and_set(namespace, key, expected.as_deref(), new.as_deref())?.into()
        }
        "increment" => {
            key_value::increment(namespace, key, event["delta"].as_i64().unwrap_or(1))?.into()
        }
        _ => json!("unknown operation"),
    })
}

fn error_name(error: key_value::Error) -> &'static str {
    match error {
        key_value::Error::AccessDenied => "access-denied",
        key_value::Error::InvalidKey => "invalid-key",
        key_value::Error::ValueTooLarge => "value-too-large",
        key_value::Error::NamespaceFull => "namespace-full",
        key_value::Error::NotAnInteger => "not-an-integer",
    }
}

guests::event_function::export!(KeyValue);
