//! What an authorizer decided, compiled: parsed once, evaluated for each request it is cached for.

use std::sync::Arc;

use model::{ApiKeyValue, Authorization, AuthorizationPolicy, ContextEntry, ContextValue};
use policy::Policy;
use serde_json::json;

use crate::authorize::conditions::RequestConditions;
use crate::authorize::resource_policy::ACTION;
use crate::exchange::Exchange;
use crate::failure::Fault;

/// Keys of the authorizer's context that belong to the gateway.
const RESERVED_KEYS: [&str; 3] = ["claims", "integrationLatency", "principalId"];

/// Largest decision that is accepted: AWS documents 8 KB for the result of an authorizer.
const DECISION_BYTES_MAX: usize = 8 * 1024;

/// A decision about one caller.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(super) principal_id: Arc<str>,
    pub(super) context: Vec<(String, String)>,
    usage_identifier_key: Option<ApiKeyValue>,
    verdict: Verdict,
    bytes: usize,
}

#[derive(Debug)]
enum Verdict {
    /// Every method of the stage.
    Allow,
    /// Nothing.
    Deny,
    /// What the policy says.
    Policy(Policy),
}

impl Decision {
    /// From a typed authorizer.
    pub(super) fn from_typed(authorization: Authorization) -> Result<Self, Fault> {
        let Authorization { principal_id, policy, context, usage_identifier_key } = authorization;
        let mut bytes = 0;
        let verdict = match policy {
            AuthorizationPolicy::Allow => Verdict::Allow,
            AuthorizationPolicy::AllowMethods(arns) if arns.is_empty() => Verdict::Deny,
            AuthorizationPolicy::AllowMethods(arns) => {
                bytes = arns.iter().map(String::len).sum();
                Verdict::Policy(policy_of(&allow_document(&arns))?)
            }
            AuthorizationPolicy::Deny => Verdict::Deny,
            AuthorizationPolicy::Document(document) => {
                bytes = document.len();
                let parsed = Policy::parse(&document).map_err(|error| invalid(&error))?;
                Verdict::Policy(parsed)
            }
        };
        Self::new(principal_id, context, usage_identifier_key, (verdict, bytes))
    }

    /// From the parts of a Lambda authorizer's result.
    pub(super) fn from_document(
        principal_id: String,
        document: &serde_json::Value,
        context: Vec<ContextEntry>,
        usage_identifier_key: Option<ApiKeyValue>,
        bytes: usize,
    ) -> Result<Self, Fault> {
        let verdict = Verdict::Policy(policy_of(document)?);
        Self::new(principal_id, context, usage_identifier_key, (verdict, bytes))
    }

    fn new(
        principal_id: String,
        context: Vec<ContextEntry>,
        usage_identifier_key: Option<ApiKeyValue>,
        (verdict, policy_bytes): (Verdict, usize),
    ) -> Result<Self, Fault> {
        if principal_id.is_empty() {
            return Err(Fault::Authorizer("the decision has no principalId".into()));
        }
        if let Some(entry) = context.iter().find(|entry| RESERVED_KEYS.contains(&&*entry.name)) {
            return Err(Fault::Authorizer(format!("the context key {:?} is reserved", entry.name)));
        }
        let context: Vec<(String, String)> =
            context.into_iter().map(|entry| (entry.name, text(entry.value))).collect();
        let context_bytes: usize =
            context.iter().map(|(name, value)| name.len() + value.len()).sum();
        let key_bytes = usage_identifier_key.as_ref().map_or(0, |key| key.as_str().len());
        let bytes = principal_id.len() + context_bytes + key_bytes + policy_bytes;
        if bytes > DECISION_BYTES_MAX {
            return Err(Fault::Authorizer(format!(
                "the decision takes {bytes} bytes, more than {DECISION_BYTES_MAX}"
            )));
        }
        Ok(Self {
            principal_id: principal_id.into(),
            context,
            usage_identifier_key,
            verdict,
            bytes,
        })
    }

    /// `$context.authorizer.X`
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        if key == "principalId" {
            return Some(&self.principal_id);
        }
        self.context.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// For whoever wants to know what happened.
    pub(super) fn traced(&self) -> serde_json::Value {
        json!({
            "principalId": &*self.principal_id,
            "context": self.context,
        })
    }

    /// The API key of the caller, for an API that asks its authorizers.
    pub(crate) fn usage_identifier_key(&self) -> Option<&str> {
        self.usage_identifier_key.as_ref().map(ApiKeyValue::as_str)
    }

    /// What it takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What it says of the method of this request.
    pub(super) fn judge(&self, exchange: &Exchange<'_>) -> policy::Decision {
        let policy = match &self.verdict {
            Verdict::Allow => return policy::Decision::Allow,
            Verdict::Deny => return policy::Decision::ExplicitDeny,
            Verdict::Policy(policy) => policy,
        };
        policy.evaluate(&policy::Request {
            action: ACTION,
            context: &RequestConditions::new(exchange),
            principal: None,
            resource: &exchange.method_arn(),
        })
    }
}

/// Numbers and booleans reach integrations as text.
fn text(value: ContextValue) -> String {
    match value {
        ContextValue::Boolean(flag) => flag.to_string(),
        ContextValue::Number(number) => number.to_string(),
        ContextValue::Text(text) => text,
    }
}

fn allow_document(arns: &[String]) -> serde_json::Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arns }],
    })
}

fn policy_of(document: &serde_json::Value) -> Result<Policy, Fault> {
    Policy::from_json(document).map_err(|error| invalid(&error))
}

fn invalid(error: &policy::InvalidPolicy) -> Fault {
    Fault::Authorizer(format!("the policy document is not valid: {error}"))
}
