//! Parameter mappings: values from the request or the integration's response to where they go, and what
//! a template overrides of them.

use std::borrow::Cow;
use std::cell::OnceCell;

use http::{HeaderMap, HeaderName, HeaderValue};
use model::{
    ContextVariable, RequestMappings, RequestSource, RequestTarget, ResponseMapping, ResponseSource,
};
use serde_json::{Value, json};
use template::{Json, JsonPath};

use crate::failure::{Failure, Fault, Rejection};
use crate::integrate::Call;
use crate::integrate::template_context::TemplateContext;
use crate::query::{self, Pair};
use crate::request::last_text;
use crate::trace::Trace;

/// What the request mappings of an integration yield.
#[derive(Default)]
pub(super) struct Mapped {
    /// Headers whose value is the authorizer's to say: what the client sent does not go on.
    pub(super) gateway_headers: Vec<HeaderName>,
    /// They replace what is there; those of one name come together.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// They come after what is there.
    pub(super) query: Vec<(String, String)>,
    /// Encoded, by placeholder.
    pub(super) path: Vec<(String, String)>,
}

/// AWS fails every call of an integration that maps a header of the gateway.
pub(super) fn check_forbidden(header: Option<&HeaderName>) -> Result<(), Fault> {
    match header {
        Some(name) => Err(Fault::Configuration(format!("{name} header already present"))),
        None => Ok(()),
    }
}

/// Evaluates the request mappings, and then what the request's template overrides. A value that is not
/// there is not set.
pub(super) fn request(
    call: Call<'_, '_>,
    mappings: &RequestMappings,
    body: &[u8],
    context: &TemplateContext,
) -> Result<Mapped, Failure> {
    check_forbidden(mappings.forbidden())?;
    let mut mapped = Mapped::default();
    let pairs = if mappings.reads_query() { call.outgoing.query() } else { Vec::new() };
    let sources = Sources { call, pairs, body: BodySource::new(body) };
    for mapping in mappings.entries() {
        if let (
            RequestTarget::Header(name),
            RequestSource::Context(ContextVariable::Authorizer(_)),
        ) = (&mapping.target, &mapping.source)
        {
            mapped.gateway_headers.push(name.clone());
        }
        for value in sources.values(&mapping.source)? {
            mapped.set(&mapping.target, &mapping.source, value)?;
        }
    }
    mapped.apply_overrides(context)?;
    if !mapped.is_empty() {
        call.exchange.tracer.note("mapped parameters", |trace| mapped.traced(trace));
    }
    Ok(mapped)
}

impl Mapped {
    fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.query.is_empty() && self.path.is_empty()
    }

    fn traced(&self, trace: &Trace) -> Value {
        let headers: HeaderMap = self.headers.iter().cloned().collect();
        json!({ "headers": trace.headers(&headers), "query": self.query, "path": self.path })
    }

    fn set(
        &mut self,
        target: &RequestTarget,
        source: &RequestSource,
        value: Cow<'_, str>,
    ) -> Result<(), Rejection> {
        match target {
            RequestTarget::Header(name) => {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    self.headers.push((name.clone(), value));
                }
            }
            RequestTarget::Path(name) => {
                check_segment(&value)?;
                let encoded = match source {
                    // As sent: still encoded.
                    RequestSource::Path(_) => value.into_owned(),
                    _ => query::encode_segment(&value).collect(),
                };
                self.path.push((name.clone(), encoded));
            }
            RequestTarget::Query(name) => self.query.push((name.clone(), value.into_owned())),
        }
        Ok(())
    }

    /// `$context.requestOverride`: in place of what is mapped.
    fn apply_overrides(&mut self, context: &TemplateContext) -> Result<(), Rejection> {
        for (name, values) in context.request_overrides("header") {
            let Ok(name) = HeaderName::try_from(name) else { continue };
            self.headers.retain(|(known, _)| *known != name);
            self.gateway_headers.push(name.clone());
            let values = values.iter().filter_map(|value| HeaderValue::from_str(value).ok());
            self.headers.extend(values.map(|value| (name.clone(), value)));
        }
        for (name, values) in context.request_overrides("querystring") {
            self.query.retain(|(known, _)| known != name);
            self.query.extend(values.into_iter().map(|value| (name.to_owned(), value)));
        }
        for (name, values) in context.request_overrides("path") {
            let Some(value) = values.into_iter().next_back() else { continue };
            check_segment(&value)?;
            self.path.retain(|(known, _)| known != name);
            self.path.push((name.to_owned(), query::encode_segment(&value).collect()));
        }
        Ok(())
    }
}

