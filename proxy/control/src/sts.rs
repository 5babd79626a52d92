//! Enough of STS to ask who one is, and to have temporary keys.

use model::{AccountId, CallerKind};
use policy::{Caller, Decision, Policy, Request};
use serde_json::{Value, json};
use store::{ReadTransaction, WriteTransaction};

use crate::iam::role::{self, Role};
use crate::iam::{date, document};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, QueryRefusalKind, Subject};
use crate::session::{Session, SessionOwner};

/// Every operation that is done. All others are refused by name.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "AssumeRole",
        required: &["RoleArn", "RoleSessionName"],
        optional: &["DurationSeconds", "ExternalId", "Policy"],
        // The trust policy of the role decides as well.
        subject: Subject::Anyone,
        handler: Handler::Write(assume_role),
    },
    Operation {
        name: "GetCallerIdentity",
        required: &[],
        optional: &[],
        // "No permissions are required to perform this operation."
        subject: Subject::Anyone,
        handler: Handler::Read(get_caller_identity),
    },
    Operation {
        name: "GetSessionToken",
        required: &[],
        optional: &["DurationSeconds"],
        // "No permissions are required for users to perform this operation."
        subject: Subject::Anyone,
        handler: Handler::Write(get_session_token),
    },
];

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What is asked for where nothing is said, and the most of who has become a role already, and of the account
/// itself.
const HOUR: u32 = 3_600;

/// Of a user, where nothing is said.
const TWELVE_HOURS: u32 = 12 * HOUR;

fn get_caller_identity(call: &QueryCall, _: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    Ok(json!({
        "Arn": call.caller.identity.arn,
        "UserId": call.caller.identity.id,
        "Account": call.identity.account.as_str(),
    }))
}

fn get_session_token(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let identity = &call.caller.identity;
    let wanted = call.form.number("DurationSeconds");
    let (owner, seconds) = match &identity.kind {
        _ if identity.session_issued.is_some() => {
            return Err(access_denied("Cannot call GetSessionToken with session credentials"));
        }
        CallerKind::Account | CallerKind::AssumedRole => {
            (SessionOwner::Root, wanted.unwrap_or(HOUR).min(HOUR))
        }
        CallerKind::User { .. } => {
            (SessionOwner::User(identity.id.clone()), wanted.unwrap_or(TWELVE_HOURS))
        }
    };
    let session = Session::new(&*call.ambient, owner, call.now, seconds);
    session.keep(transaction)?;
    Ok(json!({ "Credentials": credentials(&session) }))
}

fn assume_role(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    /// Of the policy of a session (AWS).
    const POLICY_LENGTH_MAX: usize = 2_048;
    let (arn, name) = (call.form.required("RoleArn"), call.form.required("RoleSessionName"));
    let account = &call.identity.account;
    let role = role::by_arn(transaction, account, arn)?;
    let role = role.filter(|role| may_assume(call, account, role, arn)).ok_or_else(|| {
        let caller = &call.caller.identity.arn;
        access_denied(&format!(
            "User: {caller} is not authorized to perform: {ASSUME_ROLE} on resource: {}",
            crate::input::shown(arn)
        ))
    })?;
    let seconds = call.form.number("DurationSeconds").unwrap_or(HOUR);
    let is_chained = call.caller.identity.kind == CallerKind::AssumedRole;
    if is_chained && HOUR < seconds {
        return Err(QueryRefusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if role.session_seconds_max < seconds {
        return Err(QueryRefusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let owner = SessionOwner::Role {
        role: role.name.clone(),
        id: role.id.clone(),
        session: name.to_owned(),
    };
    let mut session = Session::new(&*call.ambient, owner, call.now, seconds);
    let policy = call.form.text("Policy");
    policy.map_or(Ok(()), document::check_identity)?;
    session.policy = policy.map(str::to_owned);
    session.keep(transaction)?;
    Ok(json!({
        "Credentials": credentials(&session),
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{}:{name}", role.id),
            "Arn": role.session_arn(account, name),
        },
        "PackedPolicySize": policy.map(|text| (text.len() * 100).div_ceil(POLICY_LENGTH_MAX)),
    }))
}

/// The role must trust the caller. Where it trusts their account alone, their own policies must let them as well
/// (IAM User Guide, "Cross-account policy evaluation logic", for one account).
fn may_assume(call: &QueryCall, account: &AccountId, role: &Role, arn: &str) -> bool {
    let identity = &call.caller.identity;
    // "Roles may not be assumed by root accounts."
    if identity.kind == CallerKind::Account {
        return false;
    }
    let Ok(trust) = Policy::parse_trust(&role.trust) else { return false };
    let names: Vec<&str> = identity.names.iter().map(String::as_str).collect();
    let request =
        Request { action: ASSUME_ROLE, context: &call.context, principal: None, resource: arn };
    let trusts = |account| {
        let principal = Caller::Aws { account, names: &names };
        trust.evaluate(&Request { principal: Some(&principal), ..request }) == Decision::Allow
    };
    match identity.permissions.decide(&request) {
        Decision::Allow => trusts(account.as_str()),
        Decision::ImplicitDeny => {
            identity.permissions.session_allows(&request) && trusts(account.as_str()) && trusts("")
        }
        Decision::ExplicitDeny => false,
    }
}

/// The only answer that tells the secret and the token.
fn credentials(session: &Session) -> Value {
    json!({
        "AccessKeyId": session.id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": date::iso_8601(session.expires),
    })
}

fn access_denied(message: &str) -> QueryRefusal {
    QueryRefusal::new(QueryRefusalKind::AccessDenied, message)
}
