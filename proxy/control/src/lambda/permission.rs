//! Permissions of functions: who may call a function, a version or an alias.
//!
//! Each of them has a policy of its own, which is kept as statements. Texts as recorded from AWS.

use model::AccountId;
use policy::{Caller, ConditionContext, Decision, Policy, Request, Values};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{ReadTransaction, WriteTransaction};

use super::function::{self, Resolved};
use super::name::{self, FunctionReference};
use super::unsupported;
use super::version::{self, LATEST};
use crate::answer::Answer;
use crate::call::{self, Call};
use crate::input::shown;
use crate::refusal::{Refusal, RefusalKind};
use crate::service::Handler;

/// Longest policy (AWS).
const POLICY_BYTES_MAX: usize = 20_480;

/// Who calls functions for an API.
const API_GATEWAY: &str = "apigateway.amazonaws.com";

/// One statement of a policy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    sid: String,
    effect: String,
    principal: Value,
    action: String,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("AddPermission", Handler::Write(add)),
    ("GetPolicy", Handler::Read(get)),
    ("RemovePermission", Handler::Write(remove)),
];

impl Resolved {
    /// Of what was named: the version, or the alias.
    pub(crate) fn policy(&self) -> &[Statement] {
        match &self.alias {
            Some(alias) => &alias.document.policy,
            None => &self.version.document.policy,
        }
    }

    fn revision_id(&self) -> &str {
        match &self.alias {
            Some(alias) => &alias.document.revision_id,
            None => &self.version.document.revision_id,
        }
    }

    fn set_policy(
        mut self,
        call: &Call,
        transaction: &WriteTransaction<'_>,
        policy: Vec<Statement>,
    ) -> Result<(), Refusal> {
        if let Some(mut alias) = self.alias {
            alias.document.policy = policy;
            alias.document.revision_id = call::new_uuid(&*call.ambient);
            transaction.update(&alias)?;
        } else {
            self.version.document.policy = policy;
            self.version.document.touch(call);
            transaction.update(&self.version)?;
        }
        Ok(())
    }
}

/// What statements say together; none if that is nothing, or cannot be read.
pub(crate) fn policy(statements: &[Statement]) -> Option<Policy> {
    if statements.is_empty() { None } else { Policy::from_json(&document(statements)).ok() }
}

/// Whether a policy lets API Gateway call the function for what `source_arn` names.
pub(crate) fn allows(policy: &Policy, function_arn: &str, account: &str, source_arn: &str) -> bool {
    let decision = policy.evaluate(&Request {
        action: "lambda:InvokeFunction",
        context: &Source { account, arn: source_arn },
        principal: Some(&Caller::Service(API_GATEWAY)),
        resource: function_arn,
    });
    decision == Decision::Allow
}

/// What a call of API Gateway says of where it comes from.
struct Source<'a> {
    account: &'a str,
    arn: &'a str,
}

impl ConditionContext for Source<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "aws:sourceaccount" => Values::One(self.account),
            "aws:sourcearn" => Values::One(self.arn),
            _ => Values::Missing,
        }
    }
}

fn document(statements: &[Statement]) -> Value {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements })
}

