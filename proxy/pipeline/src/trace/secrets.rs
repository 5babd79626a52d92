//! What of a request nobody may read who may read its trace.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use model::{AuthorizerKind, IdentitySource, MethodAuthorization};

use crate::exchange::Exchange;
use crate::query;
use crate::request::Request;

/// What stands for a secret.
pub(super) const CONCEALED: &str = "[CONCEALED]";

/// Headers that hold secrets, whatever the API says.
const HEADERS: [HeaderName; 6] = [
    AUTHORIZATION,
    COOKIE,
    PROXY_AUTHORIZATION,
    SET_COOKIE,
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-api-key"),
];

/// Query parameters that hold secrets, in lower case.
const PARAMETERS: [&str; 6] =
    ["access_token", "api_key", "apikey", "token", "x-amz-security-token", "x-amz-signature"];

/// A shorter one is concealed where it was sent, but not wherever the same letters stand.
const BYTES_MIN: usize = 6;

/// Parts of one header that are looked for by themselves: all of them are concealed with the header.
const PARTS_MAX: usize = 64;

/// The secrets of one request.
#[derive(Debug)]
pub(super) struct Secrets {
    headers: Vec<HeaderName>,
    /// Every form that they may stand in; the longest first, for one may be a part of another.
    values: Vec<String>,
    /// What was learnt on the way.
    late: Mutex<Vec<String>>,
}

impl Secrets {
    /// Those of what every API takes secrets from, and of what the method's authorizer does.
    pub(super) fn of(request: &Request<'_>, exchange: &Exchange<'_>) -> Self {
        let mut headers = HEADERS.to_vec();
        let mut parameters: Vec<&str> = PARAMETERS.to_vec();
        let authorizers = &exchange.stage.deployment.api().authorizers;
        match &exchange.method.authorization {
            MethodAuthorization::AwsIam | MethodAuthorization::None => {}
            MethodAuthorization::Custom(index) => match &authorizers[index.0].kind {
                AuthorizerKind::Request { identity_sources } => {
                    for source in identity_sources {
                        match source {
                            IdentitySource::Header(name) => headers.push(name.clone()),
                            IdentitySource::Query(name) => parameters.push(name),
                            IdentitySource::Context(_) | IdentitySource::StageVariable(_) => {}
                        }
                    }
                }
                AuthorizerKind::Token { header, .. } => headers.push(header.clone()),
            },
            MethodAuthorization::Jwt(jwt) => headers.push(jwt.authorizer.header.clone()),
        }
        let mut values = BTreeSet::new();
        for name in &headers {
            for value in request.headers.get_all(name) {
                let value = String::from_utf8_lossy(value.as_bytes());
                parts(&value).take(PARTS_MAX).for_each(|part| add(&mut values, part));
                add(&mut values, &value);
            }
        }
        for sent in request.query.unwrap_or_default().split(['&', ';']) {
            for (name, value) in query::parse(Some(sent)) {
                if parameters.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                    add(&mut values, &value);
                    // As it was sent: upstreams may get it so.
                    add(&mut values, sent.split_once('=').map_or("", |(_, value)| value));
                }
            }
        }
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { headers, values, late: Mutex::default() }
    }

    pub(super) fn is_header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name)
    }

    /// Of the longest.
    pub(super) fn bytes_max(&self) -> usize {
        self.values.first().map_or(0, String::len)
    }

    /// Adds one that the request did not bring.
    pub(super) fn add(&self, secret: &str) {
        let mut values = BTreeSet::new();
        add(&mut values, secret);
        self.late().extend(values);
    }

    /// Adds the cookies that a response sets.
    pub(super) fn add_cookies(&self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = String::from_utf8_lossy(cookie.as_bytes());
            let pair = cookie.split(';').next().unwrap_or_default();
            self.add(pair.split_once('=').map_or(pair, |(_, value)| value));
        }
    }

    fn late(&self) -> MutexGuard<'_, Vec<String>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn conceal(&self, text: &mut String) {
        for secret in self.values.iter().chain(&*self.late()) {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), CONCEALED);
            }
        }
    }
}

/// What a value is made of: the token of `Bearer token`, the values of cookies.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split([' ', ';', ',']).flat_map(|part| {
        let cookie = part.split_once('=').map(|(_, value)| value);
        [Some(part), cookie].into_iter().flatten()
    })
}

/// As it is, as it stands in JSON, and as it stands in a URI.
fn add(values: &mut BTreeSet<String>, secret: &str) {
    if secret.len() < BYTES_MIN {
        return;
    }
    let json = serde_json::Value::from(secret).to_string();
    let form = form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let segment: String = query::encode_segment(secret).collect();
    let json = &json[1..json.len() - 1];
    let forms = [Cow::from(secret), json.into(), form.into(), segment.into()];
    values.extend(forms.into_iter().map(Cow::into_owned));
}
