//! Gateway responses as the owner of the API wants them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use model::{
    ErrorVariable, GatewayResponseSource, GatewayResponses, GatewayTemplate, TemplatePiece,
};

use super::GatewayResponse;
use crate::situation::Situation;

/// Changes an answer to what the API says of its type.
pub(crate) fn customise(
    answer: &mut GatewayResponse,
    responses: &GatewayResponses,
    situation: &Situation<'_>,
) {
    let Some(wanted) = responses.find(answer.kind, answer.response.status) else {
        return;
    };
    let accept = situation.header(&ACCEPT);
    let mut headers = HeaderMap::new();
    let body = wanted.template(accept.as_deref()).map(|(media_type, template)| {
        if let Ok(value) = HeaderValue::from_str(media_type.as_str()) {
            headers.insert(CONTENT_TYPE, value);
        }
        Bytes::from(render(template, answer, situation))
    });
    for (name, source) in &wanted.headers {
        let value = match source {
            GatewayResponseSource::Literal(value) => Some(value.clone()),
            source => value(source, answer, situation)
                .and_then(|value| HeaderValue::from_str(&value).ok()),
        };
        if let Some(value) = value {
            headers.insert(name.clone(), value);
        }
    }
    let response = &mut answer.response;
    response.status = wanted.status.unwrap_or(response.status);
    response.headers.extend(headers);
    response.body = body.unwrap_or_else(|| response.body.clone());
}

fn render(
    template: &GatewayTemplate,
    answer: &GatewayResponse,
    situation: &Situation<'_>,
) -> String {
    let mut text = String::new();
    for piece in template.pieces() {
        match piece {
            TemplatePiece::Literal(literal) => text.push_str(literal),
            // As recorded from AWS, it is part of a text in quotes.
            TemplatePiece::Variable(GatewayResponseSource::Error(
                ErrorVariable::ValidationErrorString,
            )) => {
                let quoted = quoted(answer.validation_errors.as_deref().unwrap_or_default());
                text.push_str(&quoted[1..quoted.len() - 1]);
            }
            TemplatePiece::Variable(source) => {
                text.push_str(&value(source, answer, situation).unwrap_or_default());
            }
        }
    }
    text
}

fn value<'v>(
    source: &'v GatewayResponseSource,
    answer: &'v GatewayResponse,
    situation: &'v Situation<'_>,
) -> Option<Cow<'v, str>> {
    match source {
        GatewayResponseSource::Context(variable) => situation.variable(variable),
        GatewayResponseSource::Error(variable) => Some(match variable {
            ErrorVariable::Message => answer.message.as_deref()?.into(),
            ErrorVariable::MessageString => match &answer.message {
                Some(message) => quoted(message).into(),
                None => "null".into(),
            },
            ErrorVariable::ResponseType => answer.kind.as_str().into(),
            ErrorVariable::ValidationErrorString => answer.validation_errors.as_deref()?.into(),
        }),
        GatewayResponseSource::Header(name) => situation.header(name),
        GatewayResponseSource::Literal(value) => value.to_str().ok().map(Cow::from),
        GatewayResponseSource::MultiValueHeader(name) => situation.multi_value_header(name),
        GatewayResponseSource::MultiValueQuery(name) => situation.multi_value_query(name),
        GatewayResponseSource::Path(name) => situation.path_parameter(name),
        GatewayResponseSource::Query(name) => situation.query(name),
        GatewayResponseSource::StageVariable(name) => situation.stage_variable(name),
    }
}

/// As JSON: in quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
