//! Phase: route. From path and HTTP method to a resource's method.

use http::HeaderName;
use http::header::AUTHORIZATION;
use model::{Snapshot, Verb};
use sigv4::SignatureError;

use crate::exchange::Exchange;
use crate::failure::{Failure, Rejection};
use crate::identify::Identified;
use crate::ports::Ambient;
use crate::record::Record;
use crate::request::Request;

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

pub(crate) fn route<'a>(
    request: &'a Request<'a>,
    snapshot: &'a Snapshot,
    identified: Identified<'a>,
    ambient: &dyn Ambient,
    record: &mut Record,
) -> Result<Exchange<'a>, Failure> {
    let Identified { stage, path, event_path, context_path } = identified;
    let found = verb(request).and_then(|verb| Some((verb, stage.deployment.route(path, verb)?)));
    let Some((verb, (resource, method, routed))) = found else {
        return Err(no_route(request).into());
    };
    record.resource_path = Some(resource.path.to_shared());
    Ok(Exchange {
        request,
        snapshot,
        stage,
        resource,
        resource_position: routed.resource,
        method,
        verb,
        path_values: routed.values,
        path,
        event_path,
        context_path,
        chance: if stage.deployment.shifts_traffic() { ambient.percent() / 100.0 } else { 0.0 },
    })
}

/// The HTTP method that is asked for: `X-HTTP-Method-Override` wins (API Gateway Developer Guide,
/// "Amazon API Gateway important notes").
fn verb(request: &Request<'_>) -> Option<Verb> {
    match request.header(&METHOD_OVERRIDE) {
        Some(name) => Verb::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(name)),
        None => Verb::from_http(request.method),
    }
}

/// AWS answers as for an unsigned request, or, when an `Authorization` header is there that is no
/// signature, as for a broken one. Recorded: both texts.
fn no_route(request: &Request<'_>) -> Rejection {
    match request.header(&AUTHORIZATION) {
        Some(value) if !value.trim_start().starts_with("AWS4-") => {
            Rejection::IncompleteSignature(SignatureError::no_equal_sign(value.as_bytes()))
        }
        _ => Rejection::MissingAuthenticationToken,
    }
}
