//! The functions of the store, as the data plane and deployments see them.

use std::path::PathBuf;
use std::sync::Arc;

use model::{
    Digest, Function, FunctionName, FunctionSettings, FunctionVersion, FunctionVersions, Interface,
    Plugin,
};
use store::{ReadTransaction, Store, Stored};

use super::alias::Alias;
use super::code::Code;
use super::function as lambda_function;
use super::function::{self, Resolved};
use super::name::{self, FunctionReference};
use super::settings;
use super::version::{LATEST, Running, Version};
use crate::call::Identity;
use crate::callee::Callee;
use crate::iam::role;
use crate::port::Functions;
use crate::refusal::{Refusal, RefusalKind};

/// Finds functions in the store. What cannot be read is logged, and is not there.
pub struct StoredFunctions {
    store: Arc<Store>,
    identity: Identity,
}

impl StoredFunctions {
    /// The functions of a store.
    pub fn new(store: Arc<Store>, identity: Identity) -> Self {
        Self { store, identity }
    }

    /// The bytes of a component that some version or deployment needs.
    pub fn component(&self, digest: Digest) -> Option<Vec<u8>> {
        self.read(|transaction| Ok(transaction.blob(digest)?))
    }

    fn weighted_versions(
        &self,
        transaction: &ReadTransaction<'_>,
        reference: &FunctionReference,
        found: &Resolved,
    ) -> Result<FunctionVersions, Refusal> {
        let mut plugins = Vec::new();
        let mut rest = 1.0;
        let alias = found.alias.as_ref().map(|alias| &alias.document);
        for (version, weight) in alias.and_then(Alias::weights).into_iter().flatten() {
            let stored: Option<Stored<Version>> = transaction.get(found.function.row, version)?;
            let running = stored.and_then(|version| version.document.running);
            if let Some(running) = running {
                rest -= weight;
                let plugin = self.plugin(reference, &found.function, version, &running)?;
                plugins.push((plugin, *weight));
            }
        }
        let Version { version, running, .. } = &found.version.document;
        if let Some(running) = running {
            plugins.push((self.plugin(reference, &found.function, version, running)?, rest));
        }
        Ok(FunctionVersions::new(plugins))
    }

    /// The component that a deployment was made with; the settings are those of the function now, or
    /// of the version that has this component.
    fn pinned_version(
        &self,
        transaction: &ReadTransaction<'_>,
        reference: &FunctionReference,
        function: &Stored<lambda_function::Function>,
        digest: Digest,
    ) -> Result<FunctionVersions, Refusal> {
        let text = digest.to_string();
        let versions = transaction.list::<Version>(function.row)?;
        let latest = versions.iter().find(|version| version.document.version == LATEST);
        let latest = latest.and_then(|version| version.document.running.clone());
        let mut running = latest
            .iter()
            .cloned()
            .chain(versions.into_iter().rev().filter_map(|version| version.document.running));
        let running = match running.find(|running| running.digest == text) {
            Some(running) => Some(running),
            None if !transaction.has_blob(digest)? => None,
            None => {
                let code: Option<Stored<Code>> = transaction.get(function.row, &text)?;
                latest.zip(code).map(|(latest, code)| Running {
                    digest: text,
                    interface: code.document.interface,
                    ..latest
                })
            }
        };
        let Some(running) = running else { return Ok(FunctionVersions::default()) };
        Ok(self.plugin(reference, function, LATEST, &running)?.into())
    }

    fn plugin(
        &self,
        reference: &FunctionReference,
        function: &Stored<lambda_function::Function>,
        version: &str,
        running: &Running,
    ) -> Result<Plugin, Refusal> {
        let chosen = Chosen { version, running };
        plugin(&self.identity, reference, &function.document, &chosen)
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction<'_>) -> Result<Option<T>, Refusal>,
    ) -> Option<T> {
        // A refusal that is more than "it is not there" was logged where it was made.
        self.store.read(read).ok().flatten()
    }
}

impl Functions for StoredFunctions {
    fn find(&self, name: &FunctionName, qualifier: Option<&str>) -> Option<Plugin> {
        let reference = reference(name, qualifier);
        self.read(|transaction| {
            let found = function::resolve(&self.identity, transaction, &reference)?;
            let running = found.version.document.running.as_ref();
            let version = &found.version.document.version;
            let plugin = |running| self.plugin(&reference, &found.function, version, running);
            running.map(plugin).transpose()
        })
    }

    fn lets_assume(&self, role: &str) -> Result<bool, Refusal> {
        self.store.read(|transaction| {
            let assumed = role::assumed_by_api_gateway(transaction, &self.identity.account, role);
            assumed.map(|role| role.is_some())
        })
    }

    fn callee(
        &self,
        name: &FunctionName,
        qualifier: Option<&str>,
        digest: Option<Digest>,
        roles: &[&str],
    ) -> Result<Callee, Refusal> {
        let reference = reference(name, qualifier);
        let account = &self.identity.account;
        self.store.read(|transaction| {
            let found = match function::resolve(&self.identity, transaction, &reference) {
                Ok(found) => found,
                Err(refusal) if refusal.is(RefusalKind::NotFound) => return Ok(Callee::default()),
                Err(refusal) => return Err(refusal),
            };
            let versions = match digest.filter(|_| qualifier.is_none()) {
                Some(digest) => {
                    self.pinned_version(transaction, &reference, &found.function, digest)?
                }
                None => self.weighted_versions(transaction, &reference, &found)?,
            };
            let arn = reference.arn(&self.identity);
            let roles = roles.iter().map(|role| {
                let lets_call = role::lets_api_gateway_call(transaction, account, role, &arn)?;
                Ok(((*role).to_owned(), lets_call))
            });
            Ok(Callee {
                versions,
                roles: roles.collect::<Result<_, Refusal>>()?,
                statements: found.policy().to_vec(),
                account: account.to_string(),
                arn,
            })
        })
    }
}

fn reference(name: &FunctionName, qualifier: Option<&str>) -> FunctionReference {
    FunctionReference { name: name.to_string(), qualifier: qualifier.map(str::to_owned) }
}

/// What serves for a function, and as which version.
pub(crate) struct Chosen<'a> {
    pub(crate) version: &'a str,
    pub(crate) running: &'a Running,
}

/// What the data plane loads of a version.
pub(crate) fn plugin(
    identity: &Identity,
    reference: &FunctionReference,
    function: &lambda_function::Function,
    Chosen { version, running }: &Chosen<'_>,
) -> Result<Plugin, Refusal> {
    let settings = settings::of(&running.configuration, function.reserved_concurrency);
    let settings = settings.map_err(|problem| Refusal::internal(&problem))?;
    let function = FunctionVersion::parse(version).ok().and_then(|version| {
        let function = model_function(&reference.name, settings)?;
        Some(Function { version, ..function })
    });
    let digest = Digest::parse(&running.digest).ok();
    let (function, digest) =
        function.zip(digest).ok_or_else(|| Refusal::internal("a function has no name or code"))?;
    Ok(Plugin {
        function,
        arn: name::arn(identity, &reference.name, reference.qualifier.as_deref()).into(),
        digest,
        interface: Interface::from(&running.interface),
    })
}

/// `$LATEST` of a function, whose component is no file.
pub(crate) fn model_function(name: &str, settings: FunctionSettings) -> Option<Function> {
    let name = FunctionName::parse(name).ok()?;
    let version = FunctionVersion::Latest;
    Some(Function { name, version, component: PathBuf::new(), settings })
}
