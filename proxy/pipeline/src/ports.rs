//! The outside things that the pipeline needs, as traits that the shell implements.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jwt::KeySet;
use model::{
    Authorization, AuthorizationRequest, AuthorizerError, CallFault, HandlerResponseHead,
    Invocation, InvocationError, Issuer, PluginSlot, RequestOutcome, ResponseOutcome,
    TransformRequest, TransformResponse,
};

use crate::outgoing::UpstreamHead;
use crate::{AuthorizerCache, Limiter, ResponseCache, TokenCache};

/// A future behind a port: one allocation for each outbound call.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything outside, for one request.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The components of the snapshot.
    pub plugins: &'a dyn Plugins,
    /// HTTP servers.
    pub upstreams: &'a dyn Upstreams,
    /// Time and randomness.
    pub ambient: &'a dyn Ambient,
    /// What authorizers decided before.
    pub authorizer_cache: &'a AuthorizerCache,
    /// What was spent and used.
    pub limiter: &'a Limiter,
    /// Responses that are kept for other requests.
    pub response_cache: &'a ResponseCache,
    /// The keys that tokens are verified by.
    pub issuer_keys: &'a dyn IssuerKeys,
    /// What was verified before.
    pub token_cache: &'a TokenCache,
}

/// The keys of issuers: fetched when they are needed, and kept.
pub trait IssuerKeys: Send + Sync {
    /// Those that are known. Keys that did not change are the same value.
    fn known(&self, issuer: &Issuer) -> Option<Arc<KeySet>>;

    /// Asks the issuer for its keys, unless others than `known` are there or it was asked a moment ago. What is
    /// known then; none if nothing is.
    fn fetch<'a>(
        &'a self,
        issuer: &'a Arc<Issuer>,
        known: Option<&'a Arc<KeySet>>,
    ) -> BoxFuture<'a, Option<Arc<KeySet>>>;
}

/// Calls plugins, each within its limits.
pub trait Plugins: Send + Sync {
    /// Calls a typed authorizer.
    fn authorize<'a>(
        &'a self,
        plugin: PluginSlot,
        request: AuthorizationRequest<'a>,
    ) -> BoxFuture<'a, Result<Authorization, AuthorizerError>>;

    /// Calls an event function; the result is the JSON it returned.
    fn invoke<'a>(
        &'a self,
        plugin: PluginSlot,
        event: &'a [u8],
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<Bytes, InvocationError>>;

    /// Calls an event function some time after this returns; nobody learns what it returned. Its own
    /// timeout alone bounds it.
    ///
    /// # Errors
    /// When no more events may wait.
    fn invoke_later(
        &self,
        plugin: PluginSlot,
        event: Bytes,
        request_id: &str,
        trace_id: &str,
    ) -> Result<(), CallFault>;

    /// Calls a request transform.
    fn on_request<'a>(
        &'a self,
        plugin: PluginSlot,
        request: TransformRequest<'a>,
    ) -> BoxFuture<'a, Result<RequestOutcome, CallFault>>;

    /// Calls an HTTP handler with a whole request, whose URI has scheme and authority, for its whole
    /// response.
    fn serve<'a>(
        &'a self,
        plugin: PluginSlot,
        request: http::Request<Bytes>,
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<(HandlerResponseHead, Bytes), CallFault>>;

    /// Calls a response transform.
    fn on_response<'a>(
        &'a self,
        plugin: PluginSlot,
        response: TransformResponse<'a>,
    ) -> BoxFuture<'a, Result<ResponseOutcome, CallFault>>;
}

/// Sends a whole request and reads a whole response.
pub trait Upstreams: Send + Sync {
    /// Within `head.timeout`, and a response body of at most [`model::BODY_BYTES_MAX`].
    fn send<'a>(
        &'a self,
        head: &'a UpstreamHead,
        body: Bytes,
    ) -> BoxFuture<'a, Result<UpstreamResponse, UpstreamError>>;
}

/// What an upstream answered.
#[derive(Clone, Debug)]
pub struct UpstreamResponse {
    /// 200 to 599.
    pub status: StatusCode,
    /// As received.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why an upstream gave no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UpstreamError {
    /// No connection could be made, or it broke: the text is for the log.
    Network(String),
    /// Not within the integration's timeout.
    TimedOut,
    /// The body is larger than may be held.
    TooLarge,
}

/// The body of the client's request, read at most once.
pub trait RequestBody: Send {
    /// Whether there is none, as far as the head tells.
    fn is_empty(&mut self) -> bool;

    /// All of it, at most `bytes_max`.
    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, Result<Bytes, BodyError>>;
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyError {
    /// The client left, or sent what is not HTTP.
    ClientGone,
    /// It is larger than asked for.
    TooLarge,
}

/// Time and randomness.
pub trait Ambient: Send + Sync {
    /// Time since a fixed moment of this process; never goes back.
    fn now(&self) -> Duration;

    /// Drawn evenly from 0 to below 100.
    fn percent(&self) -> f64;

    /// A random UUID (version 4) as text.
    fn uuid(&self) -> String;
}
