//! The log of one test, in the words of AWS's execution log.
//!
//! Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs", and logs as
//! recorded from AWS.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use control::TestInvocation;
use http::HeaderName;
use model::{AuthorizerKind, CallFault, InvocationError, MethodAuthorization};
use pipeline::{Record, Response};

use super::sent::Sent;
use crate::clock::Clock;

/// What a line says at most; recorded.
const LINE_CHARACTERS_MAX: usize = 998;

const TRUNCATED: &str = " [TRUNCATED]";

/// Headers whose value is a secret: only its end is shown.
const SECRET: [&str; 2] = ["authorization", "x-api-key"];

/// Of a secret.
const SHOWN_CHARACTERS: usize = 6;

/// Lines, each with its date.
pub(super) struct ExecutionLog(Mutex<String>);

/// What an integration answered.
pub(super) struct Received<'a> {
    pub(super) status: u16,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
    pub(super) latency: Duration,
}

impl ExecutionLog {
    pub(super) fn begin(request_id: &str) -> Self {
        Self(Mutex::new(format!("Execution log for request {request_id}\n")))
    }

    pub(super) fn into_text(self) -> String {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn method_called(&self, test: &TestInvocation, sent: &Sent) {
        let path = test.path_and_query.path();
        self.line(format_args!("Starting execution for request: {}", sent.request_id()));
        self.line(format_args!("HTTP Method: {}, Resource Path: {path}", test.verb.as_str()));
        let has_key = test.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-api-key"));
        self.line(format_args!("API Key: {}", if has_key { "****" } else { "" }));
        let routed = test.deployment.route(path, test.verb);
        let values = routed.iter().flat_map(|(resource, _, routed)| {
            let values = routed.values.of(&resource.path, path);
            values.map(|(name, value)| (name.to_owned(), value.to_owned()))
        });
        self.line(format_args!("Method request path: {}", map(values)));
        let query = test.path_and_query.query().unwrap_or_default();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned();
        self.line(format_args!("Method request query string: {}", map(query)));
        let headers =
            test.headers.iter().map(|(name, value)| (name.clone(), super::text(value.as_bytes())));
        self.line(format_args!("Method request headers: {}", map(headers)));
        self.body("Method request body before transformations", &test.body);
    }

    pub(super) fn method_done(
        &self,
        record: &Record,
        response: &Response,
        headers: &[(String, String)],
    ) {
        let status = response.status.as_u16();
        match &record.error {
            Some(error) => {
                match error.cause.strip_prefix("Execution failed") {
                    Some(_) => self.line(format_args!("{}", error.cause)),
                    None => self.line(format_args!("Execution failed: {}", error.cause)),
                }
                let kind = error.response_type;
                self.line(format_args!("Gateway response type: {kind} with status code: {status}"));
                self.body("Gateway response body", &response.body);
                self.headers("Gateway response headers", headers);
            }
            None => {
                self.body("Method response body after transformations", &response.body);
                self.headers("Method response headers", headers);
                self.line(format_args!("Successfully completed execution"));
            }
        }
        self.line(format_args!("Method completed with status: {status}"));
    }

    pub(super) fn authorizer_called(&self, test: &TestInvocation, sent: &Sent) {
        let Some((id, header)) = authorizer(test) else { return };
        let request_id = sent.request_id();
        self.line(format_args!("Starting authorizer: {id} for request: {request_id}"));
        if let Some(header) = header {
            let is_token = |(name, _): &&(String, _)| name.eq_ignore_ascii_case(header.as_str());
            let token = test.headers.iter().find(is_token);
            let token = token.map(|(_, value)| super::text(value.as_bytes())).unwrap_or_default();
            self.line(format_args!("Incoming identity: {}", concealed(&token)));
        }
    }

    pub(super) fn authorizer_done(&self, record: &Record, request_id: &str) {
        match (&record.principal_id, &record.error) {
            (None, None) if record.claims().is_some() => {
                self.line(format_args!("Successfully completed authorizer execution"));
            }
            (Some(principal_id), _) => {
                let principal_id = concealed(principal_id);
                self.line(format_args!(
                    "Using valid authorizer policy for principal: {principal_id}"
                ));
                self.line(format_args!("Successfully completed authorizer execution"));
            }
            (None, Some(error)) if error.response_type == "UNAUTHORIZED" => {
                self.line(format_args!("Unauthorized request: {request_id}"));
            }
            (None, error) => {
                let cause = error.as_ref().map(|error| error.cause.as_str()).unwrap_or_default();
                self.line(format_args!("Execution failed due to configuration error: {cause}"));
            }
        }
    }

    pub(super) fn authorizer_answered(&self, result: &[u8]) {
        self.body("Authorizer result body before parsing", result);
    }

    pub(super) fn endpoint_called(&self, uri: &str, headers: &[(String, String)], body: &[u8]) {
        self.line(format_args!("Endpoint request URI: {uri}"));
        self.headers("Endpoint request headers", headers);
        self.body("Endpoint request body after transformations", body);
        self.line(format_args!("Sending request to {uri}"));
    }

    pub(super) fn endpoint_answered(&self, received: &Received<'_>) {
        let (status, latency) = (received.status, received.latency.as_millis());
        self.line(format_args!(
            "Received response. Status: {status}, Integration latency: {latency} ms"
        ));
        self.headers("Endpoint response headers", received.headers);
        self.body("Endpoint response body before transformations", received.body);
    }

    pub(super) fn function_failed(&self, error: &InvocationError, request_id: &str) {
        match error {
            InvocationError::Fault(CallFault::NoInstance(_) | CallFault::Quarantined) => {
                self.line(format_args!(
                    "Lambda invocation failed with status: 429. Lambda request id: {request_id}"
                ));
            }
            error => self.line(format_args!(
                "Lambda execution failed with status 200 due to customer function error: {error}. \
                 Lambda request id: {request_id}"
            )),
        }
    }

    fn headers(&self, what: &str, headers: &[(String, String)]) {
        self.line(format_args!("{what}: {}", map(headers.iter().cloned())));
    }

    /// No more of it than fits.
    fn body(&self, what: &str, body: &[u8]) {
        const BYTES_PER_CHARACTER_MAX: usize = 4;
        let end = body.len().min((LINE_CHARACTERS_MAX + 1) * BYTES_PER_CHARACTER_MAX);
        self.line(format_args!("{what}: {}", String::from_utf8_lossy(&body[..end])));
    }

    fn line(&self, text: std::fmt::Arguments<'_>) {
        let millis = i64::try_from(Clock::epoch_millis()).unwrap_or(i64::MAX);
        let date = DateTime::from_timestamp_millis(millis).unwrap_or_default();
        let date = date.format("%a %b %d %H:%M:%S UTC %Y");
        let mut text = text.to_string();
        if let Some((end, _)) = text.char_indices().nth(LINE_CHARACTERS_MAX) {
            text.truncate(end);
            text += TRUNCATED;
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Text takes whatever is written to it.
        let _ = writeln!(lines, "{date} : {text}");
    }
}

/// The id of what is tested, and the header that it looks at, if it is one.
fn authorizer(test: &TestInvocation) -> Option<(&str, Option<&HeaderName>)> {
    let api = test.deployment.api();
    match &api.resources.first()?.methods.first()?.authorization {
        MethodAuthorization::Custom(index) => {
            let authorizer = &api.authorizers[index.0];
            let header = match &authorizer.kind {
                AuthorizerKind::Request { .. } => None,
                AuthorizerKind::Token { header, .. } => Some(header),
            };
            Some((authorizer.id.as_str(), header))
        }
        MethodAuthorization::Jwt(jwt) => {
            Some((jwt.authorizer.id.as_str(), Some(&jwt.authorizer.header)))
        }
        MethodAuthorization::AwsIam | MethodAuthorization::None => None,
    }
}

/// As Java prints a map: `{a=1, b=2}`. The last of several values stands for them.
fn map(pairs: impl IntoIterator<Item = (String, String)>) -> String {
    let mut entries: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        let is_secret = SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret));
        let value = if is_secret { concealed(&value) } else { value };
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => entries.push((name, value)),
        }
    }
    let entries: Vec<String> =
        entries.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// Asterisks for all but the end.
