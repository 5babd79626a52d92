//! The control API: Amazon API Gateway's `apigateway` API, what its second one has of domain names, the part of
//! Lambda's that deploys functions, and enough of IAM and STS to say who may use them, over the [`store`].
//!
//! A call is authenticated, routed by the table of operations, its members are checked against
//! their shapes, and then it is one function of its family in one transaction. What a deployment
//! *is* to the data plane is `model`'s; here it is made from what the store has.
//!
//! Invariants:
//! - Nothing is looked at before [`Authentication`] has let the request in, and nothing is done
//!   that the policies of its caller do not allow.
//! - A call that is refused changed nothing.
//! - Pure but for the store: time, randomness and functions are behind [`port`]s. Keys of client
//!   certificates alone come from the library that makes them.

#![forbid(unsafe_code)]

mod access_key;
mod account;
mod additional_action;
mod answer;
mod api_key;
mod authentication;
mod authorization;
mod authorizer;
mod base_path_mapping;
mod call;
mod called_function;
mod callee;
mod callers;
mod client_certificate;
mod compile;
mod constraint;
mod cors;
mod deployment;
mod documentation;
mod domain_name;
mod domain_name_access_association;
mod domain_policy;
mod endpoint_configuration;
mod event;
mod explain;
mod function_calls;
mod gateway_response;
mod iam;
mod input;
mod integration;
mod jwt_configuration;
mod lambda;
mod mapping_expression;
mod method;
mod operation;
mod overview;
mod page;
mod patch;
mod payload_model;
mod picture;
mod port;
mod query;
mod refusal;
mod request_body;
mod request_validator;
mod resource;
mod resource_policy;
mod rest_api;
mod root_key;
mod route;
mod routing_mode;
mod routing_rule;
mod sdk_type;
mod served;
mod server_certificate;
mod service;
mod session;
mod stage;
mod stage_patch;
mod sts;
mod tag;
mod test_invoke;
mod trust_store;
mod usage_plan;
mod v2;
mod vpc_link;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::routing::get;
use bytes::Bytes;
use model::Backends;
use store::{Store, StoreError};
use throttle::Limit;

pub use access_key::Credentials;
pub use authentication::{Authentication, Caller, Unauthorized};
pub use authorization::RequestContext;
pub use call::Identity;
pub use callee::Callee;
pub use callers::callers;
pub use cors::{CrossOrigin, cross_origin_calls};
pub use event::{Event, EventQueue, QueueFull};
pub use function_calls::FunctionCalls;
pub use lambda::{FunctionOverview, Lambda, StoredFunctions, VersionOverview, function_overviews};
pub use overview::{ApiOverview, CanaryOverview, StageOverview, api_overviews};
pub use port::{
    Ambient, BoxFuture, CheckError, Explanation, Explanations, FunctionHost, Functions, Invoked,
    NoHost, TestAuthorization, TestInvocation, TestInvocationError, TestInvoker, TestOutcome,
    TestSubject, Tester, TrustStores, UsageCounts,
};
pub use refusal::{Refusal, RefusalKind};
pub use root_key::{RootKeyError, ensure_root_key};
pub use served::{
    DeploymentPointer, ServedCanary, ServedDomain, ServedDomainEndpoint, ServedMapping,
    ServedRouting, ServedStage, domains, load, stages, trust_store,
};
pub use trust_store::TrustStoreLocation;
pub use usage_plan::{
    KeyUsageOverview, UsagePlanOverview, api_keys, forget_usage, keep_usage, load_usage,
    usage_plan_overview,
};

use answer::Answer;
use call::Call;
use input::Input;
use operation::Operation;
use query::QueryRefusal;
use request_body::{BodyRoom, HeldBody, discard};
use route::Routed;
use service::{Handler, Service};

/// What the control API works with.
#[derive(Clone)]
pub struct Control {
    /// Where everything is kept: who may call as well.
    pub store: Arc<Store>,
    /// Time and randomness.
    pub ambient: Arc<dyn Ambient>,
    /// What integrations and authorizers may name.
    pub functions: Arc<dyn Functions>,
    /// What functions are run with.
    pub lambda: Arc<Lambda>,
    /// What calls APIs that are not deployed.
    pub test_invoker: Arc<dyn TestInvoker>,
    /// Account and region.
    pub identity: Identity,
    /// What this machine has that integrations name.
    pub backends: Arc<Backends>,
    /// What fetches trust stores of domain names.
    pub trust_stores: Arc<dyn TrustStores>,
    /// What API keys have used and the store does not say yet.
    pub usage_counts: Arc<dyn UsageCounts>,
    /// What happened to requests of stages that keep it.
    pub explanations: Arc<dyn Explanations>,
    /// What all APIs together are held to.
    pub account_throttle: Option<Limit>,
}

/// Serves the API at every path that nothing else is served at.
pub fn router(control: Control) -> Router {
    let explaining = get(explain::explain).with_state(control.clone());
    Router::new()
        .route(explain::PATH, explaining)
        .fallback(serve)
        .with_state((control, BodyRoom::default()))
}

