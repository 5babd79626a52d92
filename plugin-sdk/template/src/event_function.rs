//! Says hello: what a route calls, as with AWS Lambda.

use edgeway_plugin_sdk::{
    EventFunction, FunctionError, Invocation, ProxyRequest, ProxyResponse, info,
};

struct MyFunction;

impl EventFunction for MyFunction {
    type Event = ProxyRequest;
    type Result = ProxyResponse;

    fn handle(request: ProxyRequest, invocation: Invocation) -> Result<ProxyResponse, FunctionError> {
        info!("{} {} for {}", request.http_method, request.path, invocation.request_id);
        let name = request.path_parameter("name").unwrap_or("world");
        Ok(ProxyResponse::json(200, &serde_json::json!({ "message": greeting(name) }))?)
    }
}

edgeway_plugin_sdk::export_event_function!(MyFunction);

/// Plain logic apart from the bindings, so that `cargo test` can test it.
fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_hello() {
        assert_eq!(greeting("Ada"), "Hello, Ada!");
    }
}
