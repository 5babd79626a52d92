//! What the functions of a stage do not let it call them for, and what they say of who calls them themselves.
//!
//! Worked out when a stage is loaded. No request evaluates a policy of a function, but where an integration calls it as
//! whoever signed the call: who that is, only the request says.

use std::collections::{HashMap, HashSet};

use policy::Policy;

use crate::{AuthorizerIndex, FunctionIndex, Verb};

/// Calls that the permissions of functions do not allow. The default allows all that the gateway calls itself, and nobody
/// else anything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Denials {
    authorizers: HashSet<AuthorizerIndex>,
    /// By the position of the resource, which with the HTTP method names one method.
    integrations: HashSet<(usize, Verb)>,
    /// Of the functions that are called as the caller.
    permissions: HashMap<FunctionIndex, FunctionPermissions>,
}

/// What is needed to tell whether somebody may call a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionPermissions {
    /// Of the function, version or alias, as it was named: what policies of identities must allow.
    pub arn: String,
    /// Its resource policy; none if it has no statement, or one that cannot be read.
    pub policy: Option<Policy>,
}

impl Denials {
    /// Adds an authorizer.
    pub fn deny_authorizer(&mut self, authorizer: AuthorizerIndex) {
        self.authorizers.insert(authorizer);
    }

    /// Adds the integration of the resource at a position for an HTTP method.
    pub fn deny_integration(&mut self, resource: usize, verb: Verb) {
        self.integrations.insert((resource, verb));
    }

    /// Says who may call a function themselves.
    pub fn permit_callers(&mut self, function: FunctionIndex, permissions: FunctionPermissions) {
        self.permissions.insert(function, permissions);
    }

    /// Whether an authorizer may not be asked.
    pub fn denies_authorizer(&self, authorizer: AuthorizerIndex) -> bool {
        self.authorizers.contains(&authorizer)
    }

    /// Whether an integration may not be called.
    pub fn denies_integration(&self, resource: usize, verb: Verb) -> bool {
        self.integrations.contains(&(resource, verb))
    }

    /// Who may call a function themselves; none: nobody.
    pub fn permissions(&self, function: FunctionIndex) -> Option<&FunctionPermissions> {
        self.permissions.get(&function)
    }
}
