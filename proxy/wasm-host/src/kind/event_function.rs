//! `edgeway:plugin/event-function`

use std::pin::pin;

use bytes::Bytes;
use model::{
    CallFault, FUNCTION_RESULT_BYTES_MAX, FunctionError, Invocation, InvocationError, PluginKind,
};

use super::answer::invalid;
use super::not_a;
use crate::bindings::exports::edgeway::plugin::event_function as wit;
use crate::clock;
use crate::pool::Pool;

/// What is kept of an error, which goes to the log and, from Lambda's API, to the caller.
const ERROR_BYTES_MAX: usize = 256 * 1024;

/// Invokes the function with an event.
pub(crate) async fn invoke(
    pool: &Pool,
    event: &[u8],
    invocation: Invocation<'_>,
) -> Result<Bytes, InvocationError> {
    let call = (invocation.request_id, invocation.log);
    let mut lease = pool.lease(call, Some(invocation.timeout)).await?;
    let instance = &mut lease.instance;
    let Some(guest) = &instance.guests.event_function else {
        return Err(not_a(PluginKind::EventFunction).into());
    };
    let facts = &pool.blueprint().template.facts;
    let record = wit::Invocation {
        request_id: invocation.request_id,
        function_name: facts.name.as_str(),
        function_version: &facts.version,
        invoked_function_arn: &facts.arn,
        memory_limit_in_mb: facts.memory_megabytes,
        deadline: clock::epoch_millis_after(lease.deadline.timeout),
        trace_id: invocation.trace_id,
    };
    let call = guest.call_handle(&mut instance.store, event, record);
    let answered = lease.deadline.bound(&instance.meter, pin!(call)).await;
    let answer = answered.map_err(|stopped| instance.fault(stopped, lease.deadline))?;
    let result = match answer {
        Ok(result) => Ok(check_size(result)?),
        Err(error) => Err(InvocationError::Function(parse_error(error)?)),
    };
    lease.end();
    result
}

fn check_size(result: Vec<u8>) -> Result<Bytes, CallFault> {
    if result.len() > FUNCTION_RESULT_BYTES_MAX {
        let bytes = result.len();
        return Err(invalid(format!(
            "a result of {bytes} bytes, above {FUNCTION_RESULT_BYTES_MAX}"
        )));
    }
    Ok(result.into())
}

fn parse_error(error: wit::FunctionError) -> Result<FunctionError, CallFault> {
    let stack_bytes: usize = error.stack_trace.iter().map(|line| line.len() + 1).sum();
    if error.error_type.len() + error.error_message.len() + stack_bytes > ERROR_BYTES_MAX {
        return Err(invalid(format!("an error of more than {ERROR_BYTES_MAX} bytes")));
    }
    Ok(FunctionError {
        error_type: error.error_type,
        error_message: error.error_message,
        stack_trace: error.stack_trace,
    })
}
