//! `edgeway apis` and `edgeway functions`: what is in a data directory, as a table for people and
//! as JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use control::{ApiOverview, FunctionOverview, StageOverview, VersionOverview};
use serde::Serialize;
use store::{ReadTransaction, StoreError};

use crate::arguments::{Apis, Functions, Listing};
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

fn read<T>(
    data_dir: &Path,
    read: impl FnOnce(&ReadTransaction<'_>) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
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
