//! Aliases: names that point to a version, or to two that share the calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use super::function::{self, Function};
use super::name::{self, FunctionReference};
use super::page;
use super::permission::Statement;
use super::version::{self, LATEST, Version, is_version};
use crate::answer::Answer;
use crate::call::{self, Call, Identity};
use crate::refusal::{Refusal, RefusalKind};
use crate::service::Handler;

/// An alias.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) function_version: String,
    description: String,
    additional_version_weights: BTreeMap<String, f64>,
    pub(crate) revision_id: String,
    /// Who may call it.
    pub(crate) policy: Vec<Statement>,
}

impl Document for Alias {
    type Owner = Function;
    const KIND: &'static str = "function-alias";

    fn id(&self) -> &str {
        &self.name
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateAlias", Handler::Write(create)),
    ("DeleteAlias", Handler::Write(delete)),
    ("GetAlias", Handler::Read(get)),
    ("ListAliases", Handler::Read(list)),
    ("UpdateAlias", Handler::Write(update)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Members {
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<RoutingConfig>,
}

#[derive(Deserialize)]
struct RoutingConfig {
    #[serde(rename = "AdditionalVersionWeights")]
    weights: Option<BTreeMap<String, f64>>,
}

impl Alias {
    /// Versions that get a part of the calls; the main version gets the rest.
    pub(crate) fn weights(&self) -> Option<&BTreeMap<String, f64>> {
        Some(&self.additional_version_weights).filter(|weights| !weights.is_empty())
    }

    /// The version of one call; `chance` is in [0, 1).
    pub(crate) fn pick(&self, chance: f64) -> &str {
        let mut sum = 0.0;
        for (version, weight) in &self.additional_version_weights {
            sum += weight;
            if chance < sum {
                return version;
            }
        }
        &self.function_version
    }

    fn apply(&mut self, members: Members) {
        if let Some(version) = members.function_version {
            self.function_version = version;
        }
        if let Some(description) = members.description {
            self.description = description;
        }
        if let Some(routing) = members.routing_config {
            self.additional_version_weights = routing.weights.unwrap_or_default();
        }
    }

    /// Refuses versions that are not there, and shares that cannot be.
    fn check(
        &self,
        identity: &Identity,
        transaction: &ReadTransaction<'_>,
        function: &Stored<Function>,
    ) -> Result<(), Refusal> {
        let weights = &self.additional_version_weights;
        if weights.len() > 1 {
            return Err(Refusal::bad_request(
                "Number of items in AdditionalVersionWeights cannot be greater than 1",
            ));
        }
        let main = &self.function_version;
        if weights.contains_key(main) {
            return Err(Refusal::bad_request(format!(
                "Invalid function version {main}. Function version {main} is already included in \
                 routing configuration."
            )));
        }
        if main == LATEST && !weights.is_empty() {
            return Err(Refusal::bad_request(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        for version in std::iter::once(main).chain(weights.keys()) {
            let found: Option<Stored<Version>> = transaction.get(function.row, version)?;
            if found.is_none() {
                let arn = name::arn(identity, &function.document.name, Some(version));
                return Err(Refusal::not_found(format!("Function not found: {arn}")));
            }
        }
        Ok(())
    }

    fn show(&self, identity: &Identity, function: &str) -> Value {
        let mut shown = json!({
            "AliasArn": name::arn(identity, function, Some(&self.name)),
            "Description": self.description,
            "FunctionVersion": self.function_version,
            "Name": self.name,
            "RevisionId": self.revision_id,
        });
        if let Some(weights) = self.weights() {
            shown["RoutingConfig"] = json!({ "AdditionalVersionWeights": weights });
        }
        shown
    }
}

/// An alias that points to a version.
pub(crate) fn using(
    transaction: &ReadTransaction<'_>,
    function: Row<Function>,
    version: &str,
) -> Result<Option<String>, Refusal> {
    let aliases = transaction.list::<Alias>(function)?.into_iter().map(|stored| stored.document);
    let mut using = aliases.filter(|alias| {
        alias.function_version == version || alias.additional_version_weights.contains_key(version)
    });
    Ok(using.next().map(|alias| alias.name))
}

fn function(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<(FunctionReference, Stored<Function>), Refusal> {
    let reference = FunctionReference::of(call)?;
    let function = function::find(&call.identity, transaction, &reference)?;
    Ok((reference, function))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (reference, function) = function(call, transaction)?;
    let name = call.input.required("Name");
    if is_version(name) {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        );
        return Err(Refusal::new(RefusalKind::Validation, message));
    }
    let mut alias = Alias {
        name: name.to_owned(),
        function_version: String::new(),
        description: String::new(),
        additional_version_weights: BTreeMap::new(),
        revision_id: call::new_uuid(&*call.ambient),
        policy: Vec::new(),
    };
    alias.apply(call.input.parse()?);
    alias.check(&call.identity, transaction, &function)?;
    if transaction.get::<Alias>(function.row, name)?.is_some() {
        let arn = name::arn(&call.identity, &reference.name, Some(name));
        return Err(Refusal::conflict(format!("Alias already exists: {arn}")));
    }
    transaction.insert(function.row, &alias)?;
    Ok(Answer::Json(alias.show(&call.identity, &reference.name)))
}

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<(FunctionReference, Stored<Function>, Stored<Alias>), Refusal> {
    let (reference, function) = function(call, transaction)?;
    let name = call.input.required("Name");
    let alias = transaction.get(function.row, name)?.ok_or_else(|| {
        let arn = name::arn(&call.identity, &reference.name, Some(name));
        Refusal::not_found(format!("Cannot find alias arn: {arn}"))
    })?;
    Ok((reference, function, alias))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let (reference, _, alias) = find(call, transaction)?;
    Ok(Answer::Json(alias.document.show(&call.identity, &reference.name)))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (reference, function, mut alias) = find(call, transaction)?;
    version::check_revision(call, &alias.document.revision_id)?;
    alias.document.apply(call.input.parse()?);
    alias.document.check(&call.identity, transaction, &function)?;
    alias.document.revision_id = call::new_uuid(&*call.ambient);
    transaction.update(&alias)?;
    Ok(Answer::Json(alias.document.show(&call.identity, &reference.name)))
}

/// One that is not there is gone already.
fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (_, function) = function(call, transaction)?;
    let alias: Option<Stored<Alias>> =
        transaction.get(function.row, call.input.required("Name"))?;
    if let Some(alias) = alias {
        transaction.delete(alias.row)?;
    }
    Ok(Answer::Empty)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let (reference, function) = function(call, transaction)?;
    let version = call.input.text("FunctionVersion");
    let aliases = transaction.list::<Alias>(function.row)?.into_iter();
    let wanted = aliases
        .filter(|alias| version.is_none_or(|version| alias.document.function_version == version));
    let shown = wanted
        .map(|alias| (alias.row.number(), alias.document.show(&call.identity, &reference.name)));
    page::answer(call, "Aliases", shown.collect())
}
