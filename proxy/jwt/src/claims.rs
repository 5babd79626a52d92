//! What a token claims (RFC 7519 section 4).

use serde_json::{Map, Value};

/// How far the clock of an issuer may be ahead of ours. The end of a token is its end.
const CLOCK_SKEW_SECONDS: f64 = 10.0;

/// The claims of a token.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

/// Why a token is not for now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidTime {
    /// `exp` is over.
    #[error("the token has expired")]
    Expired,
    /// There is no `exp`, or a time is no number.
    #[error("the token has no time at which it ends, or one that is no number")]
    Missing,
    /// `nbf` or `iat` is yet to come.
    #[error("the token is not valid yet")]
    NotYet,
}

impl Claims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Every one, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// One that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether there is a claim of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// `iss`
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `aud`: one or several.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        texts(self.0.get("aud"))
    }

    /// `scope`, with spaces between them, and `scp`, which may be a list.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let all = ["scope", "scp"].into_iter().flat_map(|name| texts(self.0.get(name)));
        all.flat_map(|text| text.split(' ')).filter(|scope| !scope.is_empty())
    }

    /// Whether it is valid at this time, in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check_time(&self, now_seconds: u64) -> Result<(), InvalidTime> {
        // Exact for every time to come.
        let now = now_seconds as f64;
        if self.time("exp")?.ok_or(InvalidTime::Missing)? <= now {
            return Err(InvalidTime::Expired);
        }
        for name in ["nbf", "iat"] {
            if self.time(name)?.is_some_and(|time| now + CLOCK_SKEW_SECONDS < time) {
                return Err(InvalidTime::NotYet);
            }
        }
        Ok(())
    }

    /// A `NumericDate`, which may have fractions.
    fn time(&self, name: &str) -> Result<Option<f64>, InvalidTime> {
        match self.0.get(name) {
            Some(value) => value.as_f64().map(Some).ok_or(InvalidTime::Missing),
            None => Ok(None),
        }
    }
}

/// A text, or those of a list.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, list) = match value {
        Some(Value::String(text)) => (Some(text.as_str()), None),
        Some(Value::Array(values)) => (None, Some(values)),
        _ => (None, None),
    };
    one.into_iter().chain(list.into_iter().flatten().filter_map(Value::as_str))
}
