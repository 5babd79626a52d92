//! `GET /_edgeway/explain/{requestId}`: what happened to a request whose method has data trace on.
//!
//! Not a call of AWS's API, but let in as one: who may see the stage of the request may see it.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, header};

use crate::authorization::RequestContext;
use crate::port::Explanation;
use crate::refusal::{Refusal, RefusalKind};
use crate::service::Service;
use crate::{Control, internal_failure};

/// Where it is served.
pub(crate) const PATH: &str = "/_edgeway/explain/{request_id}";

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// As JSON, or as text for a client that accepts `text/plain`.
pub(crate) async fn explain(
    State(control): State<Control>,
    Path(request_id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, _) = request.into_parts();
    let accept = head.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let wants_text = accept.is_some_and(|accept| accept.starts_with("text/plain"));
    // The store waits for the disk.
    let find = move || find(&control, &head, &request_id);
    let found = tokio::task::spawn_blocking(find).await.unwrap_or_else(|_| Err(internal_failure()));
    let (content_type, body) = match found {
        Ok(explanation) if wants_text => (TEXT, Body::from(explanation.text)),
        Ok(explanation) => (JSON, Body::from(explanation.json)),
        Err(refusal) => return refusal.to_response(Service::ApiGateway),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn find(control: &Control, head: &Parts, request_id: &str) -> Result<Explanation, Refusal> {
    let service = Service::ApiGateway.signing_name();
    let caller = control.authentication().authenticate(service, head, b"")?;
    let found = control.explanations.find(request_id);
    let region = &control.identity.region;
    let stage = found.as_ref().map_or("*/stages/*".to_owned(), |explanation| {
        format!("{}/stages/{}", explanation.api, explanation.stage)
    });
    let resource = format!("arn:aws:apigateway:{region}::/restapis/{stage}");
    let now = control.ambient.now();
    let context = RequestContext::new(head, &caller, &control.identity, now);
    // Also where there is none: who may not see it is not told that it is there.
    caller.authorize("apigateway:GET", &resource, &context)?;
    found.ok_or_else(|| {
        Refusal::new(
            RefusalKind::NotFound,
            "Nothing is kept of this request: it is of a method without data trace, older than an \
             hour, or older than a thousand others",
        )
    })
}
