//! How long it takes to evaluate a policy of 20 statements, with and without conditions.

#![forbid(unsafe_code)]

use divan::{Bencher, black_box};
use policy::{Caller, ConditionContext, Decision, Policy, Request, Values};

fn main() {
    divan::main();
}

struct Context;

impl ConditionContext for Context {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "aws:sourceip" => Values::One("203.0.113.7"),
            "aws:useragent" => Values::One("curl/8.5.0"),
            "aws:currenttime" => Values::One("2026-11-24T09:00:00Z"),
            "aws:username" => Values::One("ada"),
            _ => Values::Missing,
        }
    }
}

/// Twenty, of which the last alone is about the request.
fn policy(condition: &str) -> Policy {
    let statement = |number: usize| {
        format!(
            r#"{{"Effect": "{}", "Principal": "*", "Action": "execute-api:Invoke",
                "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/*/pets/{}"{condition}}}"#,
            if number.is_multiple_of(4) { "Deny" } else { "Allow" },
            if number == 19 { "*".to_owned() } else { format!("{number}/*") },
        )
    };
    let statements: Vec<String> = (0..20).map(statement).collect();
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "));
    Policy::parse(&text).expect("it is a policy")
}

fn evaluate(bencher: Bencher<'_, '_>, policy: &Policy) {
    let caller = Caller::Aws {
        account: "123456789012",
        names: &["arn:aws:iam::123456789012:user/ada", "AIDAJRFQBWJTHKLSN4NJ5"],
    };
    let request = Request {
        action: "execute-api:Invoke",
        context: &Context,
        principal: Some(&caller),
        resource: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/GET/pets/ada",
    };
    assert_eq!(policy.evaluate(&request), Decision::Allow);
    bencher.bench_local(|| black_box(policy).evaluate(black_box(&request)));
}

#[divan::bench]
fn twenty_statements(bencher: Bencher<'_, '_>) {
    evaluate(bencher, &policy(""));
}

/// Of each, the conditions are looked at last.
#[divan::bench]
fn twenty_statements_with_conditions(bencher: Bencher<'_, '_>) {
    evaluate(
        bencher,
        &policy(
            r#", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}, "StringLike": {"aws:UserAgent": "curl/*"}}"#,
        ),
    );
}
