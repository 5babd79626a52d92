//! Policy documents as IAM takes and gives them: the errors of AWS, and the escapes.

use std::collections::BTreeSet;

use percent_encoding::utf8_percent_encode;
use policy::{InvalidPolicy, Policy, PolicyProblem};
use serde_json::Value;

use crate::query::QueryRefusal;
use crate::route::RESERVED;

/// As answers hold it.
pub(super) fn encode(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

/// What counts against a quota.
pub(super) fn length(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// Refuses what is not the policy of a user or role.
pub(crate) fn check_identity(text: &str) -> Result<(), QueryRefusal> {
    Policy::parse_identity(text).map_err(|error| QueryRefusal::malformed_policy(worded(&error)))?;
    let malformed = |message: &str| Err(QueryRefusal::malformed_policy(message));
    for statement in statements(text)? {
        for action in texts(&statement, ["Action", "NotAction"]) {
            if action != "*" && !action.contains(':') {
                return malformed(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                );
            }
        }
        for resource in texts(&statement, ["Resource", "NotResource"]) {
            if resource != "*" && !resource.starts_with("arn:") {
                let resource = crate::input::shown(&resource);
                let message = format!("Resource {resource} must be in ARN format or \"*\".");
                return malformed(&message);
            }
        }
    }
    Ok(())
}

/// Refuses what does not say who may assume a role.
pub(super) fn check_trust(text: &str) -> Result<(), QueryRefusal> {
    Policy::parse_trust(text).map_err(|error| {
        QueryRefusal::malformed_policy(match error.problem {
            PolicyProblem::MalformedJson { .. } => "This policy contains invalid Json".to_owned(),
            PolicyProblem::Misplaced { .. } => "Has prohibited field Resource.".to_owned(),
            PolicyProblem::Missing if error.place.ends_with(".Principal") => {
                "Missing required field Principal".to_owned()
            }
            _ => worded(&error),
        })
    })?;
    for statement in statements(text)? {
        let mut actions = texts(&statement, ["Action", "NotAction"]);
        if actions.any(|action| !action.to_ascii_lowercase().starts_with("sts:")) {
            return Err(QueryRefusal::malformed_policy(
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ));
        }
    }
    Ok(())
}

fn worded(error: &InvalidPolicy) -> String {
    let missing = |name: &str| {
        error.problem == PolicyProblem::Missing && error.place.rsplit('.').next() == Some(name)
    };
    let is_old =
        matches!(&error.problem, PolicyProblem::MustBe { found, .. } if found == "\"2008-10-17\"");
    match &error.problem {
        _ if missing("Version") || (error.place == "Version" && is_old) => {
            "Policy document must be version 2012-10-17 or greater.".to_owned()
        }
        _ if missing("Action") => "Policy statement must contain actions.".to_owned(),
        _ if missing("Resource") => "Policy statement must contain resources.".to_owned(),
        PolicyProblem::Misplaced { .. } => {
            "Policy document should not specify a principal.".to_owned()
        }
        PolicyProblem::MalformedJson { .. } => "Syntax errors in policy.".to_owned(),
        // AWS does not say where.
        _ => format!("Syntax errors in policy. {error}"),
    }
}

/// The statements of a policy that was read, each with a name of its own if it has one.
fn statements(text: &str) -> Result<Vec<Value>, QueryRefusal> {
    let mut document: Value = serde_json::from_str(text)
        .map_err(|_| QueryRefusal::malformed_policy("Syntax errors in policy."))?;
    let statements = match document.get_mut("Statement").map(Value::take) {
        Some(Value::Array(statements)) => statements,
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    let mut names = BTreeSet::new();
    for name in statements.iter().filter_map(|statement| statement.get("Sid")?.as_str()) {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(QueryRefusal::malformed_policy(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
        if !name.is_empty() && !names.insert(name) {
            let message = "Statement IDs (SID) in a single policy must be unique.";
            return Err(QueryRefusal::malformed_policy(message));
        }
    }
    Ok(statements)
}

/// The texts of two elements, each one of them or a list.
fn texts(statement: &Value, elements: [&str; 2]) -> impl Iterator<Item = String> {
    let values = elements.into_iter().filter_map(|element| statement.get(element));
    let values = values.flat_map(|value| match value {
        Value::Array(items) => items.clone(),
        value => vec![value.clone()],
    });
    let texts: Vec<String> = values.filter_map(|it| it.as_str().map(str::to_owned)).collect();
    texts.into_iter()
}
