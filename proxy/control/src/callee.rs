//! A function as the API of a deployment finds it now: what a call comes to, and who may make it.

use std::collections::BTreeMap;

use model::{FunctionPermissions, FunctionVersions};
use policy::Policy;

use crate::lambda::permission::{self, Statement};

/// What calls of a function come to, and who may make them. Equal ones let the same be called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callee {
    /// None if the function is gone, or its version or alias.
    pub(crate) versions: FunctionVersions,
    /// As it was named.
    pub(crate) arn: String,
    pub(crate) account: String,
    /// Of the function, version or alias that was named.
    pub(crate) statements: Vec<Statement>,
    /// Roles that a caller may name instead of a permission, and whether each lets it call.
    pub(crate) roles: BTreeMap<String, bool>,
}

impl Callee {
    /// A function that only roles may call.
    pub fn new(versions: FunctionVersions) -> Self {
        Self { versions, ..Self::default() }
    }

    /// Its permissions, ready to be asked.
    pub(crate) fn permissions(&self) -> Permissions<'_> {
        Permissions { callee: self, policy: permission::policy(&self.statements) }
    }
}

/// Who may call a function.
pub(crate) struct Permissions<'a> {
    callee: &'a Callee,
    /// None if it cannot be read, or if nothing is permitted.
    policy: Option<Policy>,
}

impl Permissions<'_> {
    /// Whether API Gateway may call it for what `source_arn` names: a method, as
    /// `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}`, or an authorizer.
    pub(crate) fn allow(&self, source_arn: &str) -> bool {
        let Callee { arn, account, .. } = self.callee;
        let policy = self.policy.as_ref();
        policy.is_some_and(|policy| permission::allows(policy, arn, account, source_arn))
    }

    /// Whether a role may: instead of API Gateway itself.
    pub(crate) fn allow_role(&self, role: &str) -> bool {
        self.callee.roles.get(role).copied().unwrap_or_default()
    }

    /// What is needed to tell whether somebody else may.
    pub(crate) fn of_callers(&self) -> FunctionPermissions {
        FunctionPermissions { arn: self.callee.arn.clone(), policy: self.policy.clone() }
    }
}
