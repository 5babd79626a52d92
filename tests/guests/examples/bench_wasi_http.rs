//! `wasi:http` proxy: 17 bytes, whatever the request. What `make bench` has `wasmtime serve` run.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

struct Hello;

impl Guest for Hello {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let headers = Fields::new();
        let content_type = b"application/json".to_vec();
        headers.set("content-type", &[content_type]).expect("a valid header");
        let response = OutgoingResponse::new(headers);
        let body = response.body().expect("it is taken once");
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().expect("it is taken once");
        // A client that is gone is the host's business.
        let _ = stream.blocking_write_and_flush(br#"{"hello":"world"}"#);
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}

wasip2::http::proxy::export!(Hello);
