//! `edgeway:plugin/response-transform`

use std::pin::pin;

use model::{CallFault, Needs, PluginKind, ResponseOutcome, ResponsePatch, TransformResponse};

use super::{answer, lowered, needs, not_a};
use crate::bindings::exports::edgeway::plugin::response_transform as wit;
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::pool::Pool;

/// Asks an instance; none if it is no response transform.
pub(crate) async fn needs(
    instance: &mut Instance,
    deadline: Deadline,
) -> Result<Option<Needs>, CallFault> {
    let Some(guest) = &instance.guests.response_transform else {
        return Ok(None);
    };
    let asked = deadline.bound(&instance.meter, pin!(guest.call_needs(&mut instance.store))).await;
    match asked {
        Ok(needs) => needs::parse(PluginKind::ResponseTransform, needs).map(Some),
        Err(stopped) => Err(instance.fault(stopped, deadline)),
    }
}

/// Passes a response through the transform.
pub(crate) async fn on_response(
    pool: &Pool,
    response: TransformResponse<'_>,
) -> Result<ResponseOutcome, CallFault> {
    let Some(needs) = &pool.interface().response_transform else {
        return Err(not_a(PluginKind::ResponseTransform));
    };
    let texts = lowered::HeaderTexts::new(response.headers, &needs.headers);
    let headers = texts.records();
    let context = lowered::Context::new(&response.context, needs);
    let record = wit::TransformResponse {
        status: response.status.as_u16(),
        headers: &headers,
        context: context.record(&response.context),
        body: lowered::body(response.body, needs),
    };
    let call = (response.context.request_id, response.context.log);
    let mut lease = pool.lease(call, None).await?;
    let instance = &mut lease.instance;
    let Some(guest) = &instance.guests.response_transform else {
        return Err(not_a(PluginKind::ResponseTransform));
    };
    let call = guest.call_on_response(&mut instance.store, record);
    let answered = lease.deadline.bound(&instance.meter, pin!(call)).await;
    let answer = answered.map_err(|stopped| instance.fault(stopped, lease.deadline))?;
    let outcome = match answer {
        Ok(outcome) => Ok(parse(outcome)?),
        Err(message) => Err(CallFault::Failed(message)),
    };
    lease.end();
    outcome
}

fn parse(outcome: wit::ResponseOutcome) -> Result<ResponseOutcome, CallFault> {
    Ok(match outcome {
        wit::ResponseOutcome::Patch(patch) => ResponseOutcome::Patch(ResponsePatch {
            status: patch.status.map(answer::status).transpose()?,
            headers: answer::header_operations(patch.headers)?,
            body: patch.body.map(answer::body).transpose()?,
        }),
        wit::ResponseOutcome::Unchanged => ResponseOutcome::Unchanged,
    })
}
