//! The resource policy of an API: who may call it, whatever its methods say.
//!
//! Source: API Gateway Developer Guide, "Control access to a REST API with API Gateway resource policies".

use policy::{Decision, InvalidPolicy, Policy, PolicyProblem, Request};
use serde_json::Value;

/// Longest policy (AWS).
pub const RESOURCE_POLICY_BYTES_MAX: usize = 8_192;

/// `execute-api:/stage/VERB/path`: of the API that the policy is of.
const SHORTHAND: &str = "execute-api:/";

/// A resource policy, compiled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourcePolicy(Policy);

impl ResourcePolicy {
    /// Reads one whose shorthands are written out.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(document: &str) -> Result<Self, InvalidPolicy> {
        Policy::parse_api(document).map(Self)
    }

    /// What it alone says of a call.
    pub fn evaluate(&self, request: &Request<'_>) -> Decision {
        self.0.evaluate(request)
    }

    /// A document with its resources `execute-api:/...` written out as ARNs, which begin with that of the API:
    /// `arn:aws:execute-api:{region}:{account}:{apiId}`. One without any stays as it is written.
    ///
    /// # Errors
    /// That it is no resource policy, or longer than AWS takes.
    pub fn expand(document: &str, api_arn: &str) -> Result<String, InvalidPolicy> {
        let invalid = |problem| InvalidPolicy { place: String::from("policy"), problem };
        if RESOURCE_POLICY_BYTES_MAX < document.len() {
            return Err(invalid(PolicyProblem::TooLong { bytes_max: RESOURCE_POLICY_BYTES_MAX }));
        }
        Self::parse(document)?;
        let mut value: Value = serde_json::from_str(document).map_err(|error| {
            invalid(PolicyProblem::MalformedJson { message: error.to_string() })
        })?;
        if !expand_statements(&mut value["Statement"], api_arn) {
            return Ok(document.to_owned());
        }
        let expanded = value.to_string();
        Self::parse(&expanded)?;
        Ok(expanded)
    }
}

/// Whether there was something to write out.
fn expand_statements(statements: &mut Value, api_arn: &str) -> bool {
    let mut is_changed = false;
    for statement in one_or_many(statements) {
        for element in ["NotResource", "Resource"] {
            for resource in statement.get_mut(element).into_iter().flat_map(one_or_many) {
                let rest = resource.as_str().and_then(|text| text.strip_prefix(SHORTHAND));
                if let Some(rest) = rest {
                    *resource = format!("{api_arn}/{rest}").into();
                    is_changed = true;
                }
            }
        }
    }
    is_changed
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_mut(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abc";

    fn document(resource: &str) -> String {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", {resource}}}]}}"#
        )
    }

    #[track_caller]
    fn check(resource: &str, expected: &str) {
        let expanded = ResourcePolicy::expand(&document(resource), ARN).unwrap();
        let value: Value = serde_json::from_str(&expanded).unwrap();
        let expected: Value = serde_json::from_str(&document(expected)).unwrap();
        assert_eq!(value, expected);
    }

    #[test]
    fn shorthands_are_of_the_api_itself() {
        let all = r#""Resource": "arn:aws:execute-api:us-east-1:123456789012:abc/*""#;
        check(r#""Resource": "execute-api:/*""#, all);
        // As some clients write a slash.
        check(r#""Resource": "execute-api:\/*""#, all);
        check(
            r#""NotResource": ["execute-api:/prod/GET/pets", "arn:aws:execute-api:*:*:x/*"]"#,
            r#""NotResource": ["arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/pets", "arn:aws:execute-api:*:*:x/*"]"#,
        );
        let untouched = document(r#""Resource":   "*""#);
        assert_eq!(ResourcePolicy::expand(&untouched, ARN).unwrap(), untouched);
    }

    #[test]
    fn what_is_no_resource_policy_is_refused() {
        for text in [
            "{}".to_owned(),
            document(r#""Resource": "execute-api:prod""#),
            document(r#""Resorce": "*""#),
            document(r#""Resource": "*""#).replace("Invoke", "Invok"),
            document(r#""Resource": "*""#).replace("execute-api:Invoke", "lambda:InvokeFunction"),
            document(r#""Resource": "*""#).replace(r#""Principal": "*", "#, ""),
            document(&format!(r#""Resource": "arn:{}""#, "x".repeat(RESOURCE_POLICY_BYTES_MAX))),
        ] {
            assert!(ResourcePolicy::expand(&text, ARN).is_err(), "{text}");
        }
    }
}
