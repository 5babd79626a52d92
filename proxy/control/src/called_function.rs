//! A function that a deployment calls: the component that it was when it was deployed or, where a stage
//! variable names it, that it is now.

use model::{Digest, FunctionName};
use openapi::FunctionAddress;
use serde::{Deserialize, Serialize};

use crate::callee::Callee;
use crate::port::Functions;
use crate::refusal::Refusal;

/// A function that an API calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CalledFunction {
    /// By the variables of a stage; none if their values make no name.
    Named(Option<FunctionAddress>),
    Pinned(PinnedFunction),
}

/// A function that the API names, and the component it was when the picture was taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct PinnedFunction {
    name: String,
    pub(crate) qualifier: Option<String>,
    digest: String,
}

impl PinnedFunction {
    pub(crate) fn new(address: FunctionAddress, digest: Digest) -> Self {
        let FunctionAddress { name, qualifier } = address;
        Self { name: name.to_string(), qualifier, digest: digest.to_string() }
    }

    pub(crate) fn is(&self, address: &FunctionAddress) -> bool {
        self.name == address.name.as_str() && self.qualifier == address.qualifier
    }

    /// Of its component.
    pub(crate) fn digest(&self) -> Option<Digest> {
        Digest::parse(&self.digest).ok()
    }

    fn name(&self) -> Result<FunctionName, Refusal> {
        FunctionName::parse(&self.name).map_err(|error| Refusal::internal(&error.to_string()))
    }
}

impl CalledFunction {
    /// None if it has none.
    pub(crate) fn name(&self) -> Result<Option<FunctionName>, Refusal> {
        match self {
            Self::Named(address) => Ok(address.as_ref().map(|address| address.name.clone())),
            Self::Pinned(pinned) => pinned.name().map(Some),
        }
    }

    /// What it is now.
    pub(crate) fn callee(&self, roles: &[&str], port: &dyn Functions) -> Result<Callee, Refusal> {
        match self {
            Self::Named(None) => Ok(Callee::default()),
            Self::Named(Some(FunctionAddress { name, qualifier })) => {
                port.callee(name, qualifier.as_deref(), None, roles)
            }
            Self::Pinned(pinned) => {
                let digest = pinned.digest();
                let digest = digest.ok_or_else(|| Refusal::internal("a function has no digest"))?;
                port.callee(&pinned.name()?, pinned.qualifier.as_deref(), Some(digest), roles)
            }
        }
    }
}
