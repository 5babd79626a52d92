//! What crosses between the pipeline and a plugin: the records of `wit/`, as Rust values.
//!
//! Requests borrow from the exchange; answers are owned. Neither side's bindings are named here.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{ApiKeyValue, LogTail};

/// Where a request stands (`request-context`).
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// Of the gateway.
    pub account_id: &'a str,
    /// Of the API.
    pub api_id: &'a str,
    /// Of the stage.
    pub stage: &'a str,
    /// `x-amzn-RequestId`
    pub request_id: &'a str,
    /// `/pets/{id}`
    pub resource_path: &'a str,
    /// Of the TCP peer.
    pub source_ip: &'a str,
    /// The `Host`, without its port.
    pub domain_name: &'a str,
    /// `HTTP/1.1`
    pub protocol: &'a str,
    /// Milliseconds.
    pub request_time_epoch: u64,
    /// Of the stage.
    pub stage_variables: &'a [(String, String)],
    /// What the authorizer said.
    pub principal_id: Option<&'a str>,
    /// What the authorizer said, as text.
    pub authorizer_context: &'a [(String, String)],
    /// Where what this call logs goes as well. It is no part of what the plugin learns.
    pub log: Option<&'a LogTail>,
}

/// The request line and headers (`request-head`). The host lowers what the plugin needs.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// `GET`
    pub method: &'a str,
    /// Without stage and query, as sent.
    pub path: &'a str,
    /// As sent.
    pub path_parameters: &'a [(&'a str, &'a str)],
    /// Decoded; empty unless the plugin needs it.
    pub query: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// Every one.
    pub headers: &'a HeaderMap,
}

/// `authorization-request`
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// Of a TOKEN authorizer.
    pub token: Option<&'a str>,
    /// `arn:aws:execute-api:...`
    pub method_arn: &'a str,
    /// The request.
    pub head: RequestHead<'a>,
    /// Where it stands.
    pub context: CallContext<'a>,
}

/// `authorization`
#[derive(Clone, Debug, PartialEq)]
pub struct Authorization {
    /// Not empty.
    pub principal_id: String,
    /// What the caller may do.
    pub policy: AuthorizationPolicy,
    /// For the integration.
    pub context: Vec<ContextEntry>,
    /// The API key of the caller.
    pub usage_identifier_key: Option<ApiKeyValue>,
}

/// `policy`
#[derive(Clone, Debug, PartialEq)]
pub enum AuthorizationPolicy {
    /// Every method of the stage.
    Allow,
    /// Methods whose ARN matches one of these patterns.
    AllowMethods(Vec<String>),
    /// Nothing.
    Deny,
    /// An IAM policy document.
    Document(String),
}

/// `context-entry`
#[derive(Clone, Debug, PartialEq)]
pub struct ContextEntry {
    /// The key.
    pub name: String,
    /// The value.
    pub value: ContextValue,
}

/// `context-value`
#[derive(Clone, Debug, PartialEq)]
pub enum ContextValue {
    /// `true` or `false`
    Boolean(bool),
    /// A number; finite.
    Number(f64),
    /// A string.
    Text(String),
}

/// Why a typed authorizer gave no authorization.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AuthorizerError {
    /// It said so: 401.
    #[error("the authorizer refused the credentials")]
    Unauthorized,
    /// It cannot decide, or it broke: 500.
    #[error(transparent)]
    Fault(#[from] CallFault),
}

/// `transform-request`
#[derive(Clone, Copy, Debug)]
pub struct TransformRequest<'a> {
    /// The request as it is by now.
    pub head: RequestHead<'a>,
    /// Where it stands.
    pub context: CallContext<'a>,
    /// None unless the plugin needs it.
    pub body: Option<&'a [u8]>,
}

/// `request-outcome`
#[derive(Clone, Debug, PartialEq)]
pub enum RequestOutcome {
    /// Change this.
    Patch(RequestPatch),
    /// Answer this in place of the integration.
    Respond(ImmediateResponse),
    /// Go on.
    Unchanged,
}

/// `request-patch`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestPatch {
    /// In order.
    pub headers: Vec<HeaderOperation>,
    /// In order.
    pub query: Vec<QueryOperation>,
    /// A new body.
    pub body: Option<Bytes>,
}

/// `immediate-response`
#[derive(Clone, Debug, PartialEq)]
pub struct ImmediateResponse {
    /// 200 to 599.
    pub status: StatusCode,
    /// Without those that frame the message.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// `header-operation`, on a header that a plugin may change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeaderOperation {
    /// Adds a value.
    Append(HeaderName, HeaderValue),
    /// Drops every value.
    Remove(HeaderName),
    /// Replaces every value.
    Set(HeaderName, HeaderValue),
}

impl HeaderOperation {
    /// Changes a header block.
    pub fn apply(&self, headers: &mut HeaderMap) {
        match self {
            Self::Append(name, value) => {
                headers.append(name, value.clone());
            }
            Self::Remove(name) => {
                headers.remove(name);
            }
            Self::Set(name, value) => {
                headers.insert(name, value.clone());
            }
        }
    }
}

