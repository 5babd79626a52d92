//! Functions that are called as who signed the call: it is theirs to be let.

use std::sync::Arc;

use expect_test::expect;
use model::{
    CustomFunctionIntegration, Denials, FunctionCredentials, FunctionIndex, FunctionIntegration,
    FunctionPermissions, Integration, IntegrationResponses, IntegrationTimeout,
    MethodAuthorization, MethodKey, MethodSettings, Passthrough, Permissions, RequestMappings,
    RequestTemplates, ResponseTransfer, StageSettings,
};
use policy::Policy;

use super::{ADA, REACHED, Signing, allow_all, callers, get, iam_description};
use crate::tests::cache::forgetting_for_whom_may;
use crate::tests::fixture::{
    Description, EVENT_FUNCTION, Gateway, HTTP_HANDLER, TestRequest, method,
};
use crate::{Phase, Record};

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:pets:live";
const REFUSED: &str = r#"500 {"message": "Internal server error"}"#;

fn as_caller(function: FunctionIndex) -> Integration {
    Integration::Function(FunctionIntegration {
        function,
        credentials: FunctionCredentials::Caller,
        timeout: IntegrationTimeout::DEFAULT,
        transfer: ResponseTransfer::default(),
        forbidden_header: None,
    })
}

/// What somebody may call, and under which condition.
fn invoke(effect: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Action": "lambda:InvokeFunction", "Resource": "{resource}"{condition}}}]}}"#
    )
}

fn allow(resource: &str) -> String {
    invoke("Allow", resource, "")
}

