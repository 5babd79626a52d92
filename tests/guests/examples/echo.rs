//! Event function: answers what it was given. See `../README.md`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};

/// Of this instance.
static CALLS: AtomicU64 = AtomicU64::new(0);

struct Echo;

impl Guest for Echo {
    fn handle(event: Vec<u8>, invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(match event.as_slice() {
            br#""calls""# => calls.to_string().into_bytes(),
            br#""environment""# => environment().to_string().into_bytes(),
            br#""invocation""# => invocation_json(&invocation).to_string().into_bytes(),
            // Of a proxy event; anything else is not even parsed.
            _ if contains(&event, br#""requestContext""#) && contains(&event, br#""path""#) => {
                proxy_response(event, calls)
            }
            _ => event,
        })
    }
}

fn contains(event: &[u8], key: &[u8]) -> bool {
    event.windows(key.len()).any(|window| window == key)
}

fn environment() -> Value {
    std::env::vars().map(|(name, value)| (name, Value::String(value))).collect()
}

fn invocation_json(invocation: &Invocation) -> Value {
    json!({
        "requestId": invocation.request_id,
        "functionName": invocation.function_name,
        "functionVersion": invocation.function_version,
        "invokedFunctionArn": invocation.invoked_function_arn,
        "memoryLimitInMb": invocation.memory_limit_in_mb,
        "deadline": invocation.deadline,
        "traceId": invocation.trace_id,
    })
}

fn proxy_response(event: Vec<u8>, calls: u64) -> Vec<u8> {
    let response = json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json", "x-calls": calls.to_string() },
        "body": String::from_utf8_lossy(&event),
    });
    response.to_string().into_bytes()
}

guests::event_function::export!(Echo);
