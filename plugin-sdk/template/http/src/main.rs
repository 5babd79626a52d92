//! Says hello: a `wasi:http` handler, which Edgeway serves as any other host of components does.

use serde_json::{Value, json};
use wstd::http::{Body, Error, Request, Response};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let path = request.uri().path();
    println!("{} {path}", request.method());
    let name = path.rsplit('/').next().unwrap_or_default();
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(greeting(name).to_string().into())?)
}

/// Plain logic apart from the bindings, so that `cargo test` can test it.
fn greeting(name: &str) -> Value {
    json!({ "message": format!("Hello, {name}!") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_hello() {
        assert_eq!(greeting("Ada"), json!({ "message": "Hello, Ada!" }));
    }
}
