//! Tests of `policy`: whole documents, hostile ones, and a naive evaluator as the oracle.

mod condition_oracle;
mod hostile;
mod oracle;

use expect_test::{Expect, expect};

use super::Policy;
use crate::caller::Caller;
use crate::context::{ConditionContext, Values};
use crate::decision::Decision;
use crate::request::Request;

const RESOURCE: &str = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/GET/pets/1";

struct Context;

impl ConditionContext for Context {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "aws:sourceip" => Values::One("203.0.113.7"),
            "aws:username" => Values::One("pets"),
            _ => Values::Missing,
        }
    }
}

fn sample_request<'a>(principal: Option<&'a Caller<'a>>) -> Request<'a> {
    Request { action: "execute-api:Invoke", context: &Context, principal, resource: RESOURCE }
}

#[track_caller]
fn check(text: &str, expected: Decision) {
    let policy = Policy::parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policy.evaluate(&sample_request(None)), expected, "{text}");
}

/// Checks a policy of one Allow whose elements behind the effect are `elements`.
#[track_caller]
fn check_allow(elements: &str, expected: Decision) {
    check(
        &format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {elements}}}]}}"#
        ),
        expected,
    );
}

#[track_caller]
fn check_refused(text: &str, expected: Expect) {
    expected.assert_eq(&Policy::parse(text).map_or_else(|e| e.to_string(), |_| "parsed".into()));
}

