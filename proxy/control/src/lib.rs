//! The control API: Amazon API Gateway's `apigateway` API over the [`store`], and enough of IAM and
//! STS to say who may use it.
//!
//! A call is authenticated, routed by the table of operations, its members are checked against
//! their shapes, and then it is one function of its family in one transaction. What a deployment
//! *is* to the data plane is `model`'s; here it is made from what the store has.
//!
//! Invariants:
//! - Nothing is looked at before [`Authentication`] has let the request in, and nothing is done
//!   that the policies of its caller do not allow.
//! - A call that is refused changed nothing.
//! - Pure but for the store: time, randomness, keys and functions are behind [`port`]s.

#![forbid(unsafe_code)]

mod access_key;
mod account;
mod answer;
mod api_key;
mod authentication;
mod authorization;
mod authorizer;
mod base_path_mapping;
mod call;
mod client_certificate;
mod compile;
mod deployment;
mod documentation;
mod domain_name;
mod endpoint_configuration;
mod gateway_response;
mod iam;
mod input;
mod integration;
mod mapping_expression;
mod method;
mod operation;
mod page;
mod patch;
mod payload_model;
mod picture;
mod port;
mod query;
mod refusal;
mod request_validator;
mod resource;
mod resource_policy;
mod rest_api;
mod root_key;
mod route;
mod sdk_type;
mod served;
mod service;
mod stage;
mod stage_patch;
mod sts;
mod tag;
mod usage_plan;
mod vpc_link;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, header};
use bytes::Bytes;
use store::Store;

pub use access_key::Credentials;
pub use authentication::{Authentication, Caller, Unauthorized};
pub use authorization::RequestContext;
pub use call::Identity;
pub use port::{Ambient, Functions};
pub use refusal::{Refusal, RefusalKind};
pub use root_key::{RootKeyError, ensure_root_key};
pub use served::{
    DeploymentPointer, ServedCanary, ServedDomain, ServedMapping, ServedStage, domains, load,
    stages,
};

use answer::Answer;
use call::Call;
use input::Input;
use operation::Operation;
use service::{HANDLERS, Handler};

/// Largest body of a call: AWS takes documents of 6 MB for import, and less for all else.
const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What the control API works with.
#[derive(Clone)]
pub struct Control {
    /// Where everything is kept: who may call as well.
    pub store: Arc<Store>,
    /// Time and randomness.
    pub ambient: Arc<dyn Ambient>,
    /// What integrations and authorizers may name.
    pub functions: Arc<dyn Functions>,
    /// Account and region.
    pub identity: Identity,
}

/// Serves the API at every path that nothing else is served at.
pub fn router(control: Control) -> Router {
    Router::new().fallback(serve).with_state(control)
}

async fn serve(State(control): State<Control>, request: Request<Body>) -> Response<Body> {
    let request_id = control.request_id();
    let (head, body) = request.into_parts();
    let answered = if query::is_query(&head) {
        answer_query(control, head, body, request_id.clone()).await
    } else {
        answer(control, head, body).await
    };
    let mut response = answered.unwrap_or_else(|refusal| refusal.to_response());
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert("x-amzn-requestid", request_id);
    }
    response
}

async fn answer_query(
    control: Control,
    head: Parts,
    body: Body,
    request_id: String,
) -> Result<Response<Body>, Refusal> {
    let body = axum::body::to_bytes(body, query::FORM_BYTES_MAX).await.ok();
    let answered = move || query::answer(&control, &head, body.as_deref(), &request_id);
    let done = tokio::task::spawn_blocking(answered).await;
    done.map_err(|_| Refusal::new(RefusalKind::InternalFailure, "Internal failure"))
}

async fn answer(control: Control, head: Parts, body: Body) -> Result<Response<Body>, Refusal> {
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| Refusal::new(RefusalKind::RequestTooLarge, "Request entity too large"))?;
    // The store waits for the disk.
    let done = tokio::task::spawn_blocking(move || control.call(&head, &body)).await;
    done.unwrap_or_else(|_| Err(Refusal::new(RefusalKind::InternalFailure, "Internal failure")))
}

impl Control {
    fn call(&self, head: &Parts, body: &Bytes) -> Result<Response<Body>, Refusal> {
        let caller = self.authentication().authenticate("apigateway", head, body)?;
        let query: Vec<(String, String)> =
            form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let routed = route::route(&head.method, head.uri.path(), &query);
        let routed = routed.ok_or_else(Refusal::unsigned)?;
        let operation = routed.operation;
        let action = format!("apigateway:{}", head.method);
        let resource = format!("arn:aws:apigateway:{}::{}", self.identity.region, routed.path());
        let now = self.ambient.now();
        let context = RequestContext::new(head, &caller, &self.identity, now);
        caller.authorize(&action, &resource, &context)?;
        let handler = HANDLERS.get(operation.name.as_str());
        let handler = *handler.ok_or_else(|| service::not_implemented(&operation.name))?;
        let input = Input::read(operation, routed.parameters, &query, &head.headers, body)?;
        if resource_policy::is_changed_by(&operation.name, &input) {
            caller.authorize("apigateway:UpdateRestApiPolicy", &resource, &context)?;
        }
        let call = Call {
            input,
            now,
            identity: self.identity.clone(),
            ambient: Arc::clone(&self.ambient),
            functions: Arc::clone(&self.functions),
        };
        let answer = match handler {
            Handler::Read(read) => self.store.read(|transaction| read(&call, transaction)),
            Handler::Write(write) => self.store.write(move |transaction| write(&call, transaction)),
        };
        Ok(respond(operation, answer?))
    }

    /// What lets requests in.
    pub fn authentication(&self) -> Authentication<'_> {
        Authentication { store: &self.store, ambient: &*self.ambient, identity: &self.identity }
    }

    /// A random UUID, version 4.
    fn request_id(&self) -> String {
        let mut bytes = [0; 16];
        self.ambient.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

fn respond(operation: &Operation, answer: Answer) -> Response<Body> {
    let body = match answer {
        Answer::Empty => Body::empty(),
        Answer::Json(value) => Body::from(value.to_string()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = operation.success;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests;
