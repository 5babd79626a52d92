//! Methods of authorization `AWS_IAM`: signed calls, what is refused of them, and what policies say.

mod cache;
mod function;
mod routing;
mod service;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use model::{
    AccountId, CallerIdentity, CallerKey, CallerKind, CallerSession, Callers, EndpointType,
    GatewayResponse, GatewayResponseType, GatewayResponses, GatewayTemplate, MediaType,
    MethodAuthorization, MethodKey, Permissions, ResourcePolicy, Secret,
};
use policy::Policy;
use sigv4::{BodyDigest, Scope, Signer, SigningKey};

use super::fixture::{Description, Gateway, TestRequest, function, method};
use super::private::vpc_endpoint;

const NOW: &str = "20200304T190358Z";
const ARN: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc";
const REACHED: &str = "200 reached";

fn secret(key: &str) -> String {
    format!("secret of {key}")
}

fn identity(name: &str, policies: &[String]) -> CallerIdentity {
    let arn = format!("arn:aws:iam::123456789012:user/{name}");
    let id = format!("AIDA{}", name.to_uppercase());
    let policies = policies.iter().map(|text| Arc::new(Policy::parse_identity(text).unwrap()));
    CallerIdentity {
        account: AccountId::parse("123456789012").unwrap(),
        names: vec![arn.clone(), id.clone()],
        principal_arn: arn.clone(),
        arn,
        id,
        session_issued: None,
        kind: CallerKind::User { name: name.to_owned() },
        tags: vec![("team".to_owned(), "pets".to_owned())],
        permissions: Permissions::Policies { policies: policies.collect(), session: None },
    }
}

fn policy(effect: &str, elements: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Action": "execute-api:Invoke", "Resource": {elements}}}]}}"#
    )
}

