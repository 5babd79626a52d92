//! Event function: 17 bytes, whatever the event. What `make bench` calls.

use guests::event_function::exports::edgeway::plugin::event_function::{
    FunctionError, Guest, Invocation,
};

struct Hello;

impl Guest for Hello {
    fn handle(_event: Vec<u8>, _invocation: Invocation) -> Result<Vec<u8>, FunctionError> {
        Ok(br#"{"statusCode":200,"body":"{\"hello\":\"world\"}"}"#.to_vec())
    }
}

guests::event_function::export!(Hello);