fn resolve(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Resolved, Refusal> {
    let reference = FunctionReference::of(call)?;
    // The function itself first, as its absence is told otherwise than that of an alias.
    function::find(
        &call.identity,
        transaction,
        &FunctionReference { name: reference.name.clone(), qualifier: None },
    )?;
    function::resolve(&call.identity, transaction, &reference).map_err(|refusal| {
        match reference.qualifier.as_deref() {
            Some(alias) if refusal.is(RefusalKind::NotFound) && !version::is_version(alias) => {
                Refusal::not_found(format!(
                    "Cannot find alias arn: {}",
                    reference.arn(&call.identity)
                ))
            }
            Some(_) | None => refusal,
        }
    })
}

fn add(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    unsupported::check(call, "")?;
    let reference = FunctionReference::of(call)?;
    if reference.qualifier.as_deref() == Some(LATEST) {
        return Err(Refusal::bad_request(
            "We currently do not support adding policies for $LATEST.",
        ));
    }
    let found = resolve(call, transaction)?;
    version::check_revision(call, found.revision_id())?;
    let sid = call.input.required("StatementId");
    let mut policy = found.policy().to_vec();
    if policy.iter().any(|statement| statement.sid == sid) {
        return Err(Refusal::conflict(format!(
            "The statement id ({sid}) provided already exists. Please provide a new statement id, \
             or remove the existing statement."
        )));
    }
    let statement = Statement {
        sid: sid.to_owned(),
        effect: "Allow".to_owned(),
        principal: principal(call.input.required("Principal"))?,
        action: call.input.required("Action").to_owned(),
        resource: name::arn(&call.identity, &reference.name, reference.qualifier.as_deref()),
        condition: condition(call),
    };
    let shown = json!(statement).to_string();
    policy.push(statement);
    let document = document(&policy);
    let size = document.to_string().len();
    if POLICY_BYTES_MAX < size {
        return Err(Refusal::new(
            RefusalKind::PolicyLengthExceeded,
            format!(
                "The final policy size ({size}) is bigger than the limit ({POLICY_BYTES_MAX})."
            ),
        ));
    }
    Policy::from_json(&document).map_err(|error| {
        Refusal::bad_request(format!("The permission is no statement: {error}"))
    })?;
    found.set_policy(call, transaction, policy)?;
    Ok(Answer::Json(json!({ "Statement": shown })))
}

fn principal(text: &str) -> Result<Value, Refusal> {
    if text == "*" {
        return Ok(text.into());
    }
    if text.ends_with(".amazonaws.com") {
        return Ok(json!({ "Service": text }));
    }
    if AccountId::parse(text).is_ok() {
        return Ok(json!({ "AWS": format!("arn:aws:iam::{text}:root") }));
    }
    let is_arn = text.starts_with("arn:aws:iam::") || text.starts_with("arn:aws:sts::");
    if is_arn && !text.contains('*') {
        return Ok(json!({ "AWS": text }));
    }
    Err(Refusal::bad_request(
        "The provided principal was invalid. Please check the principal and try again.",
    ))
}

fn condition(call: &Call) -> Option<Value> {
    let mut equals = Map::new();
    for (member, key) in [
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
        ("SourceAccount", "AWS:SourceAccount"),
        ("EventSourceToken", "lambda:EventSourceToken"),
    ] {
        if let Some(text) = call.input.text(member) {
            equals.insert(key.to_owned(), text.into());
        }
    }
    let mut condition = Map::new();
    if !equals.is_empty() {
        condition.insert("StringEquals".to_owned(), equals.into());
    }
    if let Some(arn) = call.input.text("SourceArn") {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
    }
    (!condition.is_empty()).then(|| condition.into())
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let found = resolve(call, transaction)?;
    if found.policy().is_empty() {
        return Err(Refusal::not_found("The resource you requested does not exist."));
    }
    let policy = document(found.policy()).to_string();
    Ok(Answer::Json(json!({ "Policy": policy, "RevisionId": found.revision_id() })))
}

fn remove(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    let found = resolve(call, transaction).map_err(|refusal| {
        if refusal.is(RefusalKind::NotFound) {
            let arn = name::arn(&call.identity, &reference.name, None);
            Refusal::not_found(format!("No policy found for: {arn}"))
        } else {
            refusal
        }
    })?;
    if found.policy().is_empty() {
        return Err(Refusal::not_found("No policy is associated with the given resource."));
    }
    let sid = call.input.required("StatementId");
    let mut policy = found.policy().to_vec();
    policy.retain(|statement| statement.sid != sid);
    if policy.len() == found.policy().len() {
        return Err(Refusal::not_found(format!(
            "Statement {} is not found in resource policy.",
            shown(sid)
        )));
    }
    version::check_revision(call, found.revision_id())?;
    found.set_policy(call, transaction, policy)?;
    Ok(Answer::Empty)
}
