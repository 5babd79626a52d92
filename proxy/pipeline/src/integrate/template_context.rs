//! What the templates of one request share: `$input`, and a `$context` that keeps what they write.
//!
//! Source: API Gateway Developer Guide, "Mapping template and access logging variable reference" and
//! "Override your API's request and response parameters and status codes".

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use template::{Data, Inputs, Limits, Template};

use crate::context;
use crate::failure::{Failure, Fault};
use crate::integrate::Call;
use crate::proxy_event::single_values;
use crate::query::Pair;

/// `$context` of the templates of one request, made when the first of them reads it. What the request's
/// template writes is there for the response's.
#[derive(Default)]
pub(super) struct TemplateContext(Option<Data>);

impl TemplateContext {
    /// What a template makes of a body.
    pub(super) fn render(
        &mut self,
        call: Call<'_, '_>,
        template: &Template,
        body: &[u8],
    ) -> Result<Bytes, Failure> {
        if let Some(text) = template.literal() {
            call.exchange.tracer.note("template output", |trace| trace.body(text.as_bytes()));
            return Ok(Bytes::copy_from_slice(text.as_bytes()));
        }
        let reads = template.reads();
        let body = if reads.body { text(body)? } else { "" };
        let parameters = if reads.params { Parameters::of(call) } else { Parameters::default() };
        let variables = if reads.stage_variables {
            let variables = call.exchange.stage.variables.iter();
            variables.map(|(name, value)| (name.as_str(), value.as_str())).collect()
        } else {
            Vec::new()
        };
        let inputs = Inputs {
            body,
            path: &parameters.path,
            query: &borrowed(&parameters.query),
            headers: &borrowed(&parameters.headers),
            stage_variables: &variables,
            limits: Limits::default(),
        };
        let mut unread = Data::Null;
        let context = if reads.context {
            self.0.get_or_insert_with(|| context::data(call.exchange, call.caller))
        } else {
            &mut unread
        };
        let tracer = &call.exchange.tracer;
        if reads.body {
            tracer.note("template input", |trace| trace.body(body.as_bytes()));
        }
        let rendered = template.render(&inputs, context);
        if let Ok(rendered) = &rendered {
            tracer.note("template output", |trace| trace.body(rendered.as_bytes()));
        }
        rendered.map(Bytes::from).map_err(|error| Fault::Template(error.to_string()).into())
    }

    /// `$context.requestOverride.{header|path|querystring}`: names and values.
    pub(super) fn request_overrides(&self, place: &str) -> Vec<(&str, Vec<String>)> {
        self.overrides(&["requestOverride", place])
    }

    /// `$context.responseOverride.header`
    pub(super) fn override_response_headers(&self, headers: &mut HeaderMap) {
        for (name, values) in self.overrides(&["responseOverride", "header"]) {
            set_header(headers, name, &values);
        }
    }

    /// `$context.responseOverride.status`, if it is one that a response can end with.
    pub(super) fn response_status(&self) -> Option<StatusCode> {
        let status = texts(self.at(&["responseOverride", "status"])?);
        let status = status.first()?.parse().ok()?;
        StatusCode::from_u16(status).ok().filter(|_| (200..=599).contains(&status))
    }

    fn overrides(&self, path: &[&str]) -> Vec<(&str, Vec<String>)> {
        let Some(Data::Map(entries)) = self.at(path) else { return Vec::new() };
        entries.iter().map(|(name, value)| (name.as_str(), texts(value))).collect()
    }

    fn at(&self, path: &[&str]) -> Option<&Data> {
        path.iter().try_fold(self.0.as_ref()?, |data, name| match data {
            Data::Map(entries) => entries.get(*name),
            _ => None,
        })
    }
}

/// Sets a header to these values; what is no header is left out, as a mapping of it is.
pub(super) fn set_header(headers: &mut HeaderMap, name: &str, values: &[String]) {
    let Ok(name) = HeaderName::try_from(name) else { return };
    let values = values.iter().filter_map(|value| HeaderValue::from_str(value).ok());
    headers.remove(&name);
    for value in values {
        headers.append(&name, value);
    }
}

/// `$input.params`
#[derive(Default)]
struct Parameters<'a> {
    path: Vec<(&'a str, &'a str)>,
    query: Vec<Pair<'a>>,
    headers: Vec<(String, Cow<'a, str>)>,
}

impl<'a> Parameters<'a> {
    fn of(call: Call<'a, '_>) -> Self {
        let Call { exchange, outgoing, .. } = call;
        Self {
            path: exchange.path_parameters().collect(),
            query: outgoing.query(),
            headers: single_values(exchange.request, &outgoing.headers),
        }
    }
}

fn borrowed<'p, N: AsRef<str>>(pairs: &'p [(N, Cow<'_, str>)]) -> Vec<(&'p str, &'p str)> {
    pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect()
}

/// A template reads text: what is binary must be converted to it before.
fn text(body: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(body).map_err(|_| {
        Fault::Configuration("Unable to transform request: the body is not UTF-8 text".to_owned())
            .into()
    })
}

/// The values that something a template wrote stands for: those of a list, or the one.
fn texts(data: &Data) -> Vec<String> {
    match data {
        Data::Null | Data::Map(_) => Vec::new(),
        Data::Bool(value) => vec![value.to_string()],
        Data::Integer(value) => vec![value.to_string()],
        Data::Decimal(value) => vec![value.to_string()],
        Data::Text(text) => vec![text.clone()],
        Data::List(values) => values.iter().flat_map(texts).collect(),
    }
}