#[test]
fn lambda_authorizer_policies_in_the_wild_are_understood() {
    check_allow(r#""Action": "execute-api:Invoke", "Resource": "*""#, Decision::Allow);
    check_allow(
        r#""Action": ["execute-api:Invoke"], "Resource": ["arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/*/*"]"#,
        Decision::Allow,
    );
    check_allow(
        r#""Sid": "", "Action": "execute-api:*", "Resource": "arn:aws:execute-api:*:*:*""#,
        Decision::Allow,
    );
    check(
        r#"{"Version": "2012-10-17", "Id": "x", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
        Decision::ExplicitDeny,
    );
    check(r#"{"Statement": []}"#, Decision::ImplicitDeny);
}

#[test]
fn deny_overrules_allow_in_any_order() {
    let allow = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": "*/pets/*"}"#;
    let other = r#"{"Effect": "Deny", "Action": "*", "Resource": "*/owners/*"}"#;
    check(&format!(r#"{{"Statement": [{allow}, {deny}]}}"#), Decision::ExplicitDeny);
    check(&format!(r#"{{"Statement": [{deny}, {allow}, {allow}]}}"#), Decision::ExplicitDeny);
    check(&format!(r#"{{"Statement": [{other}, {allow}]}}"#), Decision::Allow);
    check(&format!(r#"{{"Statement": [{other}]}}"#), Decision::ImplicitDeny);
}

#[test]
fn actions_match_without_case_and_resources_with_it() {
    check_allow(r#""Action": "EXECUTE-API:invoke", "Resource": "*""#, Decision::Allow);
    check_allow(r#""Action": "execute-api:Inv?ke", "Resource": "*""#, Decision::Allow);
    check_allow(
        r#""Action": "execute-api:InvalidateCache", "Resource": "*""#,
        Decision::ImplicitDeny,
    );
    check_allow(r#""Action": [], "Resource": "*""#, Decision::ImplicitDeny);
    check_allow(r#""Action": "*", "Resource": "*/get/pets/1""#, Decision::ImplicitDeny);
    check_allow(r#""Action": "*", "Resource": ["x", "*/GET/pets/?"]"#, Decision::Allow);
    check_allow(r#""Action": "*", "Resource": []"#, Decision::ImplicitDeny);
}

#[test]
fn not_elements_select_the_rest() {
    check_allow(r#""NotAction": "execute-api:Manage*", "Resource": "*""#, Decision::Allow);
    check_allow(
        r#""NotAction": ["a:b", "execute-api:*"], "Resource": "*""#,
        Decision::ImplicitDeny,
    );
    check_allow(r#""Action": "*", "NotResource": "*/POST/*""#, Decision::Allow);
    check_allow(r#""Action": "*", "NotResource": ["*/GET/*", "x"]"#, Decision::ImplicitDeny);
}

#[test]
fn incomplete_arn_is_completed_with_wildcards() {
    check_allow(r#""Action": "*", "Resource": "arn:aws:execute-api""#, Decision::Allow);
    check_allow(r#""Action": "*", "Resource": "arn:aws:execute-api:us-east-1""#, Decision::Allow);
    check_allow(
        r#""Action": "*", "Resource": "arn:aws:execute-api:eu-west-1""#,
        Decision::ImplicitDeny,
    );
    check_allow(
        r#""Action": "*", "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3""#,
        Decision::ImplicitDeny,
    );
}

#[test]
fn principals_and_conditions_narrow_a_statement() {
    let to_all = r#""Action": "*", "Resource": "*""#;
    check_allow(&format!(r#"{to_all}, "Principal": "*""#), Decision::Allow);
    check_allow(
        &format!(r#"{to_all}, "Principal": {{"AWS": "123456789012"}}"#),
        Decision::ImplicitDeny,
    );
    check_allow(
        &format!(r#"{to_all}, "NotPrincipal": {{"AWS": "123456789012"}}"#),
        Decision::Allow,
    );
    check_allow(
        &format!(r#"{to_all}, "Condition": {{"IpAddress": {{"aws:SourceIp": "203.0.113.0/24"}}}}"#),
        Decision::Allow,
    );
    check_allow(
        &format!(r#"{to_all}, "Condition": {{"IpAddress": {{"aws:SourceIp": "10.0.0.0/8"}}}}"#),
        Decision::ImplicitDeny,
    );

    let policy = Policy::parse(r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"Service": "events.amazonaws.com"}}}"#).unwrap();
    let service = Caller::Service("events.amazonaws.com");
    assert_eq!(policy.evaluate(&sample_request(Some(&service))), Decision::ExplicitDeny);
    assert_eq!(policy.evaluate(&sample_request(None)), Decision::ImplicitDeny);
}

#[test]
fn variables_are_substituted_since_2012_only() {
    let statement =
        r#""Statement": {"Effect": "Allow", "Action": "*", "Resource": "*/${aws:username}/1"}"#;
    check(&format!(r#"{{"Version": "2012-10-17", {statement}}}"#), Decision::Allow);
    check(&format!(r#"{{"Version": "2008-10-17", {statement}}}"#), Decision::ImplicitDeny);
    check(&format!(r#"{{{statement}}}"#), Decision::ImplicitDeny);
}

#[test]
fn variable_without_value_selects_nothing_in_an_allow() {
    check_allow(r#""Action": "*", "Resource": "*${aws:userid}*""#, Decision::ImplicitDeny);
    check_allow(r#""Action": "*", "Resource": ["*${aws:userid}*", "*"]"#, Decision::Allow);
    check_allow(r#""Action": "*", "NotResource": "*${aws:userid}*""#, Decision::ImplicitDeny);
    check(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "NotResource": "*${aws:userid}*"}}"#,
        Decision::ExplicitDeny,
    );
}

#[test]
fn errors_name_the_place_the_problem_and_what_was_found() {
    check_refused(
        "",
        expect![
            "policy is not valid JSON with unique keys: EOF while parsing a value at line 1 column 0"
        ],
    );
    check_refused("[]", expect!["policy must be an object, got a list of 0"]);
    check_refused("{}", expect!["Statement is required"]);
    check_refused(
        r#"{"statement": []}"#,
        expect!["statement is not an element of the policy language"],
    );
    check_refused(
        r#"{"Version": "2012-10-18", "Statement": []}"#,
        expect![[r#"Version must be "2012-10-17" or "2008-10-17", got "2012-10-18""#]],
    );
    check_refused(r#"{"Id": 1, "Statement": []}"#, expect!["Id must be a string, got 1"]);
    check_refused(r#"{"Statement": [1]}"#, expect!["Statement[0] must be an object, got 1"]);
    check_refused(r#"{"Statement": {}}"#, expect!["Statement.Action is required"]);
    check_refused(r#"{"Statement": {"Action": "*"}}"#, expect!["Statement.Effect is required"]);
    check_refused(
        r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#,
        expect![[r#"Statement.Effect must be "Allow" or "Deny", got "allow""#]],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*"}}"#,
        expect!["Statement.Resource is required"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Extra": 1}}"#,
        expect!["Statement.Extra is not an element of the policy language"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}}"#,
        expect!["Statement.NotAction must not stand beside Action"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "NotAction": [], "Resource": "*"}}"#,
        expect!["Statement.NotAction must be a list that is not empty, got a list of 0"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": ["a", null]}}"#,
        expect!["Statement.Resource[1] must be a string, got null"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": null}}"#,
        expect!["Statement.Principal must be an object, got null"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "NotPrincipal": {}}}"#,
        expect!["Statement.NotPrincipal must be at least one principal, got an object"],
    );
    check_refused(
        r#"{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
        expect![[
            r#"policy is not valid JSON with unique keys: duplicate key "Effect" at line 1 column 42"#
        ]],
    );
}

#[test]
fn errors_inside_an_element_name_its_whole_path() {
    check_refused(
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.1", "10.0.0.0/33"]}}}]}"#,
        expect![[
            r#"Statement[0].Condition.IpAddress.aws:SourceIp[1] must be an IP address or a CIDR range, got "10.0.0.0/33""#
        ]],
    );
    check_refused(
        r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqual": {"a": "b"}}}]}"#,
        expect!["Statement[0].Condition.StringEqual is not a condition operator"],
    );
    check_refused(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "${aws:username"}]}"#,
        expect![[
            r#"Statement[0].Resource must be a text with valid policy variables, got "${aws:username""#
        ]],
    );
}

#[test]
fn version_counts_wherever_it_stands() {
    check(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*/${aws:username}/1"}, "Version": "2012-10-17"}"#,
        Decision::Allow,
    );
}

#[test]
fn an_identity_policy_names_no_principal() {
    let check = |text: &str, expected: Expect| {
        expected.assert_eq(
            &Policy::parse_identity(text).map_or_else(|e| e.to_string(), |_| "parsed".into()),
        );
    };
    let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    check(&format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#), expect!["parsed"]);
    check(&format!(r#"{{"Statement": {statement}}}"#), expect!["Version is required"]);
    check(
        &format!(r#"{{"Version": "2008-10-17", "Statement": {statement}}}"#),
        expect![[r#"Version must be "2012-10-17", got "2008-10-17""#]],
    );
    check(
        r#"{"Version": "2012-10-17", "Statement": []}"#,
        expect!["Statement must be at least one statement, got a list of 0"],
    );
    check(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
        expect!["Statement[0].Principal must not be in an identity policy"],
    );
}

#[test]
fn a_trust_policy_is_about_its_role_and_names_who_may_assume_it() {
    let check = |statement: &str, expected: Expect| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let found = Policy::parse_trust(&text).map_or_else(
            |error| error.to_string(),
            |policy| {
                let caller = Caller::Service("lambda.amazonaws.com");
                let request = Request { action: "sts:AssumeRole", ..sample_request(Some(&caller)) };
                format!("{:?}", policy.evaluate(&request))
            },
        );
        expected.assert_eq(&found);
    };
    check(
        r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
        expect!["Allow"],
    );
    check(
        r#"{"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}"#,
        expect!["ImplicitDeny"],
    );
    check(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}"#,
        expect!["Statement[0].Resource must not be in a trust policy"],
    );
    check(
        r#"{"Effect": "Allow", "Action": "sts:AssumeRole"}"#,
        expect!["Statement[0].Principal is required"],
    );
}

#[test]
fn a_policy_of_an_api_names_who_may_do_what_calls_do() {
    let check = |statement: &str, expected: Expect| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let read = Policy::parse_api(&text);
        expected.assert_eq(&read.map_or_else(|error| error.to_string(), |_| "parsed".into()));
    };
    let statement = |action: &str, resource: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "{resource}"}}"#
        )
    };
    for action in ["execute-api:Invoke", "EXECUTE-API:invoke", "execute-api:*", "*"] {
        for resource in ["*", "execute-api:/*", "arn:aws:execute-api:*:*:*/*"] {
            check(&statement(action, resource), expect!["parsed"]);
        }
    }
    check("", expect!["Statement must be at least one statement, got a list of 0"]);
    check(
        &statement("execute-api:Invok", "*"),
        expect![[
            r#"Statement[0].Action must be an action such as "execute-api:Invoke", got "execute-api:Invok""#
        ]],
    );
    check(
        &statement("lambda:InvokeFunction", "*"),
        expect![[
            r#"Statement[0].Action must be an action such as "execute-api:Invoke", got "lambda:InvokeFunction""#
        ]],
    );
    check(
        &statement("*", "execute-api:prod/*"),
        expect![[
            r#"Statement[0].Resource must be an ARN, "execute-api:/..." or "*", got "execute-api:prod/*""#
        ]],
    );
    check(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
        expect!["Statement[0].Principal is required"],
    );
}

#[test]
fn a_policy_of_an_endpoint_names_whom_it_is_for_and_may_be_about_anything() {
    let check = |statements: &str, expected: Expect| {
        let text = format!(r#"{{"Statement": [{statements}]}}"#);
        let found = Policy::parse_endpoint(&text).map_or_else(
            |error| error.to_string(),
            |policy| format!("{:?}", policy.evaluate(&sample_request(None))),
        );
        expected.assert_eq(&found);
    };
    let all = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    check(all, expect!["Allow"]);
    let another = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    check(another, expect!["ImplicitDeny"]);
    let nobody = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    check(nobody, expect!["Statement[0].Principal is required"]);
    check("", expect!["Statement must be at least one statement, got a list of 0"]);
}
