//! A policy document, compiled.

use std::io;

use serde_json::Value;

use crate::decision::Decision;
use crate::effect::Effect;
use crate::element::Element;
use crate::invalid_policy::{InvalidPolicy, PolicyProblem};
use crate::pattern::Variables;
use crate::request::Request;
use crate::statement::Statement;
use crate::unique_keys::UniqueKeys;

/// The longest policy any AWS service takes (Amazon S3 bucket policies: 20 KB). API Gateway takes 8,192 bytes, a
/// Lambda authorizer answers 8 KB at most. Bounds the number of statements, patterns and operands too.
const TEXT_BYTES_MAX: usize = 20 * 1024;

/// An identity, resource or authorizer policy (IAM User Guide, "IAM JSON policy element reference").
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    statements: Box<[Statement]>,
}

impl Policy {
    /// Reads a policy document (IAM User Guide, "Grammar of the IAM JSON policy language").
    ///
    /// # Errors
    /// When the text is longer than 20 KiB, is no JSON, has a key twice, or holds anything this crate does not know.
    pub fn parse(text: &str) -> Result<Self, InvalidPolicy> {
        Self::parse_kind(text, PolicyKind::Any)
    }

    fn parse_kind(text: &str, kind: PolicyKind) -> Result<Self, InvalidPolicy> {
        if TEXT_BYTES_MAX < text.len() {
            return Err(too_long());
        }
        let value = serde_json::from_str(text).map_err(|error| InvalidPolicy {
            place: String::from("policy"),
            problem: PolicyProblem::MalformedJson { message: error.to_string() },
        });
        let UniqueKeys(value) = value?;
        Self::from_bounded(&value, kind)
    }

    /// Reads the policy of a user or role, which says what they may do: nobody else is named in it.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it has no version of 2012, no statement, or one with a principal.
    pub fn parse_identity(text: &str) -> Result<Self, InvalidPolicy> {
        Self::parse_kind(text, PolicyKind::Identity)
    }

    /// Reads the resource policy of an API of API Gateway, which says who may call it: every statement names who it is
    /// for, and is about actions of `execute-api` alone.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it has no statement, or one without a principal, with an action that calls of APIs
    /// do not have, or with a resource that is neither an ARN, nor `execute-api:/...`, nor `*`.
    pub fn parse_api(text: &str) -> Result<Self, InvalidPolicy> {
        Self::parse_kind(text, PolicyKind::Api)
    }

    /// Reads the policy of an endpoint of a VPC, which says who may call what through it: every statement names who it is
    /// for.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it has no statement, or one without a principal.
    pub fn parse_endpoint(text: &str) -> Result<Self, InvalidPolicy> {
        Self::parse_kind(text, PolicyKind::Endpoint)
    }

    /// Reads the trust policy of a role, which says who may assume it: every statement is about the role, and names
    /// who it is for.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it has no statement, or one with a resource or without a principal.
    pub fn parse_trust(text: &str) -> Result<Self, InvalidPolicy> {
        Self::parse_kind(text, PolicyKind::Trust)
    }

    /// Reads a policy document that is part of another JSON value, such as an authorizer's `policyDocument`.
    ///
    /// Equal keys of one object cannot be told any more here: [`Self::parse`] refuses them.
    ///
    /// # Errors
    /// As [`Self::parse`]; the limit counts the value written without spaces.
    pub fn from_json(value: &Value) -> Result<Self, InvalidPolicy> {
        serde_json::to_writer(BytesLeft(TEXT_BYTES_MAX), value).map_err(|_| too_long())?;
        Self::from_bounded(value, PolicyKind::Any)
    }

    /// Answers what this policy alone says: a Deny before any Allow, and nothing when no statement applies
    /// (IAM User Guide, "Policy evaluation logic").
    #[must_use]
    pub fn evaluate(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::ImplicitDeny;
        for statement in &self.statements {
            // Once allowed, only a Deny can change the answer.
            if statement.effect() == Effect::Allow && decision == Decision::Allow {
                continue;
            }
            if statement.applies_to(request) {
                match statement.effect() {
                    Effect::Allow => decision = Decision::Allow,
                    Effect::Deny => return Decision::ExplicitDeny,
                }
            }
        }
        decision
    }

    fn from_bounded(value: &Value, kind: PolicyKind) -> Result<Self, InvalidPolicy> {
        let document = Element::document(value);
        let mut statements = None;
        let mut variables = Variables::Literal; // An absent Version means 2008-10-17.
        for (name, element) in document.fields()? {
            match name {
                "Id" => {
                    element.text()?;
                }
                "Statement" => statements = Some(element),
                "Version" => variables = parse_version(&element)?,
                _ => return Err(element.refuse(PolicyProblem::UnknownElement)),
            }
        }
        let statements = statements.ok_or_else(|| document.missing("Statement"))?;
        match kind {
            PolicyKind::Api | PolicyKind::Endpoint | PolicyKind::Identity | PolicyKind::Trust
                if statements.is_empty_list() =>
            {
                return Err(statements.must_be("at least one statement"));
            }
            PolicyKind::Identity if variables == Variables::Literal => {
                return Err(document.must_have("Version", "\"2012-10-17\""));
            }
            PolicyKind::Any
            | PolicyKind::Api
            | PolicyKind::Endpoint
            | PolicyKind::Identity
            | PolicyKind::Trust => {}
        }
        let statements: Result<_, _> =
            statements.items().map(|item| Statement::parse(&item, variables, kind)).collect();
        Ok(Self { statements: statements? })
    }
}

/// What several policies of one identity say together: a Deny before any Allow, as in one policy.
pub fn evaluate_all<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    request: &Request<'_>,
) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for policy in policies {
        match policy.evaluate(request) {
            Decision::Allow => decision = Decision::Allow,
            Decision::ImplicitDeny => {}
            Decision::ExplicitDeny => return Decision::ExplicitDeny,
        }
    }
    decision
}

/// What a policy is part of, which decides what its statements must and must not say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PolicyKind {
    /// Not told: all elements may be there.
    Any,
    /// Of an API: who may call it.
    Api,
    /// Of an endpoint of a VPC: who may call what through it.
    Endpoint,
    /// Of a user or role.
    Identity,
    /// Of a role, about who may assume it.
    Trust,
}

/// IAM User Guide, "IAM JSON policy elements: Version".
fn parse_version(element: &Element<'_>) -> Result<Variables, InvalidPolicy> {
    match element.as_text() {
        Some("2008-10-17") => Ok(Variables::Literal),
        Some("2012-10-17") => Ok(Variables::Substituted),
        Some(_) | None => Err(element.must_be("\"2012-10-17\" or \"2008-10-17\"")),
    }
}

fn too_long() -> InvalidPolicy {
    InvalidPolicy {
        place: String::from("policy"),
        problem: PolicyProblem::TooLong { bytes_max: TEXT_BYTES_MAX },
    }
}

/// Counts what is written and keeps nothing; fails at the first byte too many.
struct BytesLeft(usize);

impl io::Write for BytesLeft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
