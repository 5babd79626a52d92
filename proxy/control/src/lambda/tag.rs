//! Tags of functions.

use serde::Deserialize;
use serde_json::json;
use store::{ReadTransaction, Stored, WriteTransaction};

use super::function::{self, Function};
use super::name::FunctionReference;
use super::version;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::service::Handler;
use crate::tag::{self, Tags};

/// Of one function (AWS).
const TAGS_MAX: usize = 50;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("ListTags", Handler::Read(list)),
    ("TagResource", Handler::Write(add)),
    ("UntagResource", Handler::Write(remove)),
];

/// The tags that a call gives.
pub(crate) fn read(call: &Call) -> Result<Option<Tags>, Refusal> {
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "Tags")]
        tags: Option<Tags>,
    }
    let Members { tags } = call.input.parse()?;
    if let Some(tags) = &tags {
        check(tags)?;
    }
    Ok(tags)
}

fn check(tags: &Tags) -> Result<(), Refusal> {
    if TAGS_MAX < tags.len() {
        return Err(Refusal::bad_request("Number of tags exceeds resource tag limit."));
    }
    tag::check(tags)
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<Function>, Refusal> {
    let arn = call.input.required("Resource");
    if !arn.contains(":function:") {
        return Err(Refusal::bad_request(format!(
            "Only functions have tags in this gateway: {}",
            crate::input::shown(arn)
        )));
    }
    let reference = FunctionReference::read(&call.identity, arn, None)?;
    if reference.qualifier.is_some() {
        return Err(Refusal::bad_request(
            "Tags on function aliases and versions are not supported. Please specify a function \
             ARN.",
        ));
    }
    function::find(&call.identity, transaction, &reference)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(json!({ "Tags": find(call, transaction)?.document.tags })))
}

fn add(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let tags = read(call)?.unwrap_or_default();
    if tags.is_empty() {
        return Err(Refusal::bad_request("An error occurred and the request cannot be processed."));
    }
    change(call, transaction, |all| all.extend(tags))
}

fn remove(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let keys = call.input.texts("TagKeys");
    change(call, transaction, |tags| tags.retain(|key, _| !keys.contains(key)))
}

fn change(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    change: impl FnOnce(&mut Tags),
) -> Result<Answer, Refusal> {
    let mut function = find(call, transaction)?;
    change(&mut function.document.tags);
    check(&function.document.tags)?;
    transaction.update(&function)?;
    let mut latest = version::latest(&call.identity, transaction, &function)?;
    latest.document.touch(call);
    transaction.update(&latest)?;
    Ok(Answer::Empty)
}
