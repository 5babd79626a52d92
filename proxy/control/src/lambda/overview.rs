//! The functions of a store at a glance, for people and scripts.

use serde::Serialize;
use store::{Account, ReadTransaction, StoreError};

use super::alias::Alias;
use super::function::Function;
use super::version::{LATEST, Progress, Version};
use crate::iam::date::iso_8601;

/// A function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionOverview {
    /// What calls name.
    pub name: String,
    /// `$LATEST`, and then the published ones, newest first.
    pub versions: Vec<VersionOverview>,
}

/// A version of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionOverview {
    /// `$LATEST` or a number.
    pub version: String,
    /// `Active`, `Pending` or `Failed`, as `GetFunction` tells it.
    pub state: &'static str,
    /// `Successful`, `InProgress` or `Failed`: how the last update came out.
    pub last_update_status: &'static str,
    /// Why the last update failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The names that point to it, also for a part of the calls.
    pub aliases: Vec<String>,
    /// Bytes of its package.
    pub code_size: usize,
    /// `2023-11-14T22:13:20Z`
    pub modified: String,
    /// Seconds.
    pub timeout: u32,
    /// Megabytes.
    pub memory_size: u32,
}

/// Every function with its versions, oldest function first.
///
/// # Errors
/// That the store cannot be read.
pub fn function_overviews(
    transaction: &ReadTransaction<'_>,
) -> Result<Vec<FunctionOverview>, StoreError> {
    let mut functions = Vec::new();
    for function in transaction.list::<Function>(Account::row())? {
        let aliases = transaction.list::<Alias>(function.row)?;
        let aliases: Vec<Alias> = aliases.into_iter().map(|stored| stored.document).collect();
        let versions = transaction.list::<Version>(function.row)?;
        let mut versions: Vec<Version> =
            versions.into_iter().map(|stored| stored.document).rev().collect();
        // Stable: the rest stays as it is.
        versions.sort_by_key(|version| version.version != LATEST);
        let versions = versions.into_iter().map(|version| VersionOverview::new(version, &aliases));
        functions
            .push(FunctionOverview { name: function.document.name, versions: versions.collect() });
    }
    Ok(functions)
}

impl VersionOverview {
    fn new(version: Version, aliases: &[Alias]) -> Self {
        let points_here = |alias: &&Alias| {
            let mut weighted = alias.weights().into_iter().flatten();
            alias.function_version == version.version
                || weighted.any(|(number, _)| *number == version.version)
        };
        let aliases = aliases.iter().filter(points_here).map(|alias| alias.name.clone()).collect();
        let state = version.state();
        let (last_update_status, reason) = match version.progress {
            Progress::Checking => ("InProgress", None),
            Progress::Failed { reason, .. } => ("Failed", Some(reason)),
            Progress::Successful => ("Successful", None),
        };
        Self {
            state,
            last_update_status,
            reason,
            aliases,
            code_size: version.package.code_size,
            modified: iso_8601(version.last_modified),
            timeout: version.configuration.timeout,
            memory_size: version.configuration.memory_size,
            version: version.version,
        }
    }
}