fn allow_all() -> String {
    policy("Allow", r#""*""#)
}

/// `AKIAADA` may do what `policies` say, `ASIAADA` the same until 19:04, `AKIAROOT` everything.
fn callers(policies: &[String]) -> Callers {
    let ada = Arc::new(identity("ada", policies));
    let root = CallerIdentity {
        kind: CallerKind::Account,
        names: Vec::new(),
        permissions: Permissions::All,
        ..identity("root", &[])
    };
    let session = CallerSession { token: Secret::new("the token"), expires: 1_583_348_640 };
    let mut callers = Callers::default();
    for (id, session, identity) in [
        ("AKIAADA", None, &ada),
        ("ASIAADA", Some(session), &ada),
        ("AKIAROOT", None, &Arc::new(root)),
    ] {
        let (secret, identity) = (Secret::new(secret(id)), Arc::clone(identity));
        callers.insert(id.to_owned(), CallerKey { secret, session, identity });
    }
    callers
}

fn gateway_with(policies: &[String], resource_policy: Option<&str>) -> Gateway {
    let gateway = Gateway::new(Description {
        callers: callers(policies),
        policy: resource_policy.map(|text| ResourcePolicy::parse(text).unwrap()),
        ..iam_description()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

fn gateway() -> Gateway {
    gateway_with(&[allow_all()], None)
}

/// Who signs, when and for what.
#[derive(Clone, Copy)]
struct Signing<'a> {
    key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
}

const ADA: Signing<'static> =
    Signing { key: "AKIAADA", date: NOW, region: "eu-west-1", service: "execute-api" };

impl Signing<'_> {
    fn sign(self, request: TestRequest) -> TestRequest {
        let request = request.header("X-Amz-Date", self.date);
        let authorization = self.authorization(&request);
        request.header("Authorization", &authorization)
    }

    fn authorization(self, request: &TestRequest) -> String {
        let Signing { key, date, region, service } = self;
        let scope = Scope { date: &date[..8], region, service };
        let signing_key = SigningKey::derive(&secret(key), scope);
        let signer = Signer { access_key_id: key, scope, key: &signing_key };
        signer.sign(&request.to_sign(), BodyDigest::of(&request.body)).unwrap()
    }

    /// A URL that is good for `seconds`; its date is a signed header too.
    fn presign(self, mut request: TestRequest, seconds: u64) -> TestRequest {
        let Signing { key, date, region, service } = self;
        let day = &date[..8];
        let query = request.query.take().map(|query| query + "&").unwrap_or_default();
        request.query = Some(format!(
            "{query}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F{day}%2F{region}%2F{service}%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host%3Bx-amz-date"
        ));
        let mut request = request.header("X-Amz-Date", date);
        let authorization = self.authorization(&request);
        let (_, signature) = authorization.rsplit_once('=').unwrap();
        request.query = request.query.map(|query| format!("{query}&X-Amz-Signature={signature}"));
        request
    }
}

fn get() -> TestRequest {
    TestRequest::new("GET /prod/pets/1?b=2&a=1").header("X-Signed", "yes")
}

fn plain() -> TestRequest {
    TestRequest::new("GET /prod/pets/1?b=2&a=1")
}

fn post() -> TestRequest {
    TestRequest::new("POST /prod/pets/1").body("the body")
}

/// The type of the error and the first line of the message; no backend is reached, nor is its body read
/// unless it was to be.
#[track_caller]
fn refusal(gateway: &Gateway, request: &TestRequest) -> String {
    let text = gateway.send(request);
    let (head, body) = text.split_once("\n\n").unwrap();
    assert!(head.starts_with("403\n"), "{text}");
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let message = body["message"].as_str().or(body["Message"].as_str()).unwrap();
    let kind = head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: ")).unwrap();
    format!("{kind}: {}", message.lines().next().unwrap())
}

#[track_caller]
fn check(request: &TestRequest, expected: Expect) {
    expected.assert_eq(&refusal(&gateway(), request));
}

const MISMATCH: &str = "InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

#[test]
fn who_signs_is_let_in_and_the_backend_is_told() {
    let gateway = gateway();
    assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
    let event: serde_json::Value =
        serde_json::from_str(&gateway.world.take_calls().remove(0)).unwrap();
    expect![[r#"{"accessKey":"AKIAADA","accountId":"123456789012","caller":"AIDAADA","cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.7","user":"AIDAADA","userAgent":null,"userArn":"arn:aws:iam::123456789012:user/ada"}"#]]
        .assert_eq(&event["requestContext"]["identity"].to_string());
    assert_eq!(event["requestContext"].get("authorizer"), None);
    let headers = event["headers"].as_object().unwrap();
    assert!(!headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")), "{headers:?}");
    assert_eq!(headers["X-Amz-Date"], NOW);
    let root = Signing { key: "AKIAROOT", ..ADA };
    assert_eq!(gateway.answer(&root.sign(get())), REACHED);
}

#[test]
fn a_signed_body_reaches_the_backend_once_read() {
    let gateway = gateway();
    assert_eq!(gateway.answer(&ADA.sign(post())), REACHED);
    let event: serde_json::Value =
        serde_json::from_str(&gateway.world.take_calls().remove(0)).unwrap();
    assert_eq!(event["body"], "the body");
    assert_eq!(gateway.world.bodies_read.load(Ordering::Relaxed), 1);
}

#[test]
fn a_presigned_url_is_good_until_it_expires() {
    let gateway = gateway();
    let early = Signing { date: "20200304T190000Z", ..ADA };
    for _ in 0..2 {
        assert_eq!(gateway.answer(&early.presign(plain(), 239)), REACHED);
    }
    gateway.world.take_calls();
    assert_eq!(
        refusal(&gateway, &early.presign(plain(), 237)),
        "InvalidSignatureException: Signature expired: 20200304T190000Z is now earlier than 20200304T190001Z (20200304T190358Z - 237 sec.)"
    );
    // What is signed is this one call.
    let mut elsewhere = early.presign(plain(), 239);
    elsewhere.path = "/prod/pets/2".to_owned();
    assert_eq!(refusal(&gateway, &elsewhere), MISMATCH);
    let mut other_method = early.presign(plain(), 239);
    other_method.method = http::Method::DELETE;
    assert_eq!(refusal(&gateway, &other_method), MISMATCH);
    assert_eq!(refusal(&gateway, &early.presign(plain(), 239).body("a body")), MISMATCH);
    let longer = early.presign(plain(), 237);
    let query = longer.query.clone().unwrap().replace("Expires=237", "Expires=600");
    assert_eq!(refusal(&gateway, &TestRequest { query: Some(query), ..longer }), MISMATCH);
}

#[test]
fn a_call_that_nobody_signed_is_refused() {
    check(&get(), expect!["MissingAuthenticationTokenException: Missing Authentication Token"]);
    check(
        &get().header("Authorization", "Bearer x"),
        expect![
            "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."
        ],
    );
    check(
        &get().header("Authorization", "AWS4-HMAC-SHA256 Credential=a"),
        expect![
            "IncompleteSignatureException: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=520Nq5bS80gLhTcgcZzjkP74XCXMcdxItgMCiiN4K6U="
        ],
    );
}

#[test]
fn keys_dates_and_scopes_that_are_not_good_are_refused() {
    let unknown = Signing { key: "AKIANOBODY", ..ADA };
    check(
        &unknown.sign(get()),
        expect![
            "UnrecognizedClientException: The security token included in the request is invalid."
        ],
    );
    let early = Signing { date: "20200304T185857Z", ..ADA };
    check(
        &early.sign(get()),
        expect![
            "InvalidSignatureException: Signature expired: 20200304T185857Z is now earlier than 20200304T185858Z (20200304T190358Z - 5 min.)"
        ],
    );
    let late = Signing { date: "20200304T190859Z", ..ADA };
    check(
        &late.sign(get()),
        expect![
            "InvalidSignatureException: Signature not yet current: 20200304T190859Z is still later than 20200304T190858Z (20200304T190358Z + 5 min.)"
        ],
    );
    check(
        &Signing { region: "us-east-1", ..ADA }.sign(get()),
        expect![
            "InvalidSignatureException: Credential should be scoped to a valid region, not 'us-east-1'. "
        ],
    );
    check(
        &Signing { service: "lambda", ..ADA }.sign(get()),
        expect![
            "InvalidSignatureException: Credential should be scoped to correct service: 'execute-api'. "
        ],
    );
}

#[test]
fn nothing_is_read_for_a_key_that_is_not_there() {
    let gateway = gateway();
    for request in [post(), Signing { key: "AKIANOBODY", ..ADA }.sign(post())] {
        refusal(&gateway, &request);
    }
    assert_eq!(gateway.world.bodies_read.load(Ordering::Relaxed), 0);
}

/// What is signed, with one bit of it changed.
#[test]
fn one_changed_bit_of_what_is_signed_is_refused() {
    let gateway = gateway();
    let signed = ADA.sign(get());
    let authorization = signed.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    let with = |name: &'static str, value: &str| {
        let mut request = signed.clone();
        let value = HeaderValue::from_str(value).unwrap();
        request.headers.insert(HeaderName::from_static(name), value);
        request
    };
    let mut changed = vec![
        TestRequest { path: "/prod/pets/0".to_owned(), ..signed.clone() },
        TestRequest { query: Some("b=2&a=0".to_owned()), ..signed.clone() },
        TestRequest { query: Some("b=2&a=1&a=".to_owned()), ..signed.clone() },
        TestRequest { query: None, ..signed.clone() },
        TestRequest { method: http::Method::HEAD, ..signed.clone() },
        signed.clone().body("x"),
        signed.clone().host("abd.execute-api.eu-west-1.amazonaws.com"),
        with("x-signed", "xes"),
        with("x-amz-date", "20200304T190359Z"),
        TestRequest { body: "the bodx".into(), ..ADA.sign(post()) },
        TestRequest { body: "".into(), ..ADA.sign(post()) },
    ];
    let (begin, signature) = authorization.split_at(authorization.len() - 64);
    for index in 0..64 {
        let mut digits = signature.as_bytes().to_vec();
        digits[index] = if digits[index] == b'0' { b'1' } else { b'0' };
        let digits = String::from_utf8(digits).unwrap();
        changed.push(with("authorization", &format!("{begin}{digits}")));
    }
    // The other API is not there.
    assert!(gateway.answer(&changed.remove(6)).starts_with("404 "));
    for request in &changed {
        assert_eq!(refusal(&gateway, request), MISMATCH, "{:?}", request.headers);
    }
    for (what, other) in [
        ("AKIAADA", "AKIAADB"),
        ("20200304", "20200305"),
        ("eu-west-1", "eu-west-2"),
        ("execute-api", "execute-apj"),
        ("aws4_request", "aws4_requess"),
        ("host;", "hosu;"),
        ("x-signed", "x-signee"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA257"),
    ] {
        refusal(&gateway, &with("authorization", &authorization.replacen(what, other, 1)));
    }
}

#[test]
fn what_is_not_signed_changes_nothing_of_a_call() {
    let gateway = gateway();
    let header = |name: &str, value: &str| ADA.sign(get()).header(name, value);
    assert_eq!(
        refusal(&gateway, &header("X-Amz-Invocation-Type", "Event")),
        "InvalidSignatureException: 'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization."
    );
    assert_eq!(
        refusal(&gateway, &header("X-HTTP-Method-Override", "DELETE")),
        "InvalidSignatureException: 'x-http-method-override' must be a 'SignedHeader' in the AWS Authorization."
    );
    let overridden = ADA.sign(get().header("X-HTTP-Method-Override", "DELETE"));
    assert_eq!(gateway.answer(&overridden), REACHED);
    gateway.world.take_calls();
    // A target with an authority of its own, which is the one that is routed.
    let host = "abc.execute-api.eu-west-1.amazonaws.com";
    let routed = ADA.sign(get().header("Host", host)).host("api.example.com");
    assert_eq!(
        refusal(&gateway, &TestRequest { path: "/pets/1".to_owned(), ..routed }),
        "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    // Two paths, and two queries, that have one signature and mean different things here.
    for (path, query) in
        [("/prod//pets/1", "b=2"), ("/prod/pets//1", "b=2"), ("/prod/pets/1", "b=2;a=1")]
    {
        let request = TestRequest { path: path.to_owned(), query: Some(query.to_owned()), ..get() };
        let answer = gateway.answer(&ADA.sign(request));
        assert!(answer.starts_with("403 "), "{path} {query} {answer}");
    }
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
    assert_eq!(gateway.answer(&header("X-Other", "passes")), REACHED);
}

#[test]
fn a_temporary_key_is_good_with_its_token_until_it_ends() {
    let session = Signing { key: "ASIAADA", ..ADA };
    let with_token = |token: &str| session.sign(get().header("X-Amz-Security-Token", token));
    let gateway = gateway();
    assert_eq!(gateway.answer(&with_token("the token")), REACHED);
    gateway.world.take_calls();
    let invalid =
        "UnrecognizedClientException: The security token included in the request is invalid.";
    assert_eq!(refusal(&gateway, &with_token("another")), invalid);
    assert_eq!(refusal(&gateway, &session.sign(get())), invalid);
    assert_eq!(
        refusal(&gateway, &ADA.sign(get().header("X-Amz-Security-Token", "the token"))),
        invalid
    );
    let ends = Description { callers: ended(), ..iam_description() };
    assert_eq!(
        refusal(&Gateway::new(ends), &with_token("the token")),
        "ExpiredTokenException: The security token included in the request is expired"
    );
}

fn iam_description() -> Description {
    let mut any = method(MethodKey::Any, function());
    any.authorization = MethodAuthorization::AwsIam;
    Description { methods: vec![("/pets/{id}", any)], ..Description::default() }
}

fn ended() -> Callers {
    let mut callers = callers(&[allow_all()]);
    let mut key = callers.key("ASIAADA").unwrap().clone();
    key.session = key.session.map(|session| CallerSession { expires: 1_583_348_638, ..session });
    callers.insert("ASIAADA".to_owned(), key);
    callers
}

/// What `ada` is told by these policies; all of them are `GET /prod/pets/1`.
#[track_caller]
fn check_policies(own: &[&str], resource: Option<&str>, expected: &str) {
    let gateway =
        gateway_with(&own.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), resource);
    let answer = gateway.answer(&ADA.sign(get()));
    let prefix = format!(
        "403 {{\"Message\":\"User: arn:aws:iam::123456789012:user/ada is not authorized to perform: execute-api:Invoke on resource: {}/prod/GET/pets/1 ",
        ARN.replace("12345678", "********")
    );
    let shown = answer.strip_prefix(&prefix).map_or(&*answer, |reason| &reason[..reason.len() - 2]);
    assert_eq!(shown, expected, "{own:?} {resource:?}");
}

#[test]
fn policies_of_the_identity_and_of_the_api_decide_together() {
    let nobody = "because no identity-based policy allows the execute-api:Invoke action";
    let denied = "with an explicit deny in an identity-based policy";
    let denied_by_api = "with an explicit deny in a resource-based policy";
    let allow = allow_all();
    let elsewhere = policy("Allow", &format!(r#""{ARN}/prod/GET/owners""#));
    let deny = policy("Deny", &format!(r#""{ARN}/*/GET/pets/*""#));
    check_policies(&[], None, nobody);
    check_policies(&[&elsewhere, &allow], None, REACHED);
    check_policies(&[&elsewhere], None, nobody);
    check_policies(&[&allow, &deny], None, denied);
    let of_api = |effect: &str, principal: &str, resource: &str| {
        policy(effect, &format!(r#""{resource}", "Principal": {principal}"#))
    };
    let everyone = of_api("Allow", r#""*""#, "*");
    check_policies(&[], Some(&everyone), REACHED);
    check_policies(&[&deny], Some(&everyone), denied);
    check_policies(&[&allow], Some(&of_api("Deny", r#""*""#, "*")), denied_by_api);
    let silent = of_api("Allow", r#""*""#, "execute-api:/nothing");
    check_policies(&[&allow], Some(&silent), REACHED);
    check_policies(&[&elsewhere], Some(&silent), nobody);
    let ada = r#"{"AWS": "arn:aws:iam::123456789012:user/ada"}"#;
    check_policies(&[], Some(&of_api("Allow", ada, "*")), REACHED);
    let bob = r#"{"AWS": "arn:aws:iam::123456789012:user/bob"}"#;
    check_policies(&[], Some(&of_api("Allow", bob, "*")), nobody);
    check_policies(&[&allow], Some(&of_api("Deny", bob, "*")), REACHED);
    // That leaves it to the policies of the account's identities.
    let account = r#"{"AWS": "123456789012"}"#;
    check_policies(&[], Some(&of_api("Allow", account, "*")), nobody);
    check_policies(&[&allow], Some(&of_api("Allow", account, "*")), REACHED);
}

#[test]
fn conditions_and_variables_see_who_signed() {
    for condition in [
        r#"{"StringEquals": {"aws:username": "ada", "aws:userid": "AIDAADA", "aws:PrincipalType": "User"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/*"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:PrincipalTag/Team": "pets"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "192.0.2.7"}, "StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
        r#"{"Null": {"aws:PrincipalOrgID": "true"}}"#,
        r#"{"Bool": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}}"#,
    ] {
        check_policies(
            &[&policy("Allow", &format!(r#""*", "Condition": {condition}"#))],
            None,
            REACHED,
        );
    }
    let own = policy("Allow", &format!(r#""{ARN}/prod/GET/pets/${{aws:PrincipalTag/number}}""#));
    check_policies(
        &[&own],
        None,
        "because no identity-based policy allows the execute-api:Invoke action",
    );
}

/// There are no organizations, so that nobody is of one.
#[test]
fn whoever_asks_for_an_organization_lets_nobody_in() {
    let of = |effect: &str, operator: &str, key: &str| {
        let condition = format!(r#"{{"{operator}": {{"{key}": "o-1"}}}}"#);
        policy(effect, &format!(r#""*", "Condition": {condition}"#))
    };
    for key in ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID"] {
        let nobody = "because no identity-based policy allows the execute-api:Invoke action";
        check_policies(&[&of("Allow", "StringEquals", key)], None, nobody);
        let denied = "with an explicit deny in an identity-based policy";
        check_policies(&[&allow_all(), &of("Deny", "StringNotEquals", key)], None, denied);
    }
}

#[test]
fn gateway_responses_know_who_was_refused() {
    let template = "$context.identity.caller $context.identity.accountId $context.identity.userArn";
    let response = GatewayResponse {
        status: None,
        headers: Vec::new(),
        templates: vec![(
            MediaType::parse("text/plain").unwrap(),
            GatewayTemplate::parse(template).unwrap(),
        )],
    };
    let gateway = Gateway::new(Description {
        callers: callers(&[]),
        gateway_responses: GatewayResponses::new(vec![(
            GatewayResponseType::AccessDenied,
            response,
        )]),
        ..iam_description()
    });
    assert_eq!(
        gateway.answer(&ADA.sign(get())),
        "403 AIDAADA 123456789012 arn:aws:iam::123456789012:user/ada"
    );
}

#[test]
fn what_the_api_allows_a_session_does_not_get_that_its_own_policy_leaves_out() {
    let everyone = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}"#;
    let answer = |session: &str| {
        let mut ada = identity("ada", &[allow_all()]);
        let session = Some(Arc::new(Policy::parse_identity(session).unwrap()));
        let Permissions::Policies { policies, .. } = ada.permissions else { panic!() };
        ada.permissions = Permissions::Policies { policies, session };
        let (secret, identity) = (Secret::new(secret("AKIAADA")), Arc::new(ada));
        let mut callers = Callers::default();
        callers.insert("AKIAADA".to_owned(), CallerKey { secret, session: None, identity });
        let gateway = Gateway::new(Description {
            callers,
            policy: Some(ResourcePolicy::parse(everyone).unwrap()),
            ..iam_description()
        });
        *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
        gateway.answer(&ADA.sign(TestRequest::new("GET /prod/pets/1")))
    };
    assert_eq!(answer(&allow_all()), REACHED);
    let elsewhere = policy("Allow", &format!("\"{ARN}/prod/GET/cats\""));
    assert!(answer(&elsewhere).starts_with("403 "), "{}", answer(&elsewhere));
}

/// With a private API whose policy allows all calls, and a caller whose policy does.
fn private_gateway() -> Gateway {
    let allow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}"#;
    let gateway = Gateway::new(Description {
        endpoint_type: EndpointType::Private,
        callers: callers(&[allow_all()]),
        policy: Some(ResourcePolicy::parse(allow).unwrap()),
        ..iam_description()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

#[test]
fn the_header_that_chooses_a_private_api_must_be_signed() {
    let gateway = private_gateway();
    let at_endpoint =
        |request: TestRequest| TestRequest { endpoint: vpc_endpoint("vpce-0a1b", None), ..request };
    let get = || get().host("10.0.0.1");
    let unsigned = ADA.sign(get()).header("x-apigw-api-id", "abc");
    assert_eq!(
        refusal(&gateway, &at_endpoint(unsigned)),
        "InvalidSignatureException: 'x-apigw-api-id' must be a 'SignedHeader' in the AWS Authorization."
    );
    let signed = ADA.sign(get().header("x-apigw-api-id", "abc"));
    assert_eq!(gateway.answer(&at_endpoint(signed)), REACHED);
}

#[test]
fn the_policy_of_an_endpoint_knows_who_signed() {
    let gateway = private_gateway();
    let answer = |principal: &str, request: TestRequest| {
        let text = format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}]}}"#
        );
        let endpoint = vpc_endpoint("vpce-0a1b", Some(&text));
        gateway.answer(&TestRequest { endpoint, ..request })
    };
    let ada = r#"{"AWS": "arn:aws:iam::123456789012:user/ada"}"#;
    assert_eq!(answer(ada, ADA.sign(get())), REACHED);
    assert_eq!(answer(r#"{"AWS": "123456789012"}"#, ADA.sign(get())), REACHED);
    let refused = answer(&ada.replace("ada", "bob"), ADA.sign(get()));
    let reason = "user/ada is not authorized to perform: execute-api:Invoke";
    assert!(refused.starts_with("403 ") && refused.contains(reason), "{refused}");
    assert!(refused.contains("because no VPC endpoint policy allows"), "{refused}");
}
