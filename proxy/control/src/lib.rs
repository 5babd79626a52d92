//! The control API: Amazon API Gateway's `apigateway` API, and the part of Lambda's that deploys
//! functions, over the [`store`].
//!
//! A call is authenticated, routed by the table of operations, its members are checked against
//! their shapes, and then it is one function of its family in one transaction. What a deployment
//! *is* to the data plane is `model`'s; here it is made from what the store has.
//!
//! Invariants:
//! - Nothing of the state is looked at before [`Authentication`] has let the request in.
//! - A call that is refused changed nothing.
//! - Pure but for the store: time, randomness, keys and functions are behind [`port`]s.

#![forbid(unsafe_code)]

mod access_key;
mod account;
mod answer;
mod api_key;
mod authorizer;
mod base_path_mapping;
mod call;
mod client_certificate;
mod compile;
mod constraint;
mod deployment;
mod documentation;
mod domain_name;
mod endpoint_configuration;
mod gateway_response;
mod input;
mod integration;
mod lambda;
mod mapping_expression;
mod method;
mod operation;
mod page;
mod patch;
mod payload_model;
mod picture;
mod port;
mod refusal;
mod request_validator;
mod resource;
mod resource_policy;
mod rest_api;
mod route;
mod sdk_type;
mod served;
mod service;
mod signature;
mod stage;
mod stage_patch;
mod tag;
mod usage_plan;
mod vpc_link;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use store::Store;

pub use access_key::{Credentials, has_root_key, set_root_key};
pub use call::Identity;
pub use lambda::{Lambda, StoredFunctions};
pub use port::{
    Ambient, Authentication, BoxFuture, Caller, CheckError, FunctionHost, Functions, Invoked,
    Locked,
};
pub use refusal::{Refusal, RefusalKind};
pub use served::{
    DeploymentPointer, ServedCanary, ServedDomain, ServedMapping, ServedStage, domains, load,
    stages,
};
pub use signature::Signatures;

use answer::Answer;
use call::Call;
use input::Input;
use operation::Operation;
use route::Routed;
use service::{Handler, Service};

/// What the control API works with.
#[derive(Clone)]
pub struct Control {
    /// Where everything is kept.
    pub store: Arc<Store>,
    /// Who may call.
    pub authentication: Arc<dyn Authentication>,
    /// Time and randomness.
    pub ambient: Arc<dyn Ambient>,
    /// What integrations and authorizers may name.
    pub functions: Arc<dyn Functions>,
    /// What functions are run with.
    pub lambda: Arc<Lambda>,
    /// Account and region.
    pub identity: Identity,
}

/// Serves the API at every path that nothing else is served at.
pub fn router(control: Control) -> Router {
    Router::new().fallback(serve).with_state(control)
}

async fn serve(State(control): State<Control>, request: Request<Body>) -> Response<Body> {
    let request_id = call::new_uuid(&*control.ambient);
    let (head, body) = request.into_parts();
    let request = Head::read(head);
    let service = request.service();
    let mut response = match answer(control, request, body).await {
        Ok(response) => response,
        Err(refusal) => refusal.to_response(service),
    };
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(request_id);
    }
    response
}

/// A request but for its body, and what it asks for.
struct Head {
    parts: Parts,
    query: Vec<(String, String)>,
    routed: Option<Routed>,
}

impl Head {
    fn read(parts: Parts) -> Self {
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let query: Vec<(String, String)> = query.into_owned().collect();
        let routed = route::route(&parts.method, parts.uri.path(), &query);
        Self { parts, query, routed }
    }

    /// Whose operation it is, or whose it is taken to be.
    fn service(&self) -> Service {
        self.routed.as_ref().map_or(Service::ApiGateway, |routed| routed.operation.service)
    }
}

async fn answer(control: Control, head: Head, body: Body) -> Result<Response<Body>, Refusal> {
    let operation = head.routed.as_ref().map(|routed| routed.operation);
    let bytes_max = operation.map_or(operation::BODY_BYTES_MAX, Operation::body_bytes_max);
    let body = axum::body::to_bytes(body, bytes_max)
        .await
        .map_err(|_| Refusal::new(RefusalKind::RequestTooLarge, "Request entity too large"))?;
    // The store waits for the disk.
    let done = tokio::task::spawn_blocking(move || control.call(head, &body)).await;
    let mut answer = done
        .unwrap_or_else(|_| Err(Refusal::new(RefusalKind::InternalFailure, "Internal failure")))?;
    while let Answer::Later(later) = answer {
        answer = later.await?;
    }
    Ok(respond(operation.map_or(StatusCode::OK, |operation| operation.success), answer))
}

impl Control {
    fn call(&self, head: Head, body: &Bytes) -> Result<Answer, Refusal> {
        let signing_name = head.service().signing_name();
        let Head { parts, query, routed } = head;
        let caller = self.authentication.authenticate(signing_name, &parts, body)?;
        let routed = routed.ok_or_else(Refusal::unsigned)?;
        let operation = routed.operation;
        let (action, resource) = match operation.service {
            Service::ApiGateway => (
                format!("apigateway:{}", parts.method),
                format!("arn:aws:apigateway:{}::{}", self.identity.region, parts.uri.path()),
            ),
            Service::Lambda => lambda::asked(&self.identity, &routed, &query, body),
        };
        self.authentication.authorize(&caller, &action, &resource)?;
        let handler = operation.service.handlers().get(operation.name.as_str());
        let handler = *handler.ok_or_else(|| service::not_implemented(&operation.name))?;
        let input = Input::read(operation, routed.parameters, &query, &parts.headers, body)?;
        let call = Call {
            package: lambda::package(operation, &input)?,
            input,
            now: self.ambient.now(),
            identity: self.identity.clone(),
            ambient: Arc::clone(&self.ambient),
            functions: Arc::clone(&self.functions),
            lambda: Arc::clone(&self.lambda),
        };
        match handler {
            Handler::Read(read) => self.store.read(|transaction| read(&call, transaction)),
            Handler::Write(write) => self.store.write(move |transaction| write(&call, transaction)),
        }
    }
}

fn respond(status: StatusCode, answer: Answer) -> Response<Body> {
    let body = match answer {
        Answer::Empty | Answer::Later(_) => Body::empty(),
        Answer::Json(value) => Body::from(value.to_string()),
        Answer::Response(response) => return response.map(Body::from),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests;
