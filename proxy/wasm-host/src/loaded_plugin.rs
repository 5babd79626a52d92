//! A component that can be called, as whatever it exports.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{
    Authorization, AuthorizationRequest, AuthorizerError, CallFault, Digest, Interface, Invocation,
    InvocationError, RequestOutcome, ResponseOutcome, TransformRequest, TransformResponse,
};

use crate::calls::Calls;
use crate::compilation::Code;
use crate::kind::http_handler::{self, RequestBody, Serving};
use crate::kind::{authorizer, event_function, request_transform, response_transform};
use crate::pool::Pool;
use crate::ticker::Ticker;

/// One version of a function's code with its settings. Calls of it that are under way when another
/// version takes its place end on this one.
///
/// Each call is bounded by the function's timeout; a call whose future is dropped is stopped, and
/// its instance with it.
pub struct LoadedPlugin {
    digest: Digest,
    compile_time: Option<Duration>,
    pool: Arc<Pool>,
    calls: Calls,
    /// No deadline without epochs, whoever drops the host.
    _ticker: Arc<Ticker>,
}

impl LoadedPlugin {
    pub(crate) fn new(code: &Code, pool: Arc<Pool>, ticker: Arc<Ticker>) -> Self {
        let calls = Calls::new(Arc::clone(&pool.blueprint().template.facts));
        let Code { digest, compile_time, .. } = *code;
        Self { digest, compile_time, pool, calls, _ticker: ticker }
    }

    /// Of the component's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How long it took to compile it; none if it had been compiled before.
    pub fn compile_time(&self) -> Option<Duration> {
        self.compile_time
    }

    /// What it can be used as, and what it asked to be given as each.
    pub fn interface(&self) -> &Interface {
        self.pool.interface()
    }

    /// Asks the authorizer.
    pub async fn authorize(
        &self,
        request: AuthorizationRequest<'_>,
    ) -> Result<Authorization, AuthorizerError> {
        let call = self.calls.begin()?;
        let outcome = authorizer::authorize(&self.pool, request).await;
        call.end(&outcome);
        outcome
    }

    /// Passes a request through the request transform.
    pub async fn on_request(
        &self,
        request: TransformRequest<'_>,
    ) -> Result<RequestOutcome, CallFault> {
        let Some(call) = self.calls.begin_transform()? else {
            return Ok(RequestOutcome::Unchanged);
        };
        let outcome = request_transform::on_request(&self.pool, request).await;
        call.end(&outcome);
        outcome
    }

    /// Passes a response through the response transform.
    pub async fn on_response(
        &self,
        response: TransformResponse<'_>,
    ) -> Result<ResponseOutcome, CallFault> {
        let Some(call) = self.calls.begin_transform()? else {
            return Ok(ResponseOutcome::Unchanged);
        };
        let outcome = response_transform::on_response(&self.pool, response).await;
        call.end(&outcome);
        outcome
    }

    /// Invokes the event function with an event in JSON; the result is JSON as well.
    pub async fn invoke(
        &self,
        event: &[u8],
        invocation: Invocation<'_>,
    ) -> Result<Bytes, InvocationError> {
        let call = self.calls.begin()?;
        let outcome = event_function::invoke(&self.pool, event, invocation).await;
        call.end(&outcome);
        outcome
    }

    /// The most memory, in bytes, that an instance of this version of the function ever had.
    pub fn memory_bytes_max(&self) -> u64 {
        self.pool.blueprint().template.facts.stats.memory_bytes_max()
    }

    /// Lets the HTTP handler answer a request, whose URI has scheme and authority. All of it, with
    /// both bodies, takes at most the timeout, or the function's own if that is shorter.
    pub fn serve<'a>(
        &'a self,
        request: http::Request<RequestBody>,
        invocation: Invocation<'a>,
    ) -> Serving<'a> {
        http_handler::serve(&self.pool, self.calls.begin(), request, invocation)
    }
}

impl fmt::Debug for LoadedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedPlugin")
            .field("digest", &self.digest)
            .field("interface", self.interface())
            .finish_non_exhaustive()
    }
}
