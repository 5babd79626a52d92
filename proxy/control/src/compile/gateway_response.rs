//! Gateway responses, compiled.

use http::StatusCode;
use model::{
    DEFAULT_GATEWAY_TEMPLATE, GatewayResponseSource, GatewayResponseType, GatewayResponses,
    GatewayTemplate, MediaType,
};

use super::Problem;
use crate::gateway_response::GatewayResponse;

/// All of an API; what is wrong with one is added to the problems.
pub(super) fn gateway_responses(
    stored: &[GatewayResponse],
    problems: &mut Vec<Problem>,
) -> GatewayResponses {
    let mut compiled = Vec::new();
    for response in stored {
        let name = &response.response_type;
        match (GatewayResponseType::parse(name), gateway_response(response)) {
            (Some(kind), Ok(response)) => compiled.push((kind, response)),
            (None, _) => problems.push(format!("the gateway response {name} has no such type")),
            (Some(_), Err(problem)) => {
                problems.push(format!("the gateway response {name} {problem}"));
            }
        }
    }
    GatewayResponses::new(compiled)
}

fn gateway_response(response: &GatewayResponse) -> Result<model::GatewayResponse, Problem> {
    let status = response.status_code.as_deref().map(|text| {
        // A response cannot end with one of the 1xx, which announce another one.
        let status = text.parse().ok().filter(|status| (200..600).contains(status));
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        status.ok_or_else(|| format!("has the status {text}"))
    });
    let headers = response.response_parameters.iter().map(|(target, source)| {
        GatewayResponseSource::parse_entry(target, source)
            .map_err(|error| format!("has a response parameter {target} that {error}"))
    });
    // The one that everyone has stands for the bytes that the type has by itself.
    let own = |(key, text): &(&String, &String)| {
        !(*key == "application/json" && *text == DEFAULT_GATEWAY_TEMPLATE)
    };
    let templates = response.response_templates.iter().filter(own).map(|(key, text)| {
        let media_type = MediaType::parse(key)
            .ok_or_else(|| format!("has a template of {key:?}, which is no media type"))?;
        let template = GatewayTemplate::parse(text)
            .map_err(|error| format!("has a template of {key} that {error}"))?;
        Ok((media_type, template))
    });
    Ok(model::GatewayResponse {
        status: status.transpose()?,
        headers: headers.collect::<Result<_, _>>()?,
        templates: templates.collect::<Result<_, Problem>>()?,
    })
}
