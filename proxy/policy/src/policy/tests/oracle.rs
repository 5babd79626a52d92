//! A naive evaluator, written from IAM's rules without looking at ours, and small generated policies for both.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Policy;
use super::Context;
use crate::caller::Caller;
use crate::decision::Decision;
use crate::request::Request;

#[derive(Clone, Debug)]
struct NaiveStatement {
    action: (bool, Vec<String>),
    allows: bool,
    principal: Option<(bool, Vec<&'static str>)>,
    resource: (bool, Vec<String>),
}

impl NaiveStatement {
    fn to_json(&self) -> Value {
        let mut statement = json!({"Effect": if self.allows { "Allow" } else { "Deny" }});
        statement[if self.action.0 { "NotAction" } else { "Action" }] = json!(self.action.1);
        statement[if self.resource.0 { "NotResource" } else { "Resource" }] =
            json!(self.resource.1);
        if let Some((negated, accounts)) = &self.principal {
            statement[if *negated { "NotPrincipal" } else { "Principal" }] =
                json!({"AWS": accounts});
        }
        statement
    }

    fn applies(&self, action: &str, resource: &str, account: Option<&str>) -> bool {
        let action = action.to_lowercase();
        let in_actions =
            self.action.1.iter().any(|it| glob(it.to_lowercase().as_bytes(), action.as_bytes()));
        let in_resources =
            self.resource.1.iter().any(|it| glob(it.as_bytes(), resource.as_bytes()));
        let in_principals = self.principal.as_ref().is_none_or(|(negated, accounts)| {
            accounts.iter().any(|it| *it == "*" || Some(*it) == account) != *negated
        });
        in_actions != self.action.0 && in_resources != self.resource.0 && in_principals
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|start| glob(rest, &text[start..])),
        Some((byte, rest)) => text
            .split_first()
            .is_some_and(|(first, text)| (*byte == b'?' || byte == first) && glob(rest, text)),
    }
}

fn decide(
    statements: &[NaiveStatement],
    action: &str,
    resource: &str,
    account: Option<&str>,
) -> Decision {
    let applying: Vec<_> =
        statements.iter().filter(|it| it.applies(action, resource, account)).collect();
    if applying.iter().any(|it| !it.allows) {
        Decision::ExplicitDeny
    } else if applying.is_empty() {
        Decision::ImplicitDeny
    } else {
        Decision::Allow
    }
}

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

fn statement() -> impl Strategy<Value = NaiveStatement> {
    let patterns = || prop::collection::vec("[aAb/*?]{0,4}", 1..3);
    let accounts = prop::collection::vec(prop::sample::select(vec!["*", ONE, TWO]), 1..3);
    let principal = prop::option::of((any::<bool>(), accounts));
    (any::<bool>(), (any::<bool>(), patterns()), (any::<bool>(), patterns()), principal).prop_map(
        |(allows, action, resource, principal)| NaiveStatement {
            action,
            allows,
            principal,
            resource,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn agrees_with_the_naive_evaluator_in_any_order(
        statements in prop::collection::vec(statement(), 0..4),
        action in "[aAb/]{0,3}",
        resource in "[aAb/]{0,3}",
        account in prop::option::of(prop::sample::select(vec![ONE, TWO])),
    ) {
        let expected = decide(&statements, &action, &resource, account);
        let caller = account.map(|account| Caller::Aws { account, names: &[] });
        let request = Request { action: &action, context: &Context, principal: caller.as_ref(), resource: &resource };
        let mut written: Vec<Value> = statements.iter().map(NaiveStatement::to_json).collect();
        for _ in 0..=written.len() {
            let policy = Policy::from_json(&json!({"Version": "2012-10-17", "Statement": written})).unwrap();
            prop_assert_eq!(policy.evaluate(&request), expected);
            let step = usize::from(!written.is_empty());
            written.rotate_left(step);
        }
        written.reverse();
        let policy = Policy::from_json(&json!({"Statement": written})).unwrap();
        prop_assert_eq!(policy.evaluate(&request), expected);
    }
}
