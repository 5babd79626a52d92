//! Which operation a method and a path ask for.

use axum::http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::operation::{Operation, Segment};
use crate::service::Service;

/// RFC 3986, section 2.3.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An operation, and the parameters of its path: wire names and decoded values.
pub(crate) struct Routed {
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: Vec<(&'static str, String)>,
}

impl Routed {
    /// The path as policies name it: however the client escaped it.
    pub(crate) fn path(&self) -> String {
        let mut parameters = self.parameters.iter();
        let mut value = || parameters.next().map_or("", |(_, value)| value.as_str());
        let segments = self.operation.path.iter().map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter(_) => format!("/{}", value()),
            // AWS names the tags of a resource by its ARN in one segment.
            Segment::Rest(_) => format!("/{}", utf8_percent_encode(value(), RESERVED)),
        });
        segments.collect()
    }
}

/// Finds the operation of a request, whose path is as it was sent.
pub(crate) fn route(verb: &Method, path: &str, query: &[(String, String)]) -> Option<Routed> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    // A signature does not tell `/a/./b` and `/a//b` from `/a/b`: they must not name another thing.
    let inner = segments.split_last().map_or(&[][..], |(_, inner)| inner);
    if segments.iter().any(|segment| is_dots(segment)) || inner.contains(&"") {
        return None;
    }
    let operations = Service::ALL.iter().flat_map(|service| &service.table().operations);
    let candidates = operations.filter(|operation| operation.verb == *verb);
    let matching = candidates.filter_map(|operation| {
        let parameters = parameters(&operation.path, &segments)?;
        let has_query = operation.query.as_ref().is_none_or(|wanted| query.contains(wanted));
        has_query.then_some(Routed { operation, parameters })
    });
    // Of two with one path, the one that asks for more of the query.
    matching.max_by_key(|routed| routed.operation.query.is_some())
}

fn parameters(
    expected: &'static [Segment],
    segments: &[&str],
) -> Option<Vec<(&'static str, String)>> {
    let mut parameters = Vec::new();
    let mut rest = segments;
    for segment in expected {
        if let Segment::Rest(name) = segment {
            parameters.push((name.as_str(), decode(&rest.join("/"))?));
            return (!rest.is_empty()).then_some(parameters);
        }
        let (first, after) = rest.split_first()?;
        match segment {
            Segment::Literal(text) if text == first => {}
            Segment::Parameter(name) if !first.is_empty() => {
                parameters.push((name.as_str(), decode(first)?));
            }
            Segment::Literal(_) | Segment::Parameter(_) | Segment::Rest(_) => return None,
        }
        rest = after;
    }
    rest.is_empty().then_some(parameters)
}

fn is_dots(segment: &str) -> bool {
    matches!(decode(segment).as_deref(), Some("." | ".."))
}

/// None for what is not UTF-8.
fn decode(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}
