//! What the functions of a stage do not let it call them for.
//!
//! Worked out when a stage is loaded: no request evaluates a policy of a function.

use std::collections::HashSet;

use crate::{AuthorizerIndex, Verb};

/// Calls that the permissions of functions do not allow. The default allows all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Denials {
    authorizers: HashSet<AuthorizerIndex>,
    /// By the position of the resource, which with the HTTP method names one method.
    integrations: HashSet<(usize, Verb)>,
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

    /// Whether an authorizer may not be asked.
    pub fn denies_authorizer(&self, authorizer: AuthorizerIndex) -> bool {
        self.authorizers.contains(&authorizer)
    }

    /// Whether an integration may not be called.
    pub fn denies_integration(&self, resource: usize, verb: Verb) -> bool {
        self.integrations.contains(&(resource, verb))
    }
}
