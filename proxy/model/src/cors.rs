//! Cross-origin requests that browsers may make: what is added to the answers.
//!
//! Source: the Fetch standard, "CORS protocol". Preflight requests are answered by a method `OPTIONS`
//! of the resource, with what it says of methods and headers; what depends on the origin is here.

use http::{HeaderMap, HeaderValue, header};

/// Who may read the answers of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cors {
    /// Which pages.
    pub origins: AllowedOrigins,
    /// `Access-Control-Allow-Credentials: true`
    pub allows_credentials: bool,
    /// `Access-Control-Expose-Headers`
    pub expose_headers: Option<HeaderValue>,
}

/// Whose pages may read the answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AllowedOrigins {
    /// `*`
    Any,
    /// These. The answer names the one that asked.
    List(Vec<HeaderValue>),
}

impl Cors {
    /// The headers of the answer to a request with this `Origin`.
    pub fn headers(&self, origin: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let allowed = match &self.origins {
            AllowedOrigins::Any => HeaderValue::from_static("*"),
            AllowedOrigins::List(origins) => {
                // Also where it does not match: a cache must not give that answer to one that does.
                headers.insert(header::VARY, HeaderValue::from_static("Origin"));
                match origin.filter(|origin| origins.contains(origin)) {
                    Some(origin) => origin.clone(),
                    None => return headers,
                }
            }
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.allows_credentials {
            let allowed = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
        }
        if let Some(exposed) = &self.expose_headers {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(origins: AllowedOrigins, origin: Option<&'static str>, expected: &[(&str, &str)]) {
        let exposed = HeaderValue::from_static("X-A");
        let cors = Cors { origins, allows_credentials: true, expose_headers: Some(exposed) };
        let headers = cors.headers(origin.map(HeaderValue::from_static).as_ref());
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(headers, expected, "{origin:?}");
    }

    #[test]
    fn an_answer_names_the_origin_that_asked() {
        let list = || {
            let origins = ["https://a.example", "https://b.example"];
            AllowedOrigins::List(origins.map(HeaderValue::from_static).to_vec())
        };
        let named = |origin| {
            [
                ("vary", "Origin"),
                ("access-control-allow-origin", origin),
                ("access-control-allow-credentials", "true"),
                ("access-control-expose-headers", "X-A"),
            ]
        };
        check(list(), Some("https://a.example"), &named("https://a.example"));
        check(list(), Some("https://b.example"), &named("https://b.example"));
        check(list(), Some("https://c.example"), &[("vary", "Origin")]);
        check(list(), None, &[("vary", "Origin")]);
        check(AllowedOrigins::Any, None, &named("*")[1..]);
    }
}
