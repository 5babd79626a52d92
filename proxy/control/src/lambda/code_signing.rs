//! Code signing, which no function has: clients ask for it when they read a function.

use serde_json::json;
use store::ReadTransaction;

use super::function;
use super::name::FunctionReference;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::service::Handler;

pub(crate) const HANDLERS: &[(&str, Handler)] =
    &[("GetFunctionCodeSigningConfig", Handler::Read(get))];

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    function::find(&call.identity, transaction, &reference)?;
    Ok(Answer::Json(json!({})))
}
