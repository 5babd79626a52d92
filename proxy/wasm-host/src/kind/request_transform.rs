//! `edgeway:plugin/request-transform`

use std::pin::pin;

use model::{
    CallFault, ImmediateResponse, Needs, PluginKind, RequestOutcome, RequestPatch, TransformRequest,
};

use super::{answer, lowered, needs, not_a};
use crate::bindings::exports::edgeway::plugin::request_transform as wit;
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::pool::Pool;

/// Asks an instance; none if it is no request transform.
pub(crate) async fn needs(
    instance: &mut Instance,
    deadline: Deadline,
) -> Result<Option<Needs>, CallFault> {
    let Some(guest) = &instance.guests.request_transform else {
        return Ok(None);
    };
    let asked = deadline.bound(&instance.meter, pin!(guest.call_needs(&mut instance.store))).await;
    match asked {
        Ok(needs) => needs::parse(PluginKind::RequestTransform, needs).map(Some),
        Err(stopped) => Err(instance.fault(stopped, deadline)),
    }
}

/// Passes a request through the transform.
pub(crate) async fn on_request(
    pool: &Pool,
    request: TransformRequest<'_>,
) -> Result<RequestOutcome, CallFault> {
    let Some(needs) = &pool.interface().request_transform else {
        return Err(not_a(PluginKind::RequestTransform));
    };
    let texts = lowered::HeaderTexts::new(request.head.headers, &needs.headers);
    let head = lowered::Head::new(&request.head, &texts, needs);
    let context = lowered::Context::new(&request.context, needs);
    let record = wit::TransformRequest {
        head: head.record(&request.head),
        context: context.record(&request.context),
        body: lowered::body(request.body, needs),
    };
    let call = (request.context.request_id, request.context.log);
    let mut lease = pool.lease(call, None).await?;
    let instance = &mut lease.instance;
    let Some(guest) = &instance.guests.request_transform else {
        return Err(not_a(PluginKind::RequestTransform));
    };
    let call = guest.call_on_request(&mut instance.store, record);
    let answered = lease.deadline.bound(&instance.meter, pin!(call)).await;
    let answer = answered.map_err(|stopped| instance.fault(stopped, lease.deadline))?;
    let outcome = match answer {
        Ok(outcome) => Ok(parse(outcome)?),
        Err(message) => Err(CallFault::Failed(message)),
    };
    lease.end();
    outcome
}

fn parse(outcome: wit::RequestOutcome) -> Result<RequestOutcome, CallFault> {
    Ok(match outcome {
        wit::RequestOutcome::Patch(patch) => RequestOutcome::Patch(RequestPatch {
            headers: answer::header_operations(patch.headers)?,
            query: answer::query_operations(patch.query)?,
            body: patch.body.map(answer::body).transpose()?,
        }),
        wit::RequestOutcome::Respond(response) => RequestOutcome::Respond(ImmediateResponse {
            status: answer::status(response.status)?,
            headers: answer::headers(response.headers)?,
            body: answer::body(response.body)?,
        }),
        wit::RequestOutcome::Unchanged => RequestOutcome::Unchanged,
    })
}
