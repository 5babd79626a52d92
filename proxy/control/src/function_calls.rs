//! Where a deployment calls functions, and whether they let it; where it calls services as a role, and
//! whether it may become that.
//!
//! Source: Lambda Developer Guide, "Grant Lambda function access to API Gateway"; API Gateway
//! Developer Guide, "Integration.credentials". The method of a permission's source is the client's,
//! its path that of the resource, with its variables as they are written.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    AuthorizerIndex, CALLER_CREDENTIALS, Denials, FunctionIndex, FunctionVersions, PluginKind,
    StageName, Verb,
};

use crate::call::Identity;
use crate::called_function::CalledFunction;
use crate::callee::{Callee, Permissions};
use crate::port::Functions;
use crate::refusal::Refusal;

/// What a deployment calls, and how it found it when it was loaded.
#[derive(Debug)]
pub struct FunctionCalls {
    api: String,
    functions: Vec<CalledFunction>,
    calls: Vec<FunctionCall>,
    /// One for each function.
    callees: Vec<Callee>,
    service_calls: Vec<ServiceCall>,
    /// Whether API Gateway may become the roles that services are called as.
    roles: BTreeMap<String, bool>,
}

/// One integration that calls a service as a role.
#[derive(Debug)]
pub(crate) struct ServiceCall {
    /// Position of the resource.
    pub(crate) resource: usize,
    pub(crate) verbs: Vec<Verb>,
    pub(crate) role: String,
}

/// One place of an API that calls a function.
#[derive(Debug)]
pub(crate) struct FunctionCall {
    /// Position among the functions.
    pub(crate) function: usize,
    pub(crate) caller: FunctionCaller,
    pub(crate) credentials: CallCredentials,
}

/// As whom a function is called.
#[derive(Debug)]
pub(crate) enum CallCredentials {
    /// As whoever signed the call.
    Caller,
    /// As API Gateway, which the function must permit.
    Gateway,
    /// As a role, which must be allowed to.
    Role(String),
}

impl CallCredentials {
    pub(crate) fn of(credentials: Option<&str>) -> Self {
        match credentials {
            None => Self::Gateway,
            Some(CALLER_CREDENTIALS) => Self::Caller,
            Some(role) => Self::Role(role.to_owned()),
        }
    }
}

/// What calls a function.
#[derive(Debug)]
pub(crate) enum FunctionCaller {
    Authorizer {
        index: AuthorizerIndex,
        id: String,
    },
    Integration {
        /// Position of the resource.
        resource: usize,
        /// Of the resource.
        path: String,
        verbs: Vec<Verb>,
    },
}

impl FunctionCalls {
    /// Looks at every function as it is now.
    pub(crate) fn find(
        api: &str,
        functions: Vec<CalledFunction>,
        calls: Vec<FunctionCall>,
        service_calls: Vec<ServiceCall>,
        port: &dyn Functions,
    ) -> Result<Self, Refusal> {
        let callees = callees(&functions, &calls, port)?;
        let roles = roles(&service_calls, port)?;
        Ok(Self { api: api.to_owned(), functions, calls, callees, service_calls, roles })
    }

    pub(crate) fn callees(&self) -> &[Callee] {
        &self.callees
    }

    /// The same, where what has become something that cannot be called so is gone: an alias may be
    /// moved to a component of another kind after the deployment.
    pub(crate) fn callable(&self) -> Vec<Callee> {
        let mut callees = self.callees.clone();
        for FunctionCall { function, caller, .. } in &self.calls {
            let kinds = match caller {
                FunctionCaller::Authorizer { .. } => PluginKind::AUTHORIZER,
                FunctionCaller::Integration { .. } => PluginKind::INTEGRATION,
            };
            let versions = &mut callees[*function].versions;
            if !versions.plugins().all(|plugin| plugin.serves_as(&kinds)) {
                *versions = FunctionVersions::default();
            }
        }
        callees
    }

    /// Whether the functions are what they were when the deployment was loaded, and let it call the
    /// same.
    ///
    /// # Errors
    /// That it cannot be told now.
    pub fn are_current(&self, port: &dyn Functions) -> Result<bool, Refusal> {
        Ok(callees(&self.functions, &self.calls, port)? == self.callees
            && roles(&self.service_calls, port)? == self.roles)
    }

    /// What the functions do not let a stage call them for.
    pub fn denials(&self, identity: &Identity, stage: &StageName) -> Denials {
        let Identity { account, region } = identity;
        let api = format!("arn:aws:execute-api:{region}:{account}:{}", self.api);
        let permissions: Vec<Permissions<'_>> =
            self.callees.iter().map(Callee::permissions).collect();
        let mut denials = Denials::default();
        for FunctionCall { function, caller, credentials } in &self.calls {
            let permissions = &permissions[*function];
            let allow = |source: &str| match credentials {
                // What is not decided here: who signs is not known, and nobody signs for an authorizer.
                CallCredentials::Caller => false,
                CallCredentials::Gateway => permissions.allow(source),
                CallCredentials::Role(role) => permissions.allow_role(role),
            };
            match caller {
                FunctionCaller::Authorizer { index, id } => {
                    if !allow(&format!("{api}/authorizers/{id}")) {
                        denials.deny_authorizer(*index);
                    }
                }
                FunctionCaller::Integration { .. }
                    if matches!(credentials, CallCredentials::Caller) =>
                {
                    let function = FunctionIndex(*function);
                    denials.permit_callers(function, permissions.of_callers());
                }
                FunctionCaller::Integration { resource, path, verbs } => {
                    for verb in verbs {
                        if !allow(&format!("{api}/{stage}/{}{path}", verb.as_str())) {
                            denials.deny_integration(*resource, *verb);
                        }
                    }
                }
            }
        }
        for ServiceCall { resource, verbs, role } in &self.service_calls {
            if !self.roles.get(role).copied().unwrap_or_default() {
                verbs.iter().for_each(|verb| denials.deny_integration(*resource, *verb));
            }
        }
        denials
    }
}

fn roles(calls: &[ServiceCall], port: &dyn Functions) -> Result<BTreeMap<String, bool>, Refusal> {
    let roles: BTreeSet<&String> = calls.iter().map(|call| &call.role).collect();
    roles.into_iter().map(|role| Ok((role.clone(), port.lets_assume(role)?))).collect()
}

fn callees<'c>(
    functions: &[CalledFunction],
    calls: &'c [FunctionCall],
    port: &dyn Functions,
) -> Result<Vec<Callee>, Refusal> {
    let callee = |(position, function): (usize, &CalledFunction)| {
        let calls = calls.iter().filter(|call| call.function == position);
        let role = |call: &'c FunctionCall| match &call.credentials {
            CallCredentials::Caller | CallCredentials::Gateway => None,
            CallCredentials::Role(role) => Some(role.as_str()),
        };
        let roles: BTreeSet<&str> = calls.filter_map(role).collect();
        function.callee(&roles.into_iter().collect::<Vec<_>>(), port)
    };
    functions.iter().enumerate().map(callee).collect()
}
