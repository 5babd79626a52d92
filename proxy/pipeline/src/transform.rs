//! Phases: request transform and response transform. Plugins change what passes, or answer for the
//! integration.

use model::{
    CallFault, FunctionIndex, Needs, PluginSlot, RequestHead, RequestOutcome, ResponseOutcome,
    TransformRequest, TransformResponse,
};
use serde_json::json;

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, function_gone};
use crate::outgoing::Outgoing;
use crate::ports::{Ports, RequestBody};
use crate::respond::Response;
use crate::trace::Phase;

/// Runs the method's request transforms in order; a response if one of them answered.
pub(crate) async fn on_request(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &mut Outgoing<'_>,
    body: &mut dyn RequestBody,
    ports: &Ports<'_>,
) -> Result<Option<Response>, Failure> {
    for function in &exchange.method.request_transforms {
        let (plugin, slot) = exchange.plugin(*function).ok_or_else(function_gone)?;
        exchange.tracer.enter(Phase::RequestTransform);
        exchange.tracer.note("function", |_| json!(&*plugin.arn));
        let needs = needs(plugin.interface.request_transform.as_ref(), *function)?;
        let body = if needs.body { Some(outgoing.body(body).await?) } else { None };
        let outcome = {
            let source_ip = exchange.request.source_ip.to_string();
            let path_parameters: Vec<_> = exchange.path_parameters().collect();
            let query = if needs.query { outgoing.query() } else { Vec::new() };
            let log = exchange.tracer.log();
            let request = TransformRequest {
                head: RequestHead {
                    method: exchange.verb.as_str(),
                    path: exchange.path,
                    path_parameters: &path_parameters,
                    query: &query,
                    headers: &outgoing.headers,
                },
                context: exchange.call_context(Some(caller), &source_ip, log.as_ref()),
                body: body.as_deref(),
            };
            let outcome = ports.plugins.on_request(slot, request).await;
            exchange.tracer.logged(log);
            outcome.map_err(Fault::Transform)?
        };
        match outcome {
            RequestOutcome::Patch(patch) => {
                outgoing.apply(patch);
                exchange.tracer.note("patched request", |trace| {
                    json!({
                        "query": outgoing.query(),
                        "headers": trace.headers(&outgoing.headers),
                        "body": outgoing.body_if_read().map(|body| trace.body(body)),
                    })
                });
            }
            RequestOutcome::Respond(answer) => {
                let model::ImmediateResponse { status, headers, body } = answer;
                exchange.tracer.note("answered", |_| json!(status.as_u16()));
                return Ok(Some(Response { status, headers, body }));
            }
            RequestOutcome::Unchanged => exchange.tracer.note("unchanged", |_| json!(true)),
        }
    }
    Ok(None)
}

/// Runs the method's response transforms in order.
pub(crate) async fn on_response(
    exchange: &Exchange<'_>,
    caller: &Caller,
    mut response: Response,
    ports: &Ports<'_>,
) -> Result<Response, Failure> {
    for function in &exchange.method.response_transforms {
        let (plugin, slot) = exchange.plugin(*function).ok_or_else(function_gone)?;
        exchange.tracer.enter(Phase::ResponseTransform);
        exchange.tracer.note("function", |_| json!(&*plugin.arn));
        let needs = needs(plugin.interface.response_transform.as_ref(), *function)?;
        match transformed(exchange, caller, &response, needs, slot, ports).await? {
            ResponseOutcome::Patch(patch) => {
                response.status = patch.status.unwrap_or(response.status);
                patch.headers.iter().for_each(|operation| operation.apply(&mut response.headers));
                response.body = patch.body.unwrap_or(response.body);
                exchange.tracer.note("patched response", |trace| response.traced(trace));
            }
            ResponseOutcome::Unchanged => exchange.tracer.note("unchanged", |_| json!(true)),
        }
    }
    Ok(response)
}

async fn transformed(
    exchange: &Exchange<'_>,
    caller: &Caller,
    response: &Response,
    needs: &Needs,
    slot: PluginSlot,
    ports: &Ports<'_>,
) -> Result<ResponseOutcome, Failure> {
    let source_ip = exchange.request.source_ip.to_string();
    let log = exchange.tracer.log();
    let call = TransformResponse {
        status: response.status,
        headers: &response.headers,
        context: exchange.call_context(Some(caller), &source_ip, log.as_ref()),
        body: needs.body.then_some(&*response.body),
    };
    let outcome = ports.plugins.on_response(slot, call).await;
    exchange.tracer.logged(log);
    outcome.map_err(|fault| Fault::Transform(fault).into())
}

/// A deployment is refused when a function is used as what it is not, so this cannot be missing;
/// should it be, the request fails rather than passing untransformed.
fn needs(needs: Option<&Needs>, function: FunctionIndex) -> Result<&Needs, Failure> {
    needs.ok_or_else(|| {
        let cause = format!("function {} is no transform", function.0);
        Fault::Transform(CallFault::Failed(cause)).into()
    })
}
