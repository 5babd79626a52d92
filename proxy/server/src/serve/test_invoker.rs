//! The control API's port for tests, implemented with the pipeline that serves: it gets a request
//! that nobody sent, and a snapshot that has nothing but what is tested.

mod execution_log;
mod observed;
mod sent;

use std::sync::Arc;

use bytes::Bytes;
use control::{
    BoxFuture, EventQueue, Identity, TestInvocation, TestInvocationError, TestInvoker, TestOutcome,
    TestSubject,
};
use http::{HeaderMap, HeaderName};
use model::{
    Callers, Domain, DomainTarget, INTEGRATION_TIMEOUT_DEFAULT, Invocation, Snapshot, Stage,
};
use pipeline::{
    Ambient as _, AuthorizerCache, Failure, Fault, Forward, Limiter, Outcome, Plugins as _, Ports,
    Record, Response, ResponseCache, Serve, TokenCache, Upstreams as _,
};

use super::function_host::ComponentFunctions;
use crate::adapters::LivePlugins;
use crate::clock::Clock;
use crate::issuer_keys::FetchedKeys;
use crate::live::Live;
use crate::upstream::UpstreamClient;
use execution_log::ExecutionLog;
use observed::Observed;
use sent::{DOMAIN, Sent, WholeBody};

/// Headers that every answer of the gateway has, and AWS does not show of a test.
const UNSHOWN: [&str; 2] = ["x-amz-apigw-id", "x-amzn-requestid"];

/// Sends what nobody sent.
pub(crate) struct PipelineTests {
    functions: Arc<ComponentFunctions>,
    identity: Identity,
    upstreams: UpstreamClient,
    issuer_keys: FetchedKeys,
    events: Arc<EventQueue>,
    clock: Clock,
}

impl TestInvoker for PipelineTests {
    fn invoke(
        &self,
        test: TestInvocation,
    ) -> BoxFuture<'_, Result<TestOutcome, TestInvocationError>> {
        Box::pin(self.run(test))
    }
}

impl PipelineTests {
    pub(crate) fn new(
        functions: Arc<ComponentFunctions>,
        identity: Identity,
        events: Arc<EventQueue>,
    ) -> Self {
        let clock = Clock::start();
        let (upstreams, issuer_keys) = (UpstreamClient::new(clock), FetchedKeys::new(clock));
        Self { functions, identity, upstreams, issuer_keys, events, clock }
    }

    async fn run(&self, test: TestInvocation) -> Result<TestOutcome, TestInvocationError> {
        let started = self.clock.now();
        let sent = Sent::new(&test).map_err(TestInvocationError)?;
        let log = ExecutionLog::begin(sent.request_id());
        let live = self.live(&test).await?;
        let plugins = LivePlugins { live: &live, events: &self.events };
        let observed = Observed::new(plugins, &self.upstreams, &log, &test);
        match test.subject {
            TestSubject::Authorizer => log.authorizer_called(&test, &sent),
            TestSubject::Method => log.method_called(&test, &sent),
        }
        let mut record = Record::default();
        let answer = self.answer(&sent, test.body, &live, &observed, &mut record);
        let answered = tokio::time::timeout(INTEGRATION_TIMEOUT_DEFAULT, answer).await;
        let response = answered
            .unwrap_or_else(|_elapsed| refused(&Fault::TimedOut.into(), &sent, &live, &mut record));
        // What the pipeline did not believe is no answer.
        let authorization = observed.authorization().filter(|_| record.principal_id.is_some());
        let claims = record.claims().map(|claims| {
            claims.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        });
        let headers = shown(&response.headers);
        match test.subject {
            TestSubject::Authorizer => log.authorizer_done(&record, sent.request_id()),
            TestSubject::Method => log.method_done(&record, &response, &headers),
        }
        Ok(TestOutcome {
            status: response.status,
            headers,
            body: response.body,
            log: log.into_text(),
            latency: self.clock.now().saturating_sub(started),
            authorization,
            claims,
        })
    }

