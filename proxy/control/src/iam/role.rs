//! Roles: what services and users may become. API Gateway becomes one to call functions.

use model::AccountId;
use policy::{Caller, ConditionContext, Decision, Policy, Request, Values};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, StoreError, Stored, WriteTransaction};

use super::entity::{self, Entity, Policies, find};
use super::{date, document, new_id, page, show_tags};
use crate::authorization;
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject, Tags};
use crate::refusal::Refusal;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateRole",
        required: &["AssumeRolePolicyDocument", "RoleName"],
        optional: &["Description", "MaxSessionDuration", "Path", "Tags"],
        subject: Subject::Role,
        handler: Handler::Write(create),
    },
    Operation {
        name: "DeleteRole",
        required: &["RoleName"],
        optional: &[],
        subject: Subject::Role,
        handler: Handler::Write(delete),
    },
    Operation {
        name: "GetRole",
        required: &["RoleName"],
        optional: &[],
        subject: Subject::Role,
        handler: Handler::Read(show_one),
    },
    Operation {
        name: "ListInstanceProfilesForRole",
        required: &["RoleName"],
        optional: &["Marker", "MaxItems"],
        subject: Subject::Role,
        handler: Handler::Read(list_instance_profiles),
    },
    Operation {
        name: "ListRoles",
        required: &[],
        optional: &["Marker", "MaxItems", "PathPrefix"],
        subject: Subject::Roles,
        handler: Handler::Read(list),
    },
    Operation {
        name: "UpdateAssumeRolePolicy",
        required: &["PolicyDocument", "RoleName"],
        optional: &[],
        subject: Subject::Role,
        handler: Handler::Write(update_trust),
    },
    Operation {
        name: "UpdateRole",
        required: &["RoleName"],
        optional: &["Description", "MaxSessionDuration"],
        subject: Subject::Role,
        handler: Handler::Write(update),
    },
];

/// Roles of an account, and the length of a trust policy (AWS).
const ROLES_MAX: usize = 1_000;
const TRUST_LENGTH_MAX: usize = 2_048;

const SESSION_SECONDS_DEFAULT: u32 = 3_600;

/// Something with policies that others may become.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    path: String,
    created: i64,
    description: Option<String>,
    pub(crate) session_seconds_max: u32,
    /// Who may assume it.
    pub(crate) trust: String,
    pub(crate) tags: Tags,
    policies: Policies,
}

impl Document for Role {
    type Owner = Account;
    const KIND: &'static str = "iam-role";

    fn id(&self) -> &str {
        &self.id
    }

    /// Two names are the same whatever their case.
    fn alias(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }
}

impl Entity for Role {
    const NOUN: &'static str = "role";
    const NAME: &'static str = "RoleName";
    const QUOTA: &'static str = "PoliciesPerRole";
    const INLINE_LENGTH_MAX: usize = 10_240;

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }
}

impl Role {
    pub(crate) fn arn(&self, account: &AccountId) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }

    /// Of somebody who became the role.
    pub(crate) fn session_arn(&self, account: &AccountId, session: &str) -> String {
        format!("arn:aws:sts::{account}:assumed-role/{}/{session}", self.name)
    }

    fn show(&self, call: &QueryCall) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(&call.identity.account),
            "CreateDate": date::iso_8601(self.created),
            "AssumeRolePolicyDocument": document::encode(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.session_seconds_max,
        })
    }
}

/// `arn:aws:iam::{account}:role{path}{name}`
pub(crate) struct RoleArn<'a> {
    name: &'a str,
}

impl<'a> RoleArn<'a> {
    pub(crate) fn parse(arn: &'a str) -> Option<Self> {
        let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
        let name = rest.strip_prefix("role/")?.rsplit('/').next()?;
        (AccountId::parse(account).is_ok() && !name.is_empty()).then_some(Self { name })
    }
}

/// Whether API Gateway may become a role, and whether the role may then call a function.
pub(crate) fn lets_api_gateway_call(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    role_arn: &str,
    function_arn: &str,
) -> Result<bool, Refusal> {
    let Some(role) = assumed_by_api_gateway(transaction, account, role_arn)? else {
        return Ok(false);
    };
    let context = RoleContext { account: account.as_str(), arn: role_arn };
    let policies = authorization::policies(&role.policies, account, transaction);
    let policies = policies.map_err(|error| Refusal::internal(&error.to_string()))?;
    let action = "lambda:InvokeFunction";
    let request = Request { action, context: &context, principal: None, resource: function_arn };
    Ok(policy::evaluate_all(&policies, &request) == Decision::Allow)
}

