//! What clients are told of their limits, where the API wants it: which there are, what is left, and
//! when to come again.
//!
//! Source: draft-ietf-httpapi-ratelimit-headers-10. AWS tells nothing.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The limits of one request, in the order in which they were looked at.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    policies: Vec<String>,
    limits: Vec<String>,
    retry_in: Option<Duration>,
}

/// One limit, as it is after the request.
pub(crate) struct RateLimit {
    /// What it is a limit of.
    pub(crate) name: &'static str,
    /// Requests of a window.
    pub(crate) quota: u64,
    /// None if the window never ends.
    pub(crate) window: Option<Duration>,
    pub(crate) remaining: u64,
    /// Until there is more; none if there never is.
    pub(crate) reset: Option<Duration>,
}

impl RateLimits {
    pub(crate) fn add(&mut self, limit: &RateLimit) {
        let RateLimit { name, quota, window, remaining, reset } = limit;
        let parameter = |key: &str, time: &Option<Duration>| {
            time.map(|time| format!(";{key}={}", seconds(time))).unwrap_or_default()
        };
        self.policies.push(format!("\"{name}\";q={quota}{}", parameter("w", window)));
        self.limits.push(format!("\"{name}\";r={remaining}{}", parameter("t", reset)));
    }

    /// The last one is why the request is refused.
    pub(crate) fn refuse(&mut self, limit: &RateLimit) {
        self.add(limit);
        self.retry_in = limit.reset;
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut insert = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        if !self.policies.is_empty() {
            insert(POLICY, self.policies.join(", "));
            insert(LIMIT, self.limits.join(", "));
        }
        if let Some(time) = self.retry_in {
            insert(RETRY_AFTER, seconds(time).to_string());
        }
        headers
    }
}

/// Rounded up: who comes after that time finds what was promised.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(0 < time.subsec_nanos())
}
