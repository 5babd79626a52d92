//! Phase: validate. Required parameters, then the body against its model.
//!
//! Source: API Gateway Developer Guide, "Request validation for REST APIs". The client's body is read
//! for it only where the method validates bodies.

use http::header::CONTENT_TYPE;
use model::{BodyModels, RequiredParameter};
use serde_json::{Map, Value};

use crate::bounded_json;
use crate::exchange::Exchange;
use crate::failure::{Failure, Rejection};
use crate::outgoing::Outgoing;
use crate::ports::RequestBody;
use crate::query::{self, Pair};
use crate::trace::Phase;

/// What AWS says of a body that is no JSON.
const UNREADABLE: &str = "[Unknown error parsing request body]";

/// Refuses a request that is not as its method wants it.
pub(crate) async fn validate(
    exchange: &Exchange<'_>,
    outgoing: &mut Outgoing<'_>,
    client: &mut dyn RequestBody,
) -> Result<(), Failure> {
    let validation = &exchange.method.validation;
    if validation.required.is_empty() && validation.body.is_none() {
        return Ok(());
    }
    exchange.tracer.enter(Phase::Validate);
    if !validation.required.is_empty() {
        parameters(exchange, &validation.required)?;
    }
    match &validation.body {
        Some(models) => body(exchange, models, outgoing, client).await,
        None => Ok(()),
    }
}

fn parameters(exchange: &Exchange<'_>, required: &[RequiredParameter]) -> Result<(), Rejection> {
    let reads_query = required.iter().any(|one| matches!(one, RequiredParameter::Query(_)));
    let pairs = if reads_query { query::parse(exchange.request.query) } else { Vec::new() };
    exchange.tracer.note("required parameters", |_| {
        required.iter().map(RequiredParameter::name).collect::<Value>()
    });
    let missing = required.iter().filter(|parameter| !is_there(exchange, parameter, &pairs));
    let missing: Vec<String> = missing.map(|parameter| parameter.name().to_owned()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Rejection::MissingParameters(missing)) }
}

fn is_there(exchange: &Exchange<'_>, parameter: &RequiredParameter, pairs: &[Pair<'_>]) -> bool {
    let headers = exchange.request.headers;
    match parameter {
        // Bytes: a value that is no text is there.
        RequiredParameter::Header(name, _) => {
            headers.get_all(name).iter().any(|value| !value.as_bytes().trim_ascii().is_empty())
        }
        RequiredParameter::Path(name) => {
            exchange.path_parameter(name).is_some_and(|value| !value.trim().is_empty())
        }
        RequiredParameter::Query(name) => {
            pairs.iter().any(|(known, value)| known == name && !value.trim().is_empty())
        }
    }
}

/// An empty body is checked as `{}`, as recorded from AWS.
async fn body(
    exchange: &Exchange<'_>,
    models: &BodyModels,
    outgoing: &mut Outgoing<'_>,
    client: &mut dyn RequestBody,
) -> Result<(), Failure> {
    let Some(schema) = models.choose(exchange.request.header(&CONTENT_TYPE)) else {
        return Ok(());
    };
    let body = outgoing.body(client).await?;
    exchange.tracer.note("body", |trace| trace.body(&body));
    let read = if body.is_empty() {
        Some(Value::Object(Map::new()))
    } else {
        bounded_json::parse(&body).ok()
    };
    let Some(instance) = read else {
        return Err(Rejection::InvalidBody(UNREADABLE.to_owned()).into());
    };
    let checked = schema.check(&instance);
    checked.map_err(|violations| Rejection::InvalidBody(violations.to_string()).into())
}