fn concealed(secret: &str) -> String {
    let hidden = secret.chars().count().saturating_sub(SHOWN_CHARACTERS);
    let shown = if hidden == 0 { "" } else { secret };
    let hidden = if hidden == 0 { secret.chars().count() } else { hidden };
    "*".repeat(hidden).chars().chain(shown.chars().skip(hidden)).collect()
}

#[cfg(test)]
mod tests {
    use super::{ExecutionLog, concealed, map};

    #[test]
    fn secrets_show_their_end_alone() {
        assert_eq!(concealed("Bearer 0123456789"), "***********456789");
        assert_eq!(concealed("abcdef"), "******");
        assert_eq!(concealed(""), "");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [pair("X-API-Key", "secret-key"), pair("a", "1"), pair("a", "2")];
        assert_eq!(map(headers), "{X-API-Key=****et-key, a=2}");
    }

    #[test]
    fn a_line_ends() {
        let log = ExecutionLog::begin("id");
        log.body("body", "ž".repeat(2_000).as_bytes());
        let text = log.into_text();
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, "Execution log for request id");
        let (date, line) = rest.split_once(" : ").unwrap();
        assert!(date.contains(" UTC 20"), "{date}");
        assert_eq!(line, format!("body: {} [TRUNCATED]\n", "ž".repeat(992)));
    }
}
