//! The pipeline's ports, as they are, and what passes them written to the log of a test.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use control::{TestAuthorization, TestInvocation, TestSubject};
use model::{
    Authorization, AuthorizationPolicy, AuthorizationRequest, AuthorizerError, CallFault,
    HandlerResponseHead, Invocation, InvocationError, PluginSlot, RequestOutcome, ResponseOutcome,
    Scheme, TransformRequest, TransformResponse,
};
use pipeline::{
    Ambient as _, BoxFuture, Plugins, UpstreamError, UpstreamHead, UpstreamResponse, Upstreams,
};
use serde_json::{Value, json};

use super::execution_log::{ExecutionLog, Received};
use crate::adapters::LivePlugins;
use crate::clock::Clock;

/// Ports that are listened to.
pub(super) struct Observed<'a> {
    plugins: LivePlugins<'a>,
    upstreams: &'a dyn Upstreams,
    log: &'a ExecutionLog,
    subject: TestSubject,
    /// Where each function would be called on AWS.
    uris: Vec<String>,
    authorization: Mutex<Option<TestAuthorization>>,
    clock: Clock,
}

impl<'a> Observed<'a> {
    pub(super) fn new(
        plugins: LivePlugins<'a>,
        upstreams: &'a dyn Upstreams,
        log: &'a ExecutionLog,
        test: &TestInvocation,
    ) -> Self {
        let region = plugins.live.snapshot.region();
        let uri = |plugin: &model::Plugin| {
            let arn = &plugin.arn;
            format!("https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations")
        };
        let uris = test.deployment.plugins().map(uri).collect();
        let (authorization, clock) = (Mutex::default(), Clock::start());
        Self { plugins, upstreams, log, subject: test.subject, uris, authorization, clock }
    }

    /// What the authorizer answered, if it was called.
    pub(super) fn authorization(&self) -> Option<TestAuthorization> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn authorized(&self, principal_id: &str, policy: String) {
        let authorization = TestAuthorization { principal_id: principal_id.to_owned(), policy };
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(authorization);
    }

    fn uri(&self, plugin: PluginSlot) -> &str {
        self.uris.get(plugin.0).map(String::as_str).unwrap_or_default()
    }

    async fn observed_invoke(
        &self,
        plugin: PluginSlot,
        event: &[u8],
        invocation: Invocation<'_>,
    ) -> Result<Bytes, InvocationError> {
        let uri = self.uri(plugin);
        self.log.endpoint_called(uri, &[], event);
        let began = self.clock.now();
        let result = self.plugins.invoke(plugin, event, invocation).await;
        let latency = self.clock.now().saturating_sub(began);
        match (&result, self.subject) {
            (Ok(result), TestSubject::Authorizer) => {
                self.log.authorizer_answered(result);
                let output: Value = serde_json::from_slice(result).unwrap_or_default();
                let principal_id = output["principalId"].as_str().unwrap_or_default();
                self.authorized(principal_id, output["policyDocument"].to_string());
            }
            (Ok(body), TestSubject::Method) => {
                self.log.endpoint_answered(&Received { status: 200, headers: &[], body, latency });
            }
            (Err(error), _) => self.log.function_failed(error, invocation.request_id),
        }
        result
    }

    fn observed_invoke_later(
        &self,
        plugin: PluginSlot,
        event: Bytes,
        (request_id, trace_id): (&str, &str),
    ) -> Result<(), CallFault> {
        self.log.endpoint_called(self.uri(plugin), &[], &event);
        let began = self.clock.now();
        let added = self.plugins.invoke_later(plugin, event, request_id, trace_id);
        let latency = self.clock.now().saturating_sub(began);
        match &added {
            Ok(()) => {
                let received = Received { status: 202, headers: &[], body: b"", latency };
                self.log.endpoint_answered(&received);
            }
            Err(fault) => self.log.function_failed(&fault.clone().into(), request_id),
        }
        added
    }

    async fn observed_authorize(
        &self,
        plugin: PluginSlot,
        request: AuthorizationRequest<'_>,
    ) -> Result<Authorization, AuthorizerError> {
        self.log.endpoint_called(self.uri(plugin), &[], b"");
        let result = self.plugins.authorize(plugin, request).await;
        if let Ok(authorization) = &result {
            let policy = policy(&authorization.policy, request.method_arn);
            let principal_id = &authorization.principal_id;
            let shown = json!({ "principalId": principal_id, "policyDocument": policy });
            self.log.authorizer_answered(shown.to_string().as_bytes());
            let text = match policy {
                Value::String(document) => document,
                policy => policy.to_string(),
            };
            self.authorized(principal_id, text);
        }
        result
    }