/// An upstream that decodes the slashes of a value and resolves what it then has would leave its path.
fn check_segment(value: &str) -> Result<(), Rejection> {
    match value.split(['/', '\\']).any(|segment| matches!(segment, "." | "..")) {
        true => Err(Rejection::Malformed("a path parameter has a dot segment")),
        false => Ok(()),
    }
}

/// The part of a body that a mapping takes its value from.
pub(crate) fn body_part<'b>(
    body: &'b [u8],
    path: Option<&JsonPath>,
) -> Result<Option<Cow<'b, str>>, Rejection> {
    let source = BodySource::new(body);
    let text = source.text(path).map_err(|_| Rejection::InvalidJsonBody)?;
    Ok(text.map(|text| text.into_owned().into()))
}

/// What request mappings take their values from.
struct Sources<'v, 'a> {
    call: Call<'v, 'a>,
    pairs: Vec<Pair<'v>>,
    body: BodySource<'v>,
}

impl Sources<'_, '_> {
    fn values<'s>(&'s self, source: &'s RequestSource) -> Result<Vec<Cow<'s, str>>, Rejection> {
        let Call { exchange, caller, outgoing } = self.call;
        let value = match source {
            RequestSource::Body(path) => {
                self.body.text(path.as_ref()).map_err(|_| Rejection::InvalidJsonBody)?
            }
            RequestSource::Context(variable) => exchange.variable(variable, Some(caller)),
            RequestSource::Header(name) => last_text(&outgoing.headers, name).map(Cow::from),
            RequestSource::Literal(text) => Some(text.into()),
            RequestSource::MultiValueHeader(name) => joined(&outgoing.headers, name).map(Cow::from),
            RequestSource::MultiValueQuery(name) => {
                let values = self.pairs.iter().filter(|(known, _)| known == name);
                return Ok(values.map(|(_, value)| Cow::from(value.as_ref())).collect());
            }
            RequestSource::Path(name) => exchange.path_parameter(name).map(Cow::from),
            RequestSource::Query(name) => query::last(&self.pairs, name).map(Cow::from),
            RequestSource::StageVariable(name) => exchange.stage.variable(name).map(Cow::from),
        };
        Ok(value.into_iter().collect())
    }
}

/// A body that mappings take parts of; read as JSON when the first of them does.
struct BodySource<'b> {
    text: Option<&'b str>,
    json: OnceCell<Option<Json>>,
}

/// What begins as JSON does and is none.
struct NoJson;

impl<'b> BodySource<'b> {
    /// A body that is no text has no parts.
    fn new(body: &'b [u8]) -> Self {
        let text = std::str::from_utf8(body).ok().filter(|text| !text.is_empty());
        Self { text, json: OnceCell::new() }
    }

    fn text(&self, path: Option<&JsonPath>) -> Result<Option<Cow<'b, str>>, NoJson> {
        let (Some(text), Some(path)) = (self.text, path) else {
            return Ok(self.text.map(Cow::from));
        };
        if !text.trim_start().starts_with(['{', '[', '"', '\'']) {
            return Ok(None);
        }
        let json = self.json.get_or_init(|| Json::parse(text).ok()).as_ref().ok_or(NoJson)?;
        Ok(path.text(json).map(Cow::from))
    }
}

/// All values that are text, joined with a comma.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).into_iter();
    let texts: Vec<&str> =
        values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// The headers that an integration response sets, from what the integration answered.
pub(super) fn response(
    call: Call<'_, '_>,
    received: &HeaderMap,
    body: &[u8],
    mappings: &[ResponseMapping],
) -> HeaderMap {
    let Call { exchange, caller, .. } = call;
    let body = BodySource::new(body);
    let mut headers = HeaderMap::with_capacity(mappings.len() + 4);
    for mapping in mappings {
        let value = match &mapping.source {
            ResponseSource::Body(path) => body.text(path.as_ref()).unwrap_or_default(),
            ResponseSource::Context(variable) => exchange.variable(variable, Some(caller)),
            ResponseSource::Header(name) => last_text(received, name).map(Cow::from),
            ResponseSource::Literal(text) => Some(text.into()),
            ResponseSource::MultiValueHeader(name) => joined(received, name).map(Cow::from),
            ResponseSource::StageVariable(name) => exchange.stage.variable(name).map(Cow::from),
        };
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(&mapping.header, value);
        }
    }
    headers
}
