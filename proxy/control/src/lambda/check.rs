//! The check of components in the background: whether they compile, fit together with what their
//! function is granted, and what they export.
//!
//! What is to be checked is a queue in the store, so that a stop loses nothing. A function has at
//! most one check, because an update is refused while another one is being checked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{Digest, Interface};
use serde::{Deserialize, Serialize};
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::code::Code;
use super::function::Function;
use super::interface::StoredInterface;
use super::version::{self, LATEST, Progress, Running, Version};
use super::{settings, stored_functions};
use crate::Control;
use crate::call::{self, Call};
use crate::port::CheckError;
use crate::refusal::Refusal;

/// Components that are compiled at once: each takes a processor, and a node has few.
const CHECKS_AT_ONCE: usize = 2;

/// How long a check waits whose outcome could not be kept, before it is done again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A function whose `$LATEST` is to be checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Check {
    function: String,
    /// Tells this check from one of another function that had the name.
    token: String,
}

impl Document for Check {
    type Owner = Account;
    const KIND: &'static str = "function-check";

    fn id(&self) -> &str {
        &self.function
    }
}

impl Check {
    /// Adds one, which is done after the transaction.
    pub(crate) fn ask(
        call: &Call,
        transaction: &WriteTransaction<'_>,
        function: &str,
    ) -> Result<(), Refusal> {
        Self::forget(transaction, function)?;
        let token = call::new_uuid(&*call.ambient);
        transaction.insert(Account::row(), &Self { function: function.to_owned(), token })?;
        Ok(())
    }

    /// Removes the one of a function.
    pub(crate) fn forget(
        transaction: &WriteTransaction<'_>,
        function: &str,
    ) -> Result<(), Refusal> {
        if let Some(check) = transaction.get::<Self>(Account::row(), function)? {
            transaction.delete(check.row)?;
        }
        Ok(())
    }
}

/// Does every check that there is and that there will be.
pub(crate) async fn run(control: &Control) {
    let changed = Arc::new(Notify::new());
    let listener = Arc::clone(&changed);
    control.store.on_change(move |_| listener.notify_one());
    let mut under_way = HashSet::new();
    let mut checks = JoinSet::new();
    loop {
        for check in waiting(control).await {
            if under_way.len() < CHECKS_AT_ONCE && under_way.insert(check.token.clone()) {
                let control = control.clone();
                checks.spawn(async move {
                    if perform(&control, &check).await.is_none() {
                        tokio::time::sleep(RETRY_AFTER).await;
                    }
                    check.token
                });
            }
        }
        tokio::select! {
            () = changed.notified() => {}
            Some(done) = checks.join_next() => match done {
                Ok(token) => { under_way.remove(&token); }
                // Which one it was is not known: all are looked at again.
                Err(_) => under_way.clear(),
            },
        }
    }
}

async fn waiting(control: &Control) -> Vec<Check> {
    let store = Arc::clone(&control.store);
    let read = move || {
        store.read(|transaction| Ok::<_, Refusal>(transaction.list::<Check>(Account::row())?))
    };
    let checks = tokio::task::spawn_blocking(read).await;
    // What cannot be read is in the log, and the next change tries again.
    let checks = checks.ok().and_then(Result::ok).unwrap_or_default();
    checks.into_iter().map(|stored| stored.document).collect()
}

/// What a check needs.
struct Subject {
    function: model::Function,
    component: Bytes,
}

/// None if the store failed, which is in the log: the check is still in the queue.
async fn perform(control: &Control, check: &Check) -> Option<()> {
    let (store, asked) = (Arc::clone(&control.store), check.clone());
    let read = move || store.read(|transaction| subject(transaction, &asked));
    let subject = tokio::task::spawn_blocking(read).await.ok()?.ok()?;
    let result = match subject {
        Some(subject) => control.lambda.host.check(subject.function, subject.component).await,
        None => Err(CheckError::Host("the function or its component is gone".to_owned())),
    };
    if let Err(error) = &result {
        tracing::info!(function = check.function, %error, "a component did not pass its check");
    }
    let revision_ids = (call::new_uuid(&*control.ambient), call::new_uuid(&*control.ambient));
    let (store, asked) = (Arc::clone(&control.store), check.clone());
    let write =
        move || store.write(move |transaction| finish(transaction, &asked, &result, &revision_ids));
    tokio::task::spawn_blocking(write).await.ok()?.ok()
}

fn subject(transaction: &ReadTransaction<'_>, check: &Check) -> Result<Option<Subject>, Refusal> {
    let function: Option<Stored<Function>> = transaction.get(Account::row(), &check.function)?;
    let Some(function) = function else { return Ok(None) };
    let latest: Option<Stored<Version>> = transaction.get(function.row, LATEST)?;
    let Some(Version { configuration, package, .. }) = latest.map(|stored| stored.document) else {
        return Ok(None);
    };
    let settings = settings::of(&configuration, function.document.reserved_concurrency);
    let settings = settings.map_err(|problem| Refusal::internal(&problem))?;
    let component = match Digest::parse(&package.digest) {
        Ok(digest) => transaction.blob(digest)?,
        Err(_) => None,
    };
    let function = stored_functions::model_function(&check.function, settings);
    Ok(function
        .zip(component)
        .map(|(function, component)| Subject { function, component: component.into() }))
}

/// Notes what a check came to, in `$LATEST` and in what was published of it meanwhile.
fn finish(
    transaction: &WriteTransaction<'_>,
    check: &Check,
    result: &Result<Interface, CheckError>,
    revision_ids: &(String, String),
) -> Result<(), Refusal> {
    let asked: Option<Stored<Check>> = transaction.get(Account::row(), &check.function)?;
    let Some(asked) = asked.filter(|asked| asked.document.token == check.token) else {
        return Ok(());
    };
    transaction.delete(asked.row)?;
    let function: Option<Stored<Function>> = transaction.get(Account::row(), &check.function)?;
    let Some(function) = function else { return Ok(()) };
    for mut stored in transaction.list::<Version>(function.row)? {
        if stored.document.progress != Progress::Checking {
            continue;
        }
        let mut version = stored.document.clone();
        match result {
            Ok(interface) => {
                let interface = StoredInterface::from(interface);
                Code::keep(transaction, function.row, &version.package.digest, &interface)?;
                version.progress = Progress::Successful;
                version.running = Some(Running {
                    configuration: version.configuration.clone(),
                    digest: version.package.digest.clone(),
                    interface,
                });
            }
            Err(error) => version.progress = failed(error),
        }
        let (latest, published) = revision_ids;
        let revision_id = if version.version == LATEST { latest } else { published };
        version.revision_id.clone_from(revision_id);
        version::replace(transaction, &mut stored, version)?;
    }
    Ok(())
}

fn failed(error: &CheckError) -> Progress {
    let (code, reason) = match error {
        CheckError::Component(reason) => ("InvalidZipFileException", reason.clone()),
        CheckError::Host(_) => ("InternalError", "The component could not be checked.".to_owned()),
    };
    Progress::Failed { code: code.to_owned(), reason }
}
