//! Updates of `$LATEST`: its code, and its settings.

use store::WriteTransaction;

use super::check::Check;
use super::configuration::{Changes, Configuration};
use super::function;
use super::name::FunctionReference;
use super::package::Package;
use super::unsupported;
use super::version::{self, Progress, Shown, Version};
use crate::answer::Answer;
use crate::call::{self, Call};
use crate::refusal::Refusal;
use crate::service::Handler;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("UpdateFunctionCode", Handler::Write(code)),
    ("UpdateFunctionConfiguration", Handler::Write(configuration)),
];

const LATEST_ONLY: &str = "This operation is permitted on Lambda functions only. Aliases and \
                           versions do not support this operation. Please specify either a function \
                           name or an unqualified function ARN.";

fn code(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let package = call.package.as_ref().ok_or_else(Package::missing)?;
    let changes: Changes = call.input.parse()?;
    update(call, transaction, Some(package), |configuration| changes.apply(configuration))
}

fn configuration(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let changes: Changes = call.input.parse()?;
    update(call, transaction, None, |configuration| changes.apply(configuration))
}

fn update(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    package: Option<&Package>,
    change: impl FnOnce(Configuration) -> Result<Configuration, Refusal>,
) -> Result<Answer, Refusal> {
    let reference = FunctionReference::unqualified(call, LATEST_ONLY)?;
    unsupported::check(call, &reference.name)?;
    let function = function::find(&call.identity, transaction, &reference)?;
    let mut stored = version::latest(&call.identity, transaction, &function)?;
    stored.document.check_revision(call)?;
    stored.document.check_settled(&reference.arn(&call.identity))?;
    let configuration = change(stored.document.configuration.clone())?;
    configuration.check(&function.document)?;
    let mut latest = Version { configuration, ..stored.document.clone() };
    if let Some(package) = package {
        latest.package = package.stored();
    }
    let unqualified = Shown { qualifier: None, update: true };
    if call.input.is_true("DryRun") {
        return Ok(Answer::Json(latest.show(&call.identity, &reference.name, unqualified)));
    }
    latest.progress = Progress::Checking;
    latest.last_modified = call.now;
    latest.content_id = call::new_uuid(&*call.ambient);
    latest.touch(call);
    if let Some(package) = package {
        transaction.put_blob(stored.row, &package.component)?;
    }
    version::replace(transaction, &mut stored, latest.clone())?;
    Check::ask(call, transaction, &reference.name)?;
    if call.input.is_true("Publish") {
        // What is published has not served yet.
        let unchecked = Version { running: None, ..latest };
        let published = version::publish(call, transaction, function, unchecked, None)?;
        let shown = Shown { qualifier: Some(&published.version), update: true };
        return Ok(Answer::Json(published.show(&call.identity, &reference.name, shown)));
    }
    Ok(Answer::Json(latest.show(&call.identity, &reference.name, unqualified)))
}