/// The policy of the function, for somebody.
fn of_function(effect: &str, principal: &str) -> String {
    invoke(effect, ARN, &format!(r#", "Principal": {principal}"#))
}

fn denials(function: FunctionIndex, policy: Option<&str>) -> Denials {
    let mut denials = Denials::default();
    let policy = policy.map(|text| Policy::parse(text).unwrap());
    denials.permit_callers(function, FunctionPermissions { arn: ARN.to_owned(), policy });
    denials
}

fn description(policies: &[&str], integration: Integration) -> Description {
    let policies: Vec<String> = policies.iter().map(|&text| text.to_owned()).collect();
    let mut any = method(MethodKey::Any, integration);
    any.authorization = MethodAuthorization::AwsIam;
    Description {
        methods: vec![("/pets/{id}", any)],
        callers: callers(&[&policies[..], &[allow_all()]].concat()),
        denials: denials(EVENT_FUNCTION, None),
        ..iam_description()
    }
}

/// Answered by the function, or as one that does not let itself be called; then it was not.
#[track_caller]
fn answer(gateway: &Gateway, request: &TestRequest) -> String {
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    let answer = gateway.answer(request);
    let called = gateway.world.take_calls().len();
    assert_eq!(called, usize::from(answer == REACHED), "{answer}");
    answer
}

/// What `ada` is answered, with these policies and that of the function.
#[track_caller]
fn check(own: &[&str], function: Option<&str>, expected: &str) {
    let gateway = Gateway::new(Description {
        denials: denials(EVENT_FUNCTION, function),
        ..description(own, as_caller(EVENT_FUNCTION))
    });
    assert_eq!(answer(&gateway, &ADA.sign(get())), expected, "{own:?} {function:?}");
}

#[test]
fn policies_of_who_signed_and_of_the_function_decide_together() {
    let (every, own) = (allow("*"), allow(ARN));
    check(&[], None, REFUSED);
    check(&[&own], None, REACHED);
    check(&[&every], None, REACHED);
    // What is named is the alias.
    check(&[&allow(ARN.strip_suffix(":live").unwrap())], None, REFUSED);
    check(&[&every, &invoke("Deny", ARN, "")], None, REFUSED);

    let ada = of_function("Allow", r#"{"AWS": "arn:aws:iam::123456789012:user/ada"}"#);
    check(&[], Some(&ada), REACHED);
    check(&[&invoke("Deny", "*", "")], Some(&ada), REFUSED);
    check(&[], Some(&of_function("Allow", r#""*""#)), REACHED);
    let bob = r#"{"AWS": "arn:aws:iam::123456789012:user/bob"}"#;
    check(&[], Some(&of_function("Allow", bob)), REFUSED);
    check(&[&own], Some(&of_function("Allow", bob)), REACHED);
    check(&[&own], Some(&of_function("Deny", r#""*""#)), REFUSED);
    // That leaves it to the policies of the account's identities.
    let account = of_function("Allow", r#"{"AWS": "arn:aws:iam::123456789012:root"}"#);
    check(&[], Some(&account), REFUSED);
    check(&[&own], Some(&account), REACHED);
    // It is not API Gateway that calls.
    let gateway = of_function("Allow", r#"{"Service": "apigateway.amazonaws.com"}"#);
    check(&[], Some(&gateway), REFUSED);
}

#[test]
fn conditions_know_who_signed_and_that_the_call_is_not_their_own() {
    let when = |condition: &str| invoke("Allow", ARN, &format!(r#", "Condition": {condition}"#));
    for (condition, expected) in [
        (r#"{"StringEquals": {"aws:username": "ada"}}"#, REACHED),
        (r#"{"StringEquals": {"aws:username": "bob"}}"#, REFUSED),
        (r#"{"IpAddress": {"aws:SourceIp": "192.0.2.7"}}"#, REACHED),
        (r#"{"Bool": {"aws:ViaAWSService": "true"}}"#, REACHED),
        (r#"{"Bool": {"aws:ViaAWSService": "false"}}"#, REFUSED),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, REFUSED),
        (r#"{"Null": {"aws:SourceArn": "true"}}"#, REACHED),
    ] {
        check(&[&when(condition)], None, expected);
    }
}

#[test]
fn a_session_calls_within_its_policy_and_the_account_whatever_there_is() {
    let session = Signing { key: "ASIAADA", ..ADA };
    let get = || get().header("X-Amz-Security-Token", "the token");
    let answer_within = |policy: &str, function: Option<&str>| {
        let mut description = Description {
            denials: denials(EVENT_FUNCTION, function),
            ..description(&[&allow(ARN)], as_caller(EVENT_FUNCTION))
        };
        let mut key = description.callers.key("ASIAADA").unwrap().clone();
        let mut identity = model::CallerIdentity::clone(&key.identity);
        let Permissions::Policies { session: of_session, .. } = &mut identity.permissions else {
            panic!()
        };
        *of_session = Some(Arc::new(Policy::parse_identity(policy).unwrap()));
        key.identity = Arc::new(identity);
        description.callers.insert("ASIAADA".to_owned(), key);
        answer(&Gateway::new(description), &session.sign(get()))
    };
    let both = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let ada = of_function("Allow", r#"{"AWS": "arn:aws:iam::123456789012:user/ada"}"#);
    assert_eq!(answer_within(both, None), REACHED);
    assert_eq!(answer_within(&allow_all(), None), REFUSED);
    assert_eq!(answer_within(&allow_all(), Some(&ada)), REFUSED);

    let gateway = Gateway::new(description(&[], as_caller(EVENT_FUNCTION)));
    let root = Signing { key: "AKIAROOT", ..ADA };
    assert_eq!(answer(&gateway, &root.sign(super::get())), REACHED);
}

#[test]
fn every_integration_with_a_function_asks() {
    let custom = || {
        Integration::CustomFunction(CustomFunctionIntegration {
            function: EVENT_FUNCTION,
            credentials: FunctionCredentials::Caller,
            timeout: IntegrationTimeout::DEFAULT,
            mappings: RequestMappings::default(),
            content_handling: None,
            templates: RequestTemplates {
                templates: Vec::new(),
                default: None,
                passthrough: Passthrough::WhenNoMatch,
            },
            responses: IntegrationResponses::default(),
        })
    };
    let called = |policies: &[&str], integration: Integration| {
        let mut description = description(policies, integration);
        let policy = FunctionPermissions { arn: ARN.to_owned(), policy: None };
        description.denials.permit_callers(HTTP_HANDLER, policy);
        let gateway = Gateway::new(description);
        *gateway.world.result.lock().unwrap() = Some(Ok("{}".into()));
        let answer = gateway.send(&ADA.sign(get()));
        answer.starts_with("serve GET") || !gateway.world.take_calls().is_empty()
    };
    for integration in [custom, || as_caller(EVENT_FUNCTION), || as_caller(HTTP_HANDLER)] {
        assert!(called(&[&allow(ARN)], integration()));
        assert!(!called(&[], integration()));
    }
}

#[test]
fn what_happened_says_who_was_judged_for_which_function() {
    let traced = MethodSettings { data_trace: true, ..MethodSettings::default() };
    let gateway = Gateway::new(Description {
        settings: StageSettings { every_method: traced, methods: Vec::new() },
        ..description(&[&allow("elsewhere")], as_caller(EVENT_FUNCTION))
    });
    let mut record = Record::default();
    gateway.recorded(&ADA.sign(get()), &mut record);
    let phases = record.trace.unwrap().to_phases();
    let steps = phases.iter().filter(|phase| phase.phase == Phase::Integration);
    let steps = steps.flat_map(|phase| &phase.steps);
    let lines: Vec<String> = steps.map(|step| format!("{}: {}", step.what, step.value)).collect();
    expect![[r#"
        lambda:InvokeFunction: {"caller":"arn:aws:iam::123456789012:user/ada","function":"arn:aws:lambda:eu-west-1:123456789012:function:pets:live","policies":"ImplicitDeny"}
        refused: "Execution failed due to configuration error: Invalid permissions on Lambda function""#]]
        .assert_eq(&lines.join("\n"));
}

/// What the control API does not deploy.
#[test]
fn nobody_is_let_where_nobody_signs_or_nothing_is_known_of_the_function() {
    let mut unsigned = description(&[&allow("*")], as_caller(EVENT_FUNCTION));
    unsigned.methods[0].1.authorization = MethodAuthorization::None;
    assert_eq!(answer(&Gateway::new(unsigned), &get()), REFUSED);
    let unknown = Description {
        denials: Denials::default(),
        ..description(&[&allow("*")], as_caller(EVENT_FUNCTION))
    };
    assert_eq!(answer(&Gateway::new(unknown), &ADA.sign(get())), REFUSED);
}

#[test]
fn each_key_has_cached_responses_of_its_own() {
    let description = description(&[&allow(ARN)], as_caller(EVENT_FUNCTION));
    let gateway = Gateway::new(forgetting_for_whom_may(description));
    let root = Signing { key: "AKIAROOT", ..ADA };
    assert_eq!(answer(&gateway, &ADA.sign(get())), REACHED);
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"another"}"#.into()));
    assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
    assert_eq!(gateway.answer(&root.sign(get())), "200 another");
}

#[test]
fn who_tests_a_method_is_its_caller_without_a_signature() {
    let by = |tester| TestRequest { tester: Some(tester), ..get() };
    let gateway = Gateway::new(description(&[&allow(ARN)], as_caller(EVENT_FUNCTION)));
    assert_eq!(answer(&gateway, &by("AKIAADA")), REACHED);
    let gateway = Gateway::new(description(&[], as_caller(EVENT_FUNCTION)));
    assert_eq!(answer(&gateway, &by("AKIAADA")), REFUSED);
    assert_eq!(answer(&gateway, &by("AKIAROOT")), REACHED);
    let nobody = gateway.answer(&by("AKIANOBODY"));
    assert!(nobody.starts_with("403 ") && nobody.contains("Missing Auth"), "{nobody}");
    // Of a method that everyone may call, it is known who tests.
    let open = Description {
        methods: vec![("/pets/{id}", method(MethodKey::Any, crate::tests::fixture::function()))],
        callers: callers(&[]),
        ..Description::default()
    };
    let gateway = Gateway::new(open);
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    assert_eq!(gateway.answer(&by("AKIAADA")), REACHED);
    let event: serde_json::Value =
        serde_json::from_str(&gateway.world.take_calls().remove(0)).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["userArn"], "arn:aws:iam::123456789012:user/ada");
    assert_eq!(identity["accessKey"], "AKIAADA");
}