    /// A snapshot with the one deployment, its components loaded.
    async fn live(&self, test: &TestInvocation) -> Result<Live, TestInvocationError> {
        let mut plugins = Vec::new();
        for plugin in test.deployment.plugins() {
            let loaded = self.functions.loaded(plugin).await;
            plugins.push(loaded.map_err(|fault| TestInvocationError(fault.to_string()))?);
        }
        let Identity { account, region } = self.identity.clone();
        let mut snapshot = Snapshot::new(account, region);
        let deployment = Arc::new(test.deployment.clone());
        let (name, variables) = (test.stage.clone(), test.stage_variables.clone());
        let stage = Stage::new(name, variables, deployment, 0);
        let stage = stage.with_client_certificate(test.client_certificate.clone());
        snapshot.add(stage.with_denials(Arc::new(test.denials.clone())));
        let mut callers = Callers::default();
        callers.insert(test.tester.access_key_id.clone(), test.tester.key.clone());
        snapshot.set_callers(Arc::new(callers));
        let api = test.deployment.api().id.clone();
        let target = DomainTarget { api, stage: Some(test.stage.clone()) };
        snapshot.add_domain(&DOMAIN.to_ascii_lowercase(), Domain::new([(String::new(), target)]));
        Ok(Live::uncounted(snapshot, plugins))
    }

    async fn answer(
        &self,
        sent: &Sent,
        body: Bytes,
        live: &Live,
        observed: &Observed<'_>,
        record: &mut Record,
    ) -> Response {
        if let Some(failure) = sent.malformed() {
            return refused(&failure, sent, live, record);
        }
        let (cache, tokens, limiter) =
            (AuthorizerCache::new(), TokenCache::new(), Limiter::new(None));
        // A test always calls the integration.
        let responses = ResponseCache::new(0, &[0; 32]);
        let ports = Ports {
            plugins: observed,
            upstreams: observed,
            ambient: &self.clock,
            authorizer_cache: &cache,
            limiter: &limiter,
            response_cache: &responses,
            issuer_keys: &self.issuer_keys,
            token_cache: &tokens,
        };
        let header = sent.header();
        let request = sent.request(&header);
        let mut whole = WholeBody(body.clone());
        let outcome = pipeline::handle(&request, &mut whole, &live.snapshot, &ports, record).await;
        match outcome {
            Outcome::Forward(forward) => forwarded(*forward, observed, sent, live, record).await,
            Outcome::Respond(response) => response.to_response(),
            Outcome::Serve(serve) => served(*serve, body, observed, sent, live, record).await,
        }
    }
}

fn refused(failure: &Failure, sent: &Sent, live: &Live, record: &mut Record) -> Response {
    let header = sent.header();
    pipeline::refuse(failure, &sent.request(&header), &live.snapshot, record).to_response()
}

/// The whole response of an upstream, which would have streamed.
async fn forwarded(
    forward: Forward,
    observed: &Observed<'_>,
    sent: &Sent,
    live: &Live,
    record: &mut Record,
) -> Response {
    let received = match observed.send(&forward.head, forward.body).await {
        Ok(received) => received,
        Err(error) => return refused(&Fault::from(error).into(), sent, live, record),
    };
    let mut headers = HeaderMap::new();
    forward.headers.forwarded(&received.headers, |name, value| {
        headers.append(name, value.clone());
    });
    Response { status: received.status, headers, body: received.body }
}

/// The whole response of a function, which would have streamed.
async fn served(
    mut serve: Serve,
    body: Bytes,
    observed: &Observed<'_>,
    sent: &Sent,
    live: &Live,
    record: &mut Record,
) -> Response {
    let body = serve.body.take().unwrap_or(body);
    let request = std::mem::take(&mut serve.request).map(|()| body);
    let (request_id, timeout) = (sent.request_id(), serve.timeout);
    let invocation = Invocation { request_id, trace_id: None, timeout, log: None };
    let served = observed.serve(serve.plugin, request, invocation).await;
    match served {
        Ok((head, body)) => serve.response(&head, body).to_response(),
        Err(fault) => refused(&serve.failure(fault), sent, live, record),
    }
}

/// Headers as AWS shows them of a test.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = headers.iter().filter(|(name, _)| !UNSHOWN.contains(&name.as_str()));
    shown.map(|(name, value)| (cased(name), text(value.as_bytes()))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `Content-Type`, and the one that AWS writes otherwise.
fn cased(name: &HeaderName) -> String {
    if name.as_str() == "x-amzn-errortype" {
        return "x-amzn-ErrorType".to_owned();
    }
    let words = name.as_str().split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}