/// `query-operation`
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum QueryOperation {
    /// Adds a value.
    Append(String, String),
    /// Drops every value.
    Remove(String),
    /// Replaces every value.
    Set(String, String),
}

/// `transform-response`
#[derive(Clone, Copy, Debug)]
pub struct TransformResponse<'a> {
    /// As it is by now.
    pub status: StatusCode,
    /// Every one. The host lowers what the plugin needs.
    pub headers: &'a HeaderMap,
    /// Where the request stands.
    pub context: CallContext<'a>,
    /// None unless the plugin needs it.
    pub body: Option<&'a [u8]>,
}

/// `response-outcome`
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseOutcome {
    /// Change this.
    Patch(ResponsePatch),
    /// Go on.
    Unchanged,
}

/// `response-patch`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponsePatch {
    /// 200 to 599.
    pub status: Option<StatusCode>,
    /// In order.
    pub headers: Vec<HeaderOperation>,
    /// A new body.
    pub body: Option<Bytes>,
}

/// One call of a function (`invocation`; the host adds what it knows of the function).
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// Of this invocation: a UUID.
    pub request_id: &'a str,
    /// `X-Amzn-Trace-Id`
    pub trace_id: Option<&'a str>,
    /// What the caller waits at most; the function's own timeout may be shorter.
    pub timeout: Duration,
    /// Where what this call logs goes as well.
    pub log: Option<&'a LogTail>,
}

/// Why an event function gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvocationError {
    /// It broke, or the host could not run it.
    #[error(transparent)]
    Fault(#[from] CallFault),
    /// It returned an error: Lambda's `FunctionError: Handled`.
    #[error("the function returned an error: {0}")]
    Function(FunctionError),
}

impl InvocationError {
    /// What Lambda answers for it, in the words of its runtimes: a JSON object. None if the function was
    /// not called at all.
    pub fn payload(&self, request_id: &str) -> Option<String> {
        let failed = |error_type: &str, problem: String| {
            serde_json::json!({
                "errorType": error_type,
                "errorMessage": format!("RequestId: {request_id} Error: {problem}"),
            })
        };
        let fault = match self {
            Self::Function(error) => {
                let payload = serde_json::json!({
                    "errorMessage": error.error_message,
                    "errorType": error.error_type,
                    "requestId": request_id,
                    "stackTrace": error.stack_trace,
                });
                return Some(payload.to_string());
            }
            Self::Fault(fault) => fault,
        };
        let payload = match fault {
            CallFault::TimedOut(limit) => failed(
                "Sandbox.Timedout",
                format!("Task timed out after {:.2} seconds", limit.as_secs_f64()),
            ),
            CallFault::MemoryExceeded { .. } => failed("Runtime.OutOfMemory", fault.to_string()),
            CallFault::CpuTimeExceeded(_) | CallFault::Trapped(_) => {
                failed("Runtime.ExitError", fault.to_string())
            }
            CallFault::Failed(_) | CallFault::InvalidAnswer(_) => {
                failed("Runtime.InvalidResponse", fault.to_string())
            }
            CallFault::NoInstance(_) | CallFault::Quarantined => return None,
        };
        Some(payload.to_string())
    }
}

/// `function-error`
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FunctionError {
    /// `errorType`
    pub error_type: String,
    /// `errorMessage`
    pub error_message: String,
    /// `stackTrace`
    pub stack_trace: Vec<String>,
}

impl std::fmt::Display for FunctionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error_type, self.error_message)
    }
}

/// The head of a response of an HTTP handler.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerResponseHead {
    /// 200 to 599.
    pub status: StatusCode,
    /// As the handler gave them, but for `Content-Length`.
    pub headers: HeaderMap,
    /// `Content-Length`: a body of another length is a fault.
    pub body_bytes: Option<u64>,
}

/// How a plugin broke a call. It costs that call and that instance; the text is for the log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CallFault {
    /// It kept a processor busy for longer than it may.
    #[error("the plugin used more than its {} ms of processor time", .0.as_millis())]
    CpuTimeExceeded(Duration),
    /// The plugin returned an error of its own.
    #[error("the plugin failed: {0}")]
    Failed(String),
    /// The answer is not one that the contract allows.
    #[error("the plugin answered what is not allowed: {0}")]
    InvalidAnswer(String),
    /// It wanted more memory than it was given.
    #[error("the plugin exceeded its memory of {megabytes} MB")]
    MemoryExceeded {
        /// `MemorySize`
        megabytes: u32,
    },
    /// No instance could be made or became free.
    #[error("no instance of the plugin is available: {0}")]
    NoInstance(String),
    /// It broke too often and is not called for a while.
    #[error("the plugin is in quarantine: it broke too often")]
    Quarantined,
    /// It ran for longer than it may.
    #[error("the plugin did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It trapped.
    #[error("the plugin trapped: {0}")]
    Trapped(String),
}
