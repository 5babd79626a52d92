//! `edgeway apis`, `edgeway functions` and `edgeway usage`: what is in a data directory, as a table for people and
//! as JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use control::{
    ApiOverview, FunctionOverview, KeyUsageOverview, StageOverview, UsagePlanOverview,
    VersionOverview,
};
use serde::Serialize;
use store::{ReadTransaction, StoreError};

use crate::arguments::{Apis, Functions, Listing, Usage};
use crate::clock::Clock;
use crate::table::Table;

/// What stands where there is nothing.
const NONE: &str = "-";

/// # Errors
/// That the state cannot be read, by the name of the file, or stdout not be written.
pub(crate) fn apis(arguments: &Apis) -> anyhow::Result<()> {
    let url = |api: &str, stage: &str| invoke_url(arguments.http, api, stage);
    let listing = &arguments.listing;
    let apis = read(&listing.data_dir, |transaction| control::api_overviews(transaction, url))?;
    print(listing, &apis, || api_table(&apis))
}

/// # Errors
/// As [`apis`].
pub(crate) fn functions(arguments: &Functions) -> anyhow::Result<()> {
    let listing = &arguments.listing;
    let functions = read(&listing.data_dir, control::function_overviews)?;
    print(listing, &functions, || function_table(&functions))
}

/// # Errors
/// As [`apis`], and that there is no such plan.
pub(crate) fn usage(arguments: &Usage) -> anyhow::Result<()> {
    let listing = &arguments.listing;
    let now = i64::try_from(Clock::epoch_millis() / 1_000).unwrap_or(i64::MAX);
    let plan = read(&listing.data_dir, |transaction| {
        control::usage_plan_overview(transaction, &arguments.plan, now)
    });
    let plan = plan.with_context(|| format!("find the usage plan {:?}", arguments.plan))?;
    print(listing, &plan, || usage_table(&plan))
}

fn read<T, E>(
    data_dir: &Path,
    read: impl FnOnce(&ReadTransaction<'_>) -> Result<T, E>,
) -> anyhow::Result<T>
where
    E: From<StoreError> + std::error::Error + Send + Sync + 'static,
{
    store::inspect(data_dir, read).with_context(|| format!("read {}", data_dir.display()))
}

fn print(
    listing: &Listing,
    items: &impl Serialize,
    table: impl FnOnce() -> Table,
) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let text = if listing.json || !stdout.is_terminal() {
        serde_json::to_string_pretty(items)? + "\n"
    } else {
        table().to_string()
    };
    match stdout.lock().write_all(text.as_bytes()) {
        // `| head` has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("write to stdout"),
    }
}

/// The form that needs no name to be resolved.
fn invoke_url(http: SocketAddr, api: &str, stage: &str) -> String {
    format!("http://{http}/_aws/execute-api/{api}/{stage}/")
}

fn api_table(apis: &[ApiOverview]) -> Table {
    let mut table = Table::new(["ID", "NAME", "CREATED", "STAGE", "DEPLOYMENT", "INVOKE URL"]);
    for ApiOverview { id, name, created, stages } in apis {
        let mut row = |stage: &str, deployment: &str, url: &str| {
            table.add([id, name, created, stage, deployment, url]);
        };
        if stages.is_empty() {
            row(NONE, NONE, NONE);
        }
        for stage in stages {
            row(&stage.name, &deployments(stage), &stage.invoke_url);
        }
    }
    table
}

fn deployments(stage: &StageOverview) -> String {
    match &stage.canary {
        None => stage.deployment_id.clone(),
        Some(canary) => {
            let (id, percent) = (&canary.deployment_id, canary.percent_traffic);
            format!("{}, {percent} % {id}", stage.deployment_id)
        }
    }
}

fn function_table(functions: &[FunctionOverview]) -> Table {
    let mut table = Table::new([
        "NAME", "VERSION", "STATE", "ALIASES", "SIZE", "MODIFIED", "TIMEOUT", "MEMORY",
    ]);
    for FunctionOverview { name, versions } in functions {
        for version in versions {
            let aliases = version.aliases.join(", ");
            table.add([
                name,
                &version.version,
                &state(version),
                if aliases.is_empty() { NONE } else { &aliases },
                &size(version.code_size),
                &version.modified,
                &format!("{} s", version.timeout),
                &format!("{} MB", version.memory_size),
            ]);
        }
    }
    table
}

/// Under its quota: a key that may use all that it likes has none.
fn usage_table(plan: &UsagePlanOverview) -> Table {
    let mut table = Table::new(["KEY", "NAME", "ENABLED", "SINCE", "USED", "OF", "LEFT"]);
    for KeyUsageOverview { id, name, enabled, used, limit } in &plan.keys {
        let number = |number: Option<u64>| number.map_or(NONE.to_owned(), |it| it.to_string());
        table.add([
            id,
            if name.is_empty() { NONE } else { name },
            if *enabled { "yes" } else { "no" },
            &plan.since,
            &used.to_string(),
            &number(*limit),
            &number(limit.map(|limit| limit.saturating_sub(*used))),
        ]);
    }
    table
}

/// With the reason, where there is one.
fn state(version: &VersionOverview) -> String {
    match (&version.reason, version.state) {
        (None, state) => state.to_owned(),
        (Some(reason), "Failed") => format!("Failed: {reason}"),
        // An update that fails takes nothing away.
        (Some(reason), state) => format!("{state}, its update failed: {reason}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
fn size(bytes: usize) -> String {
    match bytes as f64 {
        bytes if bytes < 1e3 => format!("{bytes} B"),
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes => format!("{:.1} MB", bytes / 1e6),
    }
}

#[cfg(test)]
mod tests;
