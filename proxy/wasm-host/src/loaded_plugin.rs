//! A component that can be called, as whatever it exports.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use model::{
    Authorization, AuthorizationRequest, AuthorizerError, CallFault, Digest, Interface, Invocation,
    InvocationError, RequestOutcome, ResponseOutcome, TransformRequest, TransformResponse,
};

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
    pool: Pool,
    /// No deadline without epochs, whoever drops the host.
    _ticker: Arc<Ticker>,
}

impl LoadedPlugin {
    pub(crate) fn new(digest: Digest, pool: Pool, ticker: Arc<Ticker>) -> Self {
        Self { digest, pool, _ticker: ticker }
    }

    /// Of the component's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
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
        authorizer::authorize(&self.pool, request).await
    }

    /// Passes a request through the request transform.
    pub async fn on_request(
        &self,
        request: TransformRequest<'_>,
    ) -> Result<RequestOutcome, CallFault> {
        request_transform::on_request(&self.pool, request).await
    }

    /// Passes a response through the response transform.
    pub async fn on_response(
        &self,
        response: TransformResponse<'_>,
    ) -> Result<ResponseOutcome, CallFault> {
        response_transform::on_response(&self.pool, response).await
    }

    /// Invokes the event function with an event in JSON; the result is JSON as well.
    pub async fn invoke(
        &self,
        event: &[u8],
        invocation: Invocation<'_>,
    ) -> Result<Bytes, InvocationError> {
        event_function::invoke(&self.pool, event, invocation).await
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