/// A role, if it is there.
pub(crate) fn by_arn(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    role_arn: &str,
) -> Result<Option<Role>, StoreError> {
    let Some(arn) = RoleArn::parse(role_arn) else { return Ok(None) };
    let role = entity::get::<Role>(transaction, arn.name)?.map(|stored| stored.document);
    Ok(role.filter(|role| role.arn(account) == role_arn))
}

/// A role, if it is there and API Gateway may become it.
pub(crate) fn assumed_by_api_gateway(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    role_arn: &str,
) -> Result<Option<Role>, Refusal> {
    let Some(role) = by_arn(transaction, account, role_arn)? else { return Ok(None) };
    let context = RoleContext { account: account.as_str(), arn: role_arn };
    let trusts = Policy::parse_trust(&role.trust).is_ok_and(|trust| {
        let principal = Caller::Service("apigateway.amazonaws.com");
        trust.evaluate(&Request {
            action: "sts:AssumeRole",
            context: &context,
            principal: Some(&principal),
            resource: role_arn,
        }) == Decision::Allow
    });
    Ok(trusts.then_some(role))
}

/// What is known of a call that is made as a role.
struct RoleContext<'a> {
    account: &'a str,
    arn: &'a str,
}

impl ConditionContext for RoleContext<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "aws:principalaccount" | "aws:sourceaccount" => Values::One(self.account),
            "aws:principalarn" => Values::One(self.arn),
            _ => Values::Missing,
        }
    }
}

fn named(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<Role>, QueryRefusal> {
    find(transaction, call.form.required("RoleName"))
}

fn check_trust(text: &str) -> Result<(), QueryRefusal> {
    document::check_trust(text)?;
    if TRUST_LENGTH_MAX < document::length(text) {
        return Err(QueryRefusal::limit_exceeded(format!(
            "Cannot exceed quota for ACLSizePerRole: {TRUST_LENGTH_MAX}"
        )));
    }
    Ok(())
}

fn create(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let name = call.form.required("RoleName");
    let trust = call.form.required("AssumeRolePolicyDocument");
    entity::must_be_new::<Role>(transaction, name)?;
    check_trust(trust)?;
    if ROLES_MAX <= transaction.count::<Role>(Account::row())? {
        return Err(QueryRefusal::limit_exceeded(format!(
            "Cannot exceed quota for RolesPerAccount: {ROLES_MAX}"
        )));
    }
    let role = Role {
        id: new_id(call, "AROA"),
        name: name.to_owned(),
        path: call.form.text("Path").unwrap_or("/").to_owned(),
        created: call.now,
        description: call.form.text("Description").map(str::to_owned),
        session_seconds_max: call
            .form
            .number("MaxSessionDuration")
            .unwrap_or(SESSION_SECONDS_DEFAULT),
        trust: trust.to_owned(),
        tags: call.form.tags.clone(),
        policies: Policies::default(),
    };
    transaction.insert(Account::row(), &role)?;
    let mut shown = role.show(call);
    shown["Tags"] = show_tags(&role.tags);
    Ok(json!({ "Role": shown }))
}

fn show_one(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let role = named(call, transaction)?.document;
    let mut shown = role.show(call);
    shown["Tags"] = show_tags(&role.tags);
    shown["RoleLastUsed"] = json!({});
    Ok(json!({ "Role": shown }))
}

fn list(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let prefix = call.form.text("PathPrefix").unwrap_or("/");
    let roles = transaction.list::<Role>(Account::row())?.into_iter().map(|role| role.document);
    let roles = roles.filter(|role| role.path.starts_with(prefix));
    let roles = roles.map(|role| (role.name.to_lowercase(), role.show(call))).collect();
    Ok(page::page(&call.form, "Roles", roles))
}

/// There are no machines that roles could be given to.
fn list_instance_profiles(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    named(call, transaction)?;
    Ok(page::page(&call.form, "InstanceProfiles", Vec::new()))
}

fn update_trust(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    let trust = call.form.required("PolicyDocument");
    check_trust(trust)?;
    trust.clone_into(&mut stored.document.trust);
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn update(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    if let Some(description) = call.form.text("Description") {
        stored.document.description = Some(description.to_owned());
    }
    if let Some(seconds) = call.form.number("MaxSessionDuration") {
        stored.document.session_seconds_max = seconds;
    }
    transaction.update(&stored)?;
    // An empty structure.
    Ok(json!({}))
}

fn delete(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let stored = named(call, transaction)?;
    stored.document.policies.must_be_empty()?;
    transaction.delete(stored.row)?;
    Ok(Value::Null)
}
