//! How long the pipeline takes to decide a request, with ports that answer at once.
//!
//! What a cached decision of an authorizer costs, or a token that was verified before, is the difference to the
//! open mock.

#![forbid(unsafe_code)]

#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and may unwrap")]
#[path = "../src/tests/fixture.rs"]
mod fixture;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use divan::{Bencher, black_box};
use http::HeaderName;
use jwt::KeySet;
use model::{
    AccountId, ApiId, ApiKey, ApiKeyDigester, ApiKeys, Authorization, AuthorizationPolicy,
    AuthorizerId, AuthorizerKind, AuthorizerTtl, CACHE_TTL_MAX, CacheClusterSettings,
    CacheClusterSize, CacheOwner, Caching, CallerIdentity, CallerKey, CallerKind, Callers,
    Integration, IntegrationResponses, Invalidation, Issuer, JwtAuthorization, JwtAuthorizer,
    JwtAuthorizerKind, Membership, Method, MethodAuthorization, MethodKey, MethodSettings,
    MockIntegration, Passthrough, Permissions, PlanStage, RequestMappings, RequestTemplates,
    Secret, StageName, StageSettings, UsagePlan, Verb,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
// The fixture is written as part of the crate.
use pipeline::*;
use policy::Policy;
use sigv4::{BodyDigest, Scope, Signer, SigningKey};
use throttle::BucketKey;

use fixture::{
    AUTHORIZER, Description, Gateway, TestRequest, authorized, authorizer, function, keyed, method,
};

fn main() {
    divan::main();
}

fn mock() -> Method {
    let integration = MockIntegration {
        mappings: RequestMappings::default(),
        templates: RequestTemplates {
            templates: Vec::new(),
            default: None,
            passthrough: Passthrough::WhenNoMatch,
        },
        responses: IntegrationResponses::default(),
    };
    method(MethodKey::Verb(Verb::Get), Integration::Mock(integration))
}

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A user who may call everything.
fn callers() -> Callers {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*"}]}"#;
    let policy = Arc::new(Policy::parse_identity(policy).expect("it is a policy"));
    let arn = "arn:aws:iam::123456789012:user/ada".to_owned();
    let identity = CallerIdentity {
        account: AccountId::parse("123456789012").expect("it has 12 digits"),
        arn: arn.clone(),
        id: "AIDAEXAMPLE".to_owned(),
        names: vec![arn.clone()],
        principal_arn: arn,
        kind: CallerKind::User { name: "ada".to_owned() },
        tags: Vec::new(),
        permissions: Permissions::Policies { policies: vec![policy], session: None },
        session_issued: None,
    };
    let (secret, identity) = (Secret::new(SECRET), Arc::new(identity));
    let mut callers = Callers::default();
    callers.insert(KEY_ID.to_owned(), CallerKey { secret, session: None, identity });
    callers
}

const API_KEY: &str = "cEXAMPLEcEXAMPLEcEXAMPLEcEXAMPLEcEXAMPLE";

/// A key that opens the stage, in a plan without limits.
fn api_keys() -> ApiKeys {
    let api = ApiId::parse("abc").expect("it is an id");
    let stage = StageName::parse("prod").expect("it is a name");
    let stages = vec![PlanStage::new(api, stage, [])];
    let plan = Arc::new(UsagePlan { id: "plan".to_owned(), throttle: None, stages });
    let membership = Membership { plan, number: 1, bucket: BucketKey::of(&["key"]), terms: None };
    let key = ApiKey { id: "key".into(), is_enabled: true, memberships: vec![membership] };
    ApiKeys::new(ApiKeyDigester::new(&[7; 32]), [(API_KEY, key)])
}

const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A";

/// For those who have a token of a user pool.
fn pooled(mut method: Method) -> Method {
    let issuer = Issuer::new(ISSUER, None).expect("it is an issuer");
    let authorizer = JwtAuthorizer {
        id: AuthorizerId::parse("auth02").expect("it is an id"),
        name: "pool".into(),
        header: HeaderName::from_static("authorization"),
        kind: JwtAuthorizerKind::UserPools {
            pools: vec![Arc::new(issuer)],
            audience: None,
            ttl: AuthorizerTtl::DEFAULT,
        },
    };
    let (authorizer, scopes) = (Arc::new(authorizer), Vec::new());
    method.authorization = MethodAuthorization::Jwt(JwtAuthorization { authorizer, scopes });
    method
}

/// A token of 1 KB, as Cognito issues them, and the keys of its issuer.
fn token() -> (String, KeySet) {
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("it is a seed");
    let x = URL_SAFE_NO_PAD.encode(key.public_key());
    let jwk = format!(r#"{{"kid":"k","kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let keys = KeySet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).expect("it is a set");
    let claims = format!(
        r#"{{"iss":"{ISSUER}","sub":"ada","aud":"web","token_use":"id","exp":4000000000,"email":"{}"}}"#,
        "x".repeat(500)
    );
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":"k"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    (format!("{signed}.{signature}"), keys)
}

fn gateway() -> Gateway {
    gateway_with(StageSettings::default(), None)
}

fn gateway_with(settings: StageSettings, cache: Option<CacheClusterSettings>) -> Gateway {
    let token = AuthorizerKind::Token {
        header: HeaderName::from_static("authorization"),
        validation: None,
    };
    let function = method(MethodKey::Verb(Verb::Get), function());
    let gateway = Gateway::new(Description {
        methods: vec![
            ("/function/{id}", function),
            ("/guarded/{id}", authorized(mock())),
            ("/open/{id}", mock()),
            ("/signed/{id}", Method { authorization: MethodAuthorization::AwsIam, ..mock() }),
            ("/pooled/{id}", pooled(mock())),
            ("/keyed/{id}", keyed(mock())),
        ],
        api_keys: api_keys(),
        callers: callers(),
        settings,
        caches: [cache, None],
        authorizers: vec![authorizer(token, AUTHORIZER, 3600)],
        ..Description::default()
    });
    let authorization = Authorization {
        principal_id: "ada".into(),
        policy: AuthorizationPolicy::Allow,
        context: Vec::new(),
        usage_identifier_key: None,
    };
    *gateway.world.authorization.lock().expect("no thread broke") = Some(Ok(authorization));
    gateway
}

#[divan::bench(args = ["open", "guarded"])]
fn mock_with_cached_authorizer(bencher: Bencher<'_, '_>, resource: &str) {
    let gateway = gateway();
    let request = TestRequest::new(&format!("GET /prod/{resource}/7"))
        .header("Authorization", "Bearer open-sesame")
        .header("Accept", "*/*");
    gateway.outcome(&request);
    let calls = gateway.world.take_calls();
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
    assert_eq!(calls.len(), usize::from(resource == "guarded"), "the decision is cached");
    assert!(gateway.world.take_calls().is_empty(), "the decision stays cached");
}

/// A call that is signed: beyond the open mock, its signature verified with its key derived, and a policy.
#[divan::bench]
fn mock_with_signature(bencher: Bencher<'_, '_>) {
    let gateway = gateway();
    let request = TestRequest::new("GET /prod/signed/7")
        .header("Accept", "*/*")
        .header("X-Amz-Date", "20200304T190358Z");
    let scope = Scope { date: "20200304", region: "eu-west-1", service: "execute-api" };
    let key = SigningKey::derive(SECRET, scope);
    let signer = Signer { access_key_id: KEY_ID, scope, key: &key };
    let authorization = signer.sign(&request.to_sign(), BodyDigest::of(b""));
    let request = request.header("Authorization", &authorization.expect("it has a date"));
    assert!(gateway.answer(&request).starts_with("500 "), "the mock has no response to choose");
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
}

#[divan::bench(args = ["open", "keyed"])]
fn mock_with_api_key(bencher: Bencher<'_, '_>, resource: &str) {
    let gateway = gateway();
    let request = TestRequest::new(&format!("GET /prod/{resource}/7"))
        .header("X-API-Key", API_KEY)
        .header("Accept", "*/*");
    assert!(gateway.answer(&request).starts_with("500 "), "the key opens the method");
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
}

#[divan::bench(args = ["open", "pooled"])]
fn mock_with_verified_token(bencher: Bencher<'_, '_>, resource: &str) {
    let gateway = gateway();
    let (token, keys) = token();
    *gateway.world.known_keys.lock().expect("no thread broke") = Some(Arc::new(keys));
    let request = TestRequest::new(&format!("GET /prod/{resource}/7"))
        .header("Authorization", &token)
        .header("Accept", "*/*");
    assert!(!gateway.answer(&request).starts_with("401"), "the token lets in");
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
}

/// The event of a function and its result, but for the call.
#[divan::bench]
fn function_that_answers_at_once(bencher: Bencher<'_, '_>) {
    let gateway = gateway();
    let result = Bytes::from_static(br#"{"statusCode":200,"body":"{\"hello\":\"world\"}"}"#);
    *gateway.world.result.lock().expect("no thread broke") = Some(Ok(result));
    let request = TestRequest::new("GET /prod/function/7")
        .header("Authorization", "Bearer open-sesame")
        .header("Host", "127.0.0.1:8080");
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
    assert!(gateway.world.take_calls().iter().all(|event| event.contains("requestContext")));
}

/// A response of 1 KB that is kept.
#[divan::bench]
fn response_of_the_cache(bencher: Bencher<'_, '_>) {
    let caching = Caching::new(CACHE_TTL_MAX, false, Invalidation::Anybody);
    let every_method = MethodSettings { caching, ..MethodSettings::default() };
    let size = CacheClusterSize::parse("0.5").expect("it is one of AWS's");
    let cache = CacheClusterSettings { size, generation: 0, owner: CacheOwner::Stage };
    let settings = StageSettings { every_method, methods: Vec::new() };
    let gateway = gateway_with(settings, Some(cache));
    let result = format!(r#"{{"statusCode":200,"body":"{}"}}"#, "x".repeat(1_024));
    *gateway.world.result.lock().expect("no thread broke") = Some(Ok(result.into()));
    let request = TestRequest::new("GET /prod/function/7").header("Host", "127.0.0.1:8080");
    gateway.outcome(&request);
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
    assert_eq!(gateway.world.take_calls().len(), 1, "the function is called once");
}
