//! Reserved concurrency: how many calls of a function there may be at once.

use serde_json::{Value, json};
use store::{Account, ReadTransaction, WriteTransaction};

use super::function::{self, Function};
use super::name::FunctionReference;
use super::version::Version;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::service::Handler;

/// Of all functions together, and what is left for those that reserve nothing (AWS).
const CONCURRENCY_MAX: u64 = 1_000;
const UNRESERVED_MIN: u64 = 100;

const UNQUALIFIED: &str = "This operation is permitted on Lambda functions only. Aliases and \
                           versions do not support this operation. Please specify either a function \
                           name or an unqualified function ARN.";

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("DeleteFunctionConcurrency", Handler::Write(delete)),
    ("GetFunctionConcurrency", Handler::Read(get)),
    ("PutFunctionConcurrency", Handler::Write(put)),
];

fn put(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::unqualified(call, UNQUALIFIED)?;
    let mut stored = function::find(&call.identity, transaction, &reference)?;
    let calls = call.input.value("ReservedConcurrentExecutions").and_then(Value::as_u64);
    let calls = calls.unwrap_or_default();
    if calls == 0 {
        return Err(Refusal::bad_request(
            "ReservedConcurrentExecutions 0 is not supported by this gateway: a function that must \
             not be called is deleted, or taken out of the API",
        ));
    }
    let mut others = 0;
    for function in transaction.list::<Function>(Account::row())? {
        if function.document.name != reference.name {
            others += u64::from(function.document.reserved_concurrency.unwrap_or_default());
        }
    }
    let reserved = calls.saturating_add(others);
    if CONCURRENCY_MAX - UNRESERVED_MIN < reserved {
        return Err(Refusal::bad_request(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MIN}]."
        )));
    }
    stored.document.reserved_concurrency = u32::try_from(calls).ok();
    for version in transaction.list::<Version>(stored.row)? {
        let running = version.document.running.iter().map(|running| &running.configuration);
        for configuration in running.chain([&version.document.configuration]) {
            configuration.check(&stored.document)?;
        }
    }
    transaction.update(&stored)?;
    Ok(Answer::Json(json!({ "ReservedConcurrentExecutions": calls })))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    let function = function::find(&call.identity, transaction, &reference)?;
    Ok(Answer::Json(match function.document.reserved_concurrency {
        Some(calls) => json!({ "ReservedConcurrentExecutions": calls }),
        None => json!({}),
    }))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::unqualified(call, UNQUALIFIED)?;
    let mut stored = function::find(&call.identity, transaction, &reference)?;
    stored.document.reserved_concurrency = None;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}
