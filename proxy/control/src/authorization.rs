//! What a caller may do: the policies of a user, and what a request says to their conditions.
//!
//! IAM User Guide, "Policy evaluation logic", for one account and identity policies: a Deny wins,
//! and without an Allow nothing is allowed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::header::{REFERER, USER_AGENT};
use axum::http::request::Parts;
use model::{AccountId, CallerKind};
use policy::{ConditionContext, Decision, Policy, Request, Values};
use store::ReadTransaction;

use crate::authentication::{Caller, Unauthorized};
use crate::call::Identity;
use crate::iam::entity::Policies;
use crate::iam::{date, policy::default_document};

/// Reads the policies of a user or role: its own, and those that are attached to it.
pub(crate) fn policies(
    own: &Policies,
    account: &AccountId,
    transaction: &ReadTransaction<'_>,
) -> Result<Vec<Policy>, Unauthorized> {
    let mut policies = Vec::new();
    for document in own.inline.values() {
        policies.push(Policy::parse_identity(document).map_err(Unauthorized::Policy)?);
    }
    for arn in &own.attached {
        if let Some(document) = default_document(transaction, account, arn)? {
            policies.push(Policy::parse_identity(&document).map_err(Unauthorized::Policy)?);
        }
    }
    Ok(policies)
}

impl Caller {
    /// Whether they may do an action, such as `apigateway:GET`, on a resource.
    ///
    /// # Errors
    /// When they may not.
    pub fn authorize(
        &self,
        action: &str,
        resource: &str,
        context: &RequestContext,
    ) -> Result<(), Unauthorized> {
        let request = Request { action, context, principal: None, resource };
        let reason = match self.identity.permissions.decide(&request) {
            Decision::Allow => return Ok(()),
            Decision::ExplicitDeny => {
                "with an explicit deny in an identity-based policy".to_owned()
            }
            Decision::ImplicitDeny => {
                format!("because no identity-based policy allows the {action} action")
            }
        };
        Err(Unauthorized::AccessDenied(format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {reason}",
            self.identity.arn
        )))
    }
}

/// The condition keys of a request, in lower case, and their values.
pub struct RequestContext(BTreeMap<String, String>);

impl RequestContext {
    /// What a request says of itself and its caller. Where it came from is told by axum's
    /// [`ConnectInfo`], if the listener gives it.
    pub fn new(head: &Parts, caller: &Caller, identity: &Identity, now: i64) -> Self {
        let mut context = Self(BTreeMap::new());
        context.set("aws:currenttime", date::iso_8601(now));
        context.set("aws:epochtime", now.to_string());
        context.set("aws:principalaccount", identity.account.to_string());
        let caller = &caller.identity;
        context.set("aws:principalarn", &caller.principal_arn);
        context.set("aws:requestedregion", identity.region.to_string());
        // The listener of the control API speaks HTTP in clear text.
        context.set("aws:securetransport", "false");
        context.set("aws:userid", &caller.id);
        context.set("aws:principaltype", caller.kind.as_str());
        // No service of AWS calls, be it as itself or as somebody.
        context.set("aws:principalisawsservice", "false");
        context.set("aws:viaawsservice", "false");
        if let CallerKind::User { name } = &caller.kind {
            context.set("aws:username", name);
        }
        if let Some(issued) = &caller.session_issued {
            context.set("aws:tokenissuetime", issued);
            context.set("aws:multifactorauthpresent", "false");
        }
        for (key, value) in &caller.tags {
            context.set(&format!("aws:principaltag/{key}"), value);
        }
        for (key, header) in [("aws:referer", REFERER), ("aws:useragent", USER_AGENT)] {
            if let Some(value) = head.headers.get(header).and_then(|value| value.to_str().ok()) {
                context.set(key, value);
            }
        }
        if let Some(ConnectInfo(address)) = head.extensions.get::<ConnectInfo<SocketAddr>>() {
            context.set("aws:sourceip", address.ip().to_canonical().to_string());
        }
        context
    }

    /// Adds a key, in lower case, of the service that is asked.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), value.into());
    }
}

impl ConditionContext for RequestContext {
    fn values(&self, key: &str) -> Values<'_> {
        self.0.get(key).map_or(Values::Missing, |value| Values::One(value))
    }
}