    async fn observed_serve(
        &self,
        plugin: PluginSlot,
        request: http::Request<Bytes>,
        invocation: Invocation<'_>,
    ) -> Result<(HandlerResponseHead, Bytes), CallFault> {
        let headers = super::shown(request.headers());
        self.log.endpoint_called(self.uri(plugin), &headers, request.body());
        let began = self.clock.now();
        let result = self.plugins.serve(plugin, request, invocation).await;
        let latency = self.clock.now().saturating_sub(began);
        match &result {
            Ok((head, body)) => self.log.endpoint_answered(&Received {
                status: head.status.as_u16(),
                headers: &super::shown(&head.headers),
                body,
                latency,
            }),
            Err(fault) => {
                self.log
                    .function_failed(&InvocationError::Fault(fault.clone()), invocation.request_id);
            }
        }
        result
    }

    async fn observed_send(
        &self,
        head: &UpstreamHead,
        body: Bytes,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let scheme = match head.target.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let authority = head.headers.get(http::header::HOST).map(http::HeaderValue::as_bytes);
        let authority = super::text(authority.unwrap_or_default());
        let uri = format!("{scheme}://{authority}{}", head.path_and_query);
        self.log.endpoint_called(&uri, &super::shown(&head.headers), &body);
        let began = self.clock.now();
        let result = self.upstreams.send(head, body).await;
        let latency = self.clock.now().saturating_sub(began);
        if let Ok(received) = &result {
            self.log.endpoint_answered(&Received {
                status: received.status.as_u16(),
                headers: &super::shown(&received.headers),
                body: &received.body,
                latency,
            });
        }
        result
    }
}

/// The document that a typed authorizer's answer stands for; text, if it is one already.
fn policy(policy: &AuthorizationPolicy, method_arn: &str) -> Value {
    // `arn:aws:execute-api:{region}:{account}:{api}/{stage}` and every method of it.
    let stage: Vec<&str> = method_arn.splitn(3, '/').take(2).collect();
    let everything = || vec![format!("{}/*", stage.join("/"))];
    let (effect, resources) = match policy {
        AuthorizationPolicy::Allow => ("Allow", everything()),
        AuthorizationPolicy::AllowMethods(arns) if arns.is_empty() => ("Deny", everything()),
        AuthorizationPolicy::AllowMethods(arns) => ("Allow", arns.clone()),
        AuthorizationPolicy::Deny => ("Deny", everything()),
        AuthorizationPolicy::Document(document) => return document.as_str().into(),
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resources }],
    })
}

impl Plugins for Observed<'_> {
    fn authorize<'a>(
        &'a self,
        plugin: PluginSlot,
        request: AuthorizationRequest<'a>,
    ) -> BoxFuture<'a, Result<Authorization, AuthorizerError>> {
        Box::pin(self.observed_authorize(plugin, request))
    }

    fn invoke<'a>(
        &'a self,
        plugin: PluginSlot,
        event: &'a [u8],
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<Bytes, InvocationError>> {
        Box::pin(self.observed_invoke(plugin, event, invocation))
    }

    fn invoke_later(
        &self,
        plugin: PluginSlot,
        event: Bytes,
        request_id: &str,
        trace_id: &str,
    ) -> Result<(), CallFault> {
        self.observed_invoke_later(plugin, event, (request_id, trace_id))
    }

    fn on_request<'a>(
        &'a self,
        plugin: PluginSlot,
        request: TransformRequest<'a>,
    ) -> BoxFuture<'a, Result<RequestOutcome, CallFault>> {
        self.plugins.on_request(plugin, request)
    }

    fn serve<'a>(
        &'a self,
        plugin: PluginSlot,
        request: http::Request<Bytes>,
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<(HandlerResponseHead, Bytes), CallFault>> {
        Box::pin(self.observed_serve(plugin, request, invocation))
    }

    fn on_response<'a>(
        &'a self,
        plugin: PluginSlot,
        response: TransformResponse<'a>,
    ) -> BoxFuture<'a, Result<ResponseOutcome, CallFault>> {
        self.plugins.on_response(plugin, response)
    }
}

impl Upstreams for Observed<'_> {
    fn send<'a>(
        &'a self,
        head: &'a UpstreamHead,
        body: Bytes,
    ) -> BoxFuture<'a, Result<UpstreamResponse, UpstreamError>> {
        Box::pin(self.observed_send(head, body))
    }
}
