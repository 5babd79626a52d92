//! What a caller may do: the policies of a user, and what a request says to their conditions.
//!
//! IAM User Guide, "Policy evaluation logic", for one account and identity policies: a Deny wins,
//! and without an Allow nothing is allowed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::header::{REFERER, USER_AGENT};
use axum::http::request::Parts;
use model::AccountId;
use policy::{ConditionContext, Decision, Policy, Request, Values};
use store::ReadTransaction;

use crate::authentication::{Caller, Unauthorized};
use crate::call::Identity;
use crate::iam::entity::Policies;
use crate::iam::user::User;
use crate::iam::{date, policy::default_document};

/// Everything, or what policies say.
#[derive(Clone)]
pub(crate) enum Permissions {
    All,
    Policies { policies: Vec<Policy>, tags: BTreeMap<String, String> },
}

/// What policies say is nobody's business that prints a caller.
impl std::fmt::Debug for Permissions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Permissions(..)")
    }
}

impl Permissions {
    /// Reads the policies of a user: its own, and those that are attached to it.
    pub(crate) fn of(
        user: &User,
        account: &AccountId,
        transaction: &ReadTransaction<'_>,
    ) -> Result<Self, Unauthorized> {
        let policies = policies(&user.policies, account, transaction)?;
        Ok(Self::Policies { policies, tags: user.tags.clone() })
    }
}

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
        let Permissions::Policies { policies, .. } = &self.permissions else {
            return Ok(());
        };
        let request = Request { action, context, principal: None, resource };
        let reason = match policy::evaluate_all(policies, &request) {
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
            self.arn
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
        context.set("aws:principalarn", &caller.arn);
        context.set("aws:requestedregion", identity.region.to_string());
        // The listener of the control API speaks HTTP in clear text.
        context.set("aws:securetransport", "false");
        context.set("aws:userid", &caller.id);
        let kind = if caller.user_name.is_some() { "User" } else { "Account" };
        context.set("aws:principaltype", kind);
        if let Some(name) = &caller.user_name {
            context.set("aws:username", name);
        }
        if let Permissions::Policies { tags, .. } = &caller.permissions {
            for (key, value) in tags {
                context.set(&format!("aws:principaltag/{}", key.to_ascii_lowercase()), value);
            }
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