async fn serve(
    State((control, room)): State<(Control, BodyRoom)>,
    request: Request<Body>,
) -> Response<Body> {
    let request_id = call::new_uuid(&*control.ambient);
    let (head, body) = request.into_parts();
    let mut response = if query::is_query(&head) {
        answer_query(control, room, head, body, request_id.clone()).await
    } else {
        let head = Head::read(head);
        let service = head.service();
        let answered = answer(control, room, head, body).await;
        answered.unwrap_or_else(|refusal| refusal.to_response(service))
    };
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(request_id);
    }
    response
}

async fn answer_query(
    control: Control,
    room: BodyRoom,
    head: Parts,
    body: Body,
    request_id: String,
) -> Response<Body> {
    let bytes_max = query::FORM_BYTES_MAX;
    let body = match control.recognize(query::signing_name(&head), &head).await {
        Ok(()) => room.read(body, bytes_max).await.map_err(QueryRefusal::from),
        Err(unauthorized) => {
            discard(body, bytes_max).await;
            Err(unauthorized.into())
        }
    };
    let answered = move || query::answer(&control, &head, body, &request_id);
    let done = tokio::task::spawn_blocking(answered).await;
    done.unwrap_or_else(|_| internal_failure().to_response(Service::ApiGateway))
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

async fn answer(
    control: Control,
    room: BodyRoom,
    head: Head,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    let operation = head.routed.as_ref().map(|routed| routed.operation);
    let bytes_max = operation.map_or(operation::BODY_BYTES_MAX, Operation::body_bytes_max);
    let body = if body.is_end_stream() {
        HeldBody::default()
    } else {
        let signing_name = head.service().signing_name();
        if let Err(unauthorized) = control.recognize(signing_name, &head.parts).await {
            discard(body, bytes_max).await;
            return Err(unauthorized.into());
        }
        room.read(body, bytes_max).await?
    };
    // The store waits for the disk.
    let done = tokio::task::spawn_blocking(move || control.call(head, &body)).await;
    let mut answer = done.unwrap_or_else(|_| Err(internal_failure()))?;
    while let Answer::Later(later) = answer {
        answer = later.await?;
    }
    Ok(respond(operation.map_or(StatusCode::OK, |operation| operation.success), answer))
}

fn internal_failure() -> Refusal {
    Refusal::new(RefusalKind::InternalFailure, "Internal failure")
}

impl Control {
    /// Refuses a request whose head says already that it cannot be let in: its body is not held.
    async fn recognize(&self, service: &'static str, head: &Parts) -> Result<(), Unauthorized> {
        let (control, head) = (self.clone(), head.clone());
        let recognize = move || control.authentication().recognize(service, &head);
        let done = tokio::task::spawn_blocking(recognize).await;
        done.unwrap_or_else(|_| Err(StoreError::Abandoned.into()))
    }

    fn call(&self, head: Head, body: &Bytes) -> Result<Answer, Refusal> {
        let signing_name = head.service().signing_name();
        let Head { parts, query, routed } = head;
        let caller = self.authentication().authenticate(signing_name, &parts, body)?;
        let routed = routed.ok_or_else(Refusal::unsigned)?;
        let operation = routed.operation;
        let (action, resource) = match operation.service {
            Service::ApiGateway => domain_name::asked(&self.identity, &routed, &query),
            Service::ApiGatewayV2 => v2::asked(&self.identity, &routed, &query),
            Service::Lambda => lambda::asked(&self.identity, &routed, &query, body),
        };
        let now = self.ambient.now();
        let context = RequestContext::new(&parts, &caller, &self.identity, now);
        caller.authorize(&action, &resource, &context)?;
        let handler = operation.service.handlers().get(operation.name.as_str());
        let handler = *handler.ok_or_else(|| service::not_implemented(&operation.name))?;
        let input = Input::read(operation, routed.parameters, &query, &parts.headers, body)?;
        for (action, named) in additional_action::of(&operation.name, &input) {
            caller.authorize(action, named.as_ref().unwrap_or(&resource), &context)?;
        }
        let mut call = Call {
            caller: caller.identity,
            access_key_id: caller.access_key_id,
            context,
            package: lambda::package(operation, &input)?,
            fetched: None,
            input,
            now,
            identity: self.identity.clone(),
            ambient: Arc::clone(&self.ambient),
            functions: Arc::clone(&self.functions),
            lambda: Arc::clone(&self.lambda),
            test_invoker: Arc::clone(&self.test_invoker),
            trust_stores: Arc::clone(&self.trust_stores),
            backends: Arc::clone(&self.backends),
            account_throttle: self.account_throttle,
        };
        let write = match handler {
            Handler::Fetch(location, write) => {
                let location = self.store.read(|transaction| location(&call, transaction))?;
                if let Some(location) = location {
                    call.fetch(location)?;
                }
                write
            }
            Handler::Read(read) => return self.store.read(|transaction| read(&call, transaction)),
            Handler::Used(write) => {
                self.usage_counts.keep();
                write
            }
            Handler::Write(write) => write,
        };
        self.store.write(move |transaction| write(&call, transaction))
    }

    /// What lets requests in.
    pub fn authentication(&self) -> Authentication<'_> {
        Authentication { store: &self.store, ambient: &*self.ambient, identity: &self.identity }
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

// What calls the API in the tests here does so in other programs, too, by this name.
#[cfg(test)]
extern crate self as control;

#[cfg(test)]
mod tests;
