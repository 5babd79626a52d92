//! Headers of a Lambda event: in the letter case of the client, with what the gateway adds.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use http::{HeaderMap, HeaderName, header};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::header_rules;
use crate::request::Request;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The headers of one event, read twice: as single and as multiple values.
pub(super) struct EventHeaders<'a> {
    headers: &'a HeaderMap,
    /// Names as the client wrote them, sorted without case.
    cased_names: Vec<&'a str>,
    added: [(&'static str, Cow<'a, str>); 5],
}

impl<'a> EventHeaders<'a> {
    pub(super) fn shared(request: &'a Request<'a>, headers: &'a HeaderMap) -> Rc<Self> {
        let mut cased_names = request.cased_headers.names();
        cased_names.sort_unstable_by(|a, b| compare(a, b));
        let added = [
            ("Host", Cow::from(request.authority)),
            ("X-Amzn-Trace-Id", request.trace_id().into()),
            ("X-Forwarded-For", forwarded_for(request, headers).into()),
            ("X-Forwarded-Port", request.local_port.to_string().into()),
            ("X-Forwarded-Proto", request.scheme.as_str().into()),
        ];
        Rc::new(Self { headers, cased_names, added })
    }

    /// The names that the event shows of what the client sent.
    fn names(&self) -> impl Iterator<Item = &'a HeaderName> {
        self.headers.keys().filter(|name| {
            let is_replaced = [
                header::HOST,
                X_AMZN_TRACE_ID,
                X_FORWARDED_FOR,
                X_FORWARDED_PORT,
                X_FORWARDED_PROTO,
            ]
            .contains(name);
            !is_replaced && !header_rules::is_hidden(name)
        })
    }

    /// AWS canonicalises these two and keeps the client's letter case of the others.
    fn cased<'n>(&'n self, name: &'n HeaderName) -> &'n str {
        if name == header::AUTHORIZATION {
            return "Authorization";
        }
        if name == header::USER_AGENT {
            return "User-Agent";
        }
        let found = self.cased_names.binary_search_by(|known| compare(known, name.as_str()));
        found.map_or(name.as_str(), |index| self.cased_names[index])
    }

    fn values(&self, name: &HeaderName) -> impl Iterator<Item = Cow<'a, str>> {
        let values = self.headers.get_all(name).into_iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}

/// Names and last values, as an event has them.
pub(crate) fn single_values<'a>(
    request: &'a Request<'a>,
    headers: &'a HeaderMap,
) -> Vec<(String, Cow<'a, str>)> {
    let headers = EventHeaders::shared(request, headers);
    let sent = headers
        .names()
        .filter_map(|name| Some((headers.cased(name).to_owned(), headers.values(name).last()?)));
    let added = headers.added.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    sent.chain(added).collect()
}

/// `X-Forwarded-For`: who is said to have asked, and after them who did.
pub(crate) fn forwarded_for(request: &Request<'_>, headers: &HeaderMap) -> String {
    let peer = request.peer_ip.to_string();
    let chain = headers.get_all(X_FORWARDED_FOR).into_iter();
    let chain = chain.map(|value| String::from_utf8_lossy(value.as_bytes()));
    chain.chain([Cow::from(peer)]).collect::<Vec<_>>().join(", ")
}

/// Without letter case.
fn compare(a: &str, b: &str) -> Ordering {
    let left = a.bytes().map(|byte| byte.to_ascii_lowercase());
    left.cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// `headers`: the last value of each.
pub(super) struct SingleValueHeaders<'a>(pub(super) Rc<EventHeaders<'a>>);

impl Serialize for SingleValueHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let headers = &self.0;
        let mut map = serializer.serialize_map(None)?;
        for name in headers.names() {
            map.serialize_entry(headers.cased(name), &headers.values(name).last())?;
        }
        for (name, value) in &headers.added {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// `multiValueHeaders`
pub(super) struct MultiValueHeaders<'a>(pub(super) Rc<EventHeaders<'a>>);

impl Serialize for MultiValueHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let headers = &self.0;
        let mut map = serializer.serialize_map(None)?;
        for name in headers.names() {
            let values: Vec<Cow<'_, str>> = headers.values(name).collect();
            map.serialize_entry(headers.cased(name), &values)?;
        }
        for (name, value) in &headers.added {
            map.serialize_entry(name, &[value])?;
        }
        map.end()
    }
}
