//! Event function: an authorizer as one writes it for Lambda; decides by the token, or by `x-token`.
//! See `../README.md`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};

/// Of this instance.
static CALLS: AtomicU64 = AtomicU64::new(0);

struct LambdaAuthorizer;

impl Guest for LambdaAuthorizer {
    fn handle(event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let token = event["authorizationToken"].as_str().or(event["headers"]["x-token"].as_str());
        let decision = match token.unwrap_or_default() {
            "allow" => decision("Allow", &event, json!({ "calls": calls, "type": event["type"] })),
            "deny" => decision("Deny", &event, json!({})),
            "list-in-context" => decision("Allow", &event, json!({ "list": [1] })),
            "no-decision" => json!("yes"),
            "no-policy" => json!({ "principalId": "user-2" }),
            "trap" => std::process::abort(),
            "unauthorized" => return Err(error("Unauthorized")),
            _ => return Err(error("the directory is down")),
        };
        Ok(decision.to_string().into_bytes())
    }
}

fn decision(effect: &str, event: &Value, context: Value) -> Value {
    json!({
        "principalId": "user-2",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": effect,
                "Resource": event["methodArn"],
            }],
        },
        "context": context,
    })
}

fn error(message: &str) -> FunctionError {
    FunctionError {
        error_type: "Error".to_owned(),
        error_message: message.to_owned(),
        stack_trace: Vec::new(),
    }
}

guests::event_function::export!(LambdaAuthorizer);
