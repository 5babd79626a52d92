//! Whose tokens let a caller in, for how long, and what integrations learn of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expect_test::{Expect, expect};
use http::{HeaderName, StatusCode};
use jwt::{Algorithm, KeySet};
use model::{
    AuthorizerId, AuthorizerTtl, ExpectedClaim, Integration, IntegrationResponse,
    IntegrationResponses, Issuer, JwtAuthorization, JwtAuthorizer, JwtAuthorizerKind, MediaType,
    MethodAuthorization, MethodKey, MockIntegration, Passthrough, RequestMappings,
    RequestTemplates, ResourcePolicy, Template, TrustedIssuer, Verb,
};
use regex::Regex;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::fixture::{Description, Gateway, TestRequest, function, method};

const POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A";
const OTHER: &str = "https://other.example";
const UNAUTHORIZED: &str = r#"401 {"message":"Unauthorized"}"#;
const REACHED: &str = "200 reached";

/// When the requests of the tests come.
const NOW: u64 = 1_583_348_638;

/// A key of an issuer.
struct Key {
    pair: Ed25519KeyPair,
    id: String,
}

impl Key {
    fn new(seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { pair, id: format!("key-{seed}") }
    }

    fn set(keys: &[&Self]) -> Arc<KeySet> {
        let jwk = |key: &&Self| {
            let x = URL_SAFE_NO_PAD.encode(key.pair.public_key());
            json!({ "kid": key.id, "kty": "OKP", "crv": "Ed25519", "x": x })
        };
        let jwks: Vec<Value> = keys.iter().map(jwk).collect();
        Arc::new(KeySet::parse(json!({ "keys": jwks }).to_string().as_bytes()).unwrap())
    }

    fn sign(&self, claims: &Value) -> String {
        let part = |value: String| URL_SAFE_NO_PAD.encode(value);
        let header = json!({ "alg": "EdDSA", "kid": self.id }).to_string();
        let signed = format!("{}.{}", part(header), part(claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

fn issuer(name: &str) -> Arc<Issuer> {
    Arc::new(Issuer::new(name, None).unwrap())
}

fn pools(audience: Option<&str>, ttl: u64) -> JwtAuthorizerKind {
    JwtAuthorizerKind::UserPools {
        pools: vec![issuer(POOL), issuer(OTHER)],
        audience: audience.map(|pattern| Regex::new(&format!("^(?:{pattern})$")).unwrap()),
        ttl: AuthorizerTtl::from_seconds(ttl).unwrap(),
    }
}

fn gateway(kind: JwtAuthorizerKind) -> Gateway {
    gateway_with(kind, function(), None)
}

/// `GET /pets/{id}` without scopes, `GET /owners` with two; the issuer serves the first key.
fn gateway_with(
    kind: JwtAuthorizerKind,
    integration: Integration,
    policy: Option<ResourcePolicy>,
) -> Gateway {
    let authorizer = Arc::new(JwtAuthorizer {
        id: AuthorizerId::parse("auth01").unwrap(),
        name: "tokens".into(),
        header: HeaderName::from_static("authorization"),
        kind,
    });
    let get = |path, scopes: &[&str]| {
        let mut method = method(MethodKey::Verb(Verb::Get), integration.clone());
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let authorizer = Arc::clone(&authorizer);
        method.authorization = MethodAuthorization::Jwt(JwtAuthorization { authorizer, scopes });
        (path, method)
    };
    let gateway = Gateway::new(Description {
        methods: vec![get("/pets/{id}", &[]), get("/owners", &["owners/read", "owners/write"])],
        policy,
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    *gateway.world.served_keys.lock().unwrap() = Some(Key::set(&[&Key::new(1)]));
    gateway
}

fn pets(token: &str) -> TestRequest {
    TestRequest::new("GET /prod/pets/1").header("Authorization", token)
}

fn owners(token: &str) -> TestRequest {
    TestRequest::new("GET /prod/owners").header("Authorization", token)
}

/// As a user pool issues one, with changes; null takes a claim away.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "sub": "ada",
        "iss": POOL,
        "aud": "client1",
        "token_use": "id",
        "exp": NOW + 3_600,
        "iat": NOW,
        "email_verified": true,
        "cognito:groups": ["admins", "users"],
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn access(scope: &str) -> Value {
    claims(json!({ "token_use": "access", "aud": null, "client_id": "client1", "scope": scope }))
}

#[track_caller]
fn check(request: &TestRequest, kind: JwtAuthorizerKind, expected: &str) {
    assert_eq!(gateway(kind).answer(request), expected);
}

#[track_caller]
fn check_pets(changes: Value, expected: &str) {
    check(&pets(&Key::new(1).sign(&claims(changes))), pools(None, 300), expected);
}

#[test]
fn an_id_token_lets_in() {
    check_pets(json!({}), REACHED);
    let token = Key::new(1).sign(&claims(json!({})));
    check(&pets(&format!("Bearer {token}")), pools(None, 300), REACHED);
    check(&pets(&format!("bearer  {token}")), pools(None, 300), REACHED);
    check(&TestRequest::new("GET /prod/pets/1"), pools(None, 300), UNAUTHORIZED);
    check(&pets("Bearer"), pools(None, 300), UNAUTHORIZED);
    check(&pets(&format!("Basic {token}")), pools(None, 300), UNAUTHORIZED);
    check(&pets(&token).header("Authorization", &token), pools(None, 300), UNAUTHORIZED);
}

#[test]
fn a_token_is_of_a_pool_of_the_authorizer_and_for_now() {
    check_pets(json!({ "iss": OTHER }), REACHED);
    check_pets(json!({ "iss": "https://unknown.example" }), UNAUTHORIZED);
    check_pets(json!({ "iss": format!("{POOL}/") }), UNAUTHORIZED);
    check_pets(json!({ "iss": null }), UNAUTHORIZED);
    check_pets(json!({ "exp": NOW + 1 }), REACHED);
    check_pets(json!({ "exp": NOW }), r#"401 {"message":"The incoming token has expired"}"#);
    check_pets(json!({ "exp": null }), UNAUTHORIZED);
    check_pets(json!({ "nbf": NOW + 60 }), UNAUTHORIZED);
    check_pets(json!({ "iat": NOW + 60 }), UNAUTHORIZED);
    check_pets(json!({ "iat": NOW + 5 }), REACHED);
    let forged = Key { id: "key-1".into(), ..Key::new(2) };
    check(&pets(&forged.sign(&claims(json!({})))), pools(None, 300), UNAUTHORIZED);
    let expired = forged.sign(&claims(json!({ "exp": 1 })));
    check(&pets(&expired), pools(None, 300), UNAUTHORIZED);
}

#[test]
fn methods_without_scopes_want_id_tokens_and_those_with_them_access_tokens() {
    let key = Key::new(1);
    check_pets(json!({ "token_use": "access" }), UNAUTHORIZED);
    check_pets(json!({ "token_use": 7 }), UNAUTHORIZED);
    check(&pets(&key.sign(&access("owners/read"))), pools(None, 300), UNAUTHORIZED);
    check(&owners(&key.sign(&access("openid owners/read"))), pools(None, 300), REACHED);
    check(&owners(&key.sign(&access("owners"))), pools(None, 300), UNAUTHORIZED);
    check(&owners(&key.sign(&access(""))), pools(None, 300), UNAUTHORIZED);
    let id = claims(json!({ "scope": "owners/read" }));
    check(&owners(&key.sign(&id)), pools(None, 300), UNAUTHORIZED);
}

#[test]
fn issuers_that_do_not_say_what_a_token_is_for_are_understood() {
    let key = Key::new(1);
    check_pets(json!({ "token_use": null }), REACHED);
    check_pets(json!({ "token_use": null, "aud": null }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "scope": "openid" }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "scope": "" }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "client_id": "client2" }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "typ": "Bearer" }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "typ": ["ID"] }), UNAUTHORIZED);
    check_pets(json!({ "token_use": null, "typ": "ID" }), REACHED);
    let scoped = claims(json!({ "token_use": null, "scp": ["owners/write"] }));
    check(&owners(&key.sign(&scoped)), pools(None, 300), REACHED);
}

#[test]
fn a_validation_expression_is_for_the_audience() {
    let key = Key::new(1);
    let id = key.sign(&claims(json!({})));
    check(&pets(&id), pools(Some("client[0-9]"), 300), REACHED);
    check(&pets(&id), pools(Some("client"), 300), UNAUTHORIZED);
    let several = key.sign(&claims(json!({ "aud": ["web", "client1"] })));
    check(&pets(&several), pools(Some("client1"), 300), REACHED);
    // Whom it was given to counts as well, where nothing says what it is for.
    let given = |client: Value| key.sign(&claims(json!({ "token_use": null, "azp": client })));
    check(&pets(&given(json!("client1"))), pools(Some("client1"), 300), REACHED);
    check(&pets(&given(json!("client2"))), pools(Some("client1"), 300), UNAUTHORIZED);
    check(&pets(&given(json!(["client1"]))), pools(Some("client1"), 300), UNAUTHORIZED);
    check(&pets(&given(json!("client2"))), pools(None, 300), REACHED);
    let access = key.sign(&access("owners/read"));
    check(&owners(&access), pools(Some(".*"), 300), UNAUTHORIZED);
}

#[test]
fn integrations_learn_what_a_token_claims() {
    let gateway = gateway(pools(None, 300));
    gateway.answer(&pets(&Key::new(1).sign(&claims(json!({ "nothing": [null], "n": 1.5 })))));
    let event: Value = serde_json::from_str(&gateway.world.take_calls()[1]).unwrap();
    let expected = expect![[
        r#"{"claims":{"sub":"ada","iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A","aud":"client1","token_use":"id","exp":"Wed Mar 04 20:03:58 UTC 2020","iat":"Wed Mar 04 19:03:58 UTC 2020","email_verified":"true","cognito:groups":"admins,users","nothing":"","n":"1.5"}}"#
    ]];
    expected.assert_eq(&event["requestContext"]["authorizer"].to_string());
}

#[test]
fn a_resource_policy_must_allow_whom_a_token_lets_in() {
    let token = pets(&Key::new(1).sign(&claims(json!({}))));
    let answers = |effect: &str, resource: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource,
        }] });
        let policy = ResourcePolicy::parse(&document.to_string()).unwrap();
        let gateway = gateway_with(pools(None, 300), function(), Some(policy));
        assert_eq!(gateway.answer(&pets("x.y.z")), UNAUTHORIZED, "the token comes first");
        gateway.answer(&token)
    };
    assert_eq!(answers("Allow", "*"), REACHED);
    assert!(answers("Allow", "arn:aws:execute-api:*:*:abc/prod/POST/*").starts_with("403 "));
    assert!(answers("Deny", "*").starts_with("403 "));
}

#[test]
fn templates_read_claims() {
    let template = |text| {
        let media_type = MediaType::parse("application/json").unwrap();
        vec![(media_type, Template::parse(text).unwrap())]
    };
    let answer = IntegrationResponse {
        status: StatusCode::OK,
        is_declared: true,
        mappings: Vec::new(),
        content_handling: None,
        templates: template(
            "$context.authorizer.claims.sub $context.authorizer.claims['cognito:groups'] \
             $context.authorizer.claims.nothing",
        ),
    };
    let integration = MockIntegration {
        mappings: RequestMappings::default(),
        templates: RequestTemplates {
            templates: template(r#"{"statusCode": 200}"#),
            default: None,
            passthrough: Passthrough::Never,
        },
        responses: IntegrationResponses { patterns: Vec::new(), default: Some(answer) },
    };
    let gateway = gateway_with(pools(None, 300), Integration::Mock(integration), None);
    let answer = gateway.answer(&pets(&Key::new(1).sign(&claims(json!({})))));
    expect!["200 ada admins,users "].assert_eq(&answer);
}

fn fetches(gateway: &Gateway) -> usize {
    gateway.world.take_calls().iter().filter(|call| call.starts_with("fetch")).count()
}

#[test]
fn keys_are_fetched_at_first_need_and_when_a_token_names_another() {
    let gateway = gateway(pools(None, 300));
    let (old, new) = (Key::new(1), Key::new(2));
    assert_eq!(gateway.answer(&pets("no.token.of-theirs")), UNAUTHORIZED);
    assert_eq!(fetches(&gateway), 0, "what is no token asks nobody");
    assert_eq!(gateway.answer(&pets(&old.sign(&claims(json!({}))))), REACHED);
    assert_eq!(gateway.answer(&pets(&old.sign(&claims(json!({}))))), REACHED);
    assert_eq!(gateway.answer(&pets(&old.sign(&claims(json!({ "sub": "bo" }))))), REACHED);
    assert_eq!(fetches(&gateway), 1);
    assert_eq!(gateway.answer(&pets(&new.sign(&claims(json!({}))))), UNAUTHORIZED);
    assert_eq!(
        fetches(&gateway),
        1,
        "once for each token: how often it leads anywhere is a port's"
    );
    *gateway.world.served_keys.lock().unwrap() = Some(Key::set(&[&old, &new]));
    assert_eq!(gateway.answer(&pets(&new.sign(&claims(json!({}))))), REACHED);
    *gateway.world.served_keys.lock().unwrap() = None;
    assert_eq!(gateway.answer(&pets(&new.sign(&claims(json!({ "sub": "cy" }))))), REACHED);
    assert_eq!(gateway.answer(&pets(&old.sign(&claims(json!({}))))), REACHED);
}

#[test]
fn a_verified_token_outlives_neither_its_key_nor_its_time() {
    let gateway = gateway(pools(None, 300));
    let (old, new) = (Key::new(1), Key::new(2));
    let token = old.sign(&claims(json!({})));
    assert_eq!(gateway.answer(&pets(&token)), REACHED);
    *gateway.world.served_keys.lock().unwrap() = Some(Key::set(&[&new]));
    assert_eq!(gateway.answer(&pets(&token)), REACHED, "nobody has seen that the key is gone");
    assert_eq!(gateway.answer(&pets(&new.sign(&claims(json!({}))))), REACHED);
    assert_eq!(gateway.answer(&pets(&token)), UNAUTHORIZED);
}

/// What a token is believed by, in one call after the other.
#[track_caller]
fn check_kept(ttl: u64, seconds: u64, is_kept: bool) {
    let gateway = gateway(pools(None, ttl));
    let token = pets(&Key::new(1).sign(&claims(json!({}))));
    assert_eq!(gateway.answer(&token), REACHED);
    gateway.world.now_millis.fetch_add(seconds * 1_000, Ordering::Relaxed);
    // Whoever verifies again finds another key under the same name.
    let other = Key { id: "key-1".into(), ..Key::new(2) };
    let keys = gateway.world.known_keys.lock().unwrap().clone().unwrap();
    let forged = pets(&other.sign(&claims(json!({}))));
    assert_eq!(gateway.answer(&forged), UNAUTHORIZED);
    let kept = gateway.world.tokens.verified_at(&Key::new(1).sign(&claims(json!({}))));
    assert_eq!(kept, Some(std::time::Duration::ZERO));
    assert_eq!(gateway.answer(&token), REACHED);
    let kept = gateway.world.tokens.verified_at(&Key::new(1).sign(&claims(json!({}))));
    assert_eq!(kept == Some(std::time::Duration::ZERO), is_kept);
    assert!(Arc::ptr_eq(&keys, gateway.world.known_keys.lock().unwrap().as_ref().unwrap()));
}

#[test]
fn a_signature_is_verified_again_after_the_time_of_the_authorizer() {
    check_kept(300, 299, true);
    check_kept(300, 300, false);
    check_kept(0, 1, false);
}

#[test]
fn without_keys_nobody_is_let_in() {
    let gateway = gateway(pools(None, 300));
    *gateway.world.served_keys.lock().unwrap() = None;
    let token = pets(&Key::new(1).sign(&claims(json!({}))));
    assert_eq!(gateway.answer(&token), r#"500 {"message":null}"#);
    *gateway.world.served_keys.lock().unwrap() = Some(Key::set(&[&Key::new(1)]));
    assert_eq!(gateway.answer(&token), REACHED);
}

fn trusted(algorithms: &[Algorithm]) -> JwtAuthorizerKind {
    let expected = |name: &str, is_required, values: &[&str]| ExpectedClaim {
        name: name.to_owned(),
        is_required,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let trusted = |name, audiences: &[&str], claims| TrustedIssuer {
        issuer: issuer(name),
        audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
        claims,
    };
    let claims = vec![expected("tenant", true, &["a", "b"]), expected("plan", false, &["gold"])];
    JwtAuthorizerKind::Issuers {
        issuers: vec![
            trusted(POOL, &["client1", "client2"], Vec::new()),
            trusted(OTHER, &["web"], claims),
        ],
        algorithms: algorithms.to_vec(),
    }
}

#[track_caller]
fn check_trusted(changes: Value, expected: Expect) {
    let gateway = gateway(trusted(&[Algorithm::EdDsa]));
    expected.assert_eq(&gateway.answer(&pets(&Key::new(1).sign(&claims(changes)))));
}

#[test]
fn a_jwt_authorizer_believes_what_its_issuers_say_of_its_audiences() {
    let unauthorized = || expect![[r#"401 {"message":"Unauthorized"}"#]];
    let reached = || expect!["200 reached"];
    check_trusted(json!({}), reached());
    check_trusted(json!({ "aud": ["x", "client2"] }), reached());
    check_trusted(json!({ "aud": "web" }), unauthorized());
    check_trusted(json!({ "aud": null }), unauthorized());
    check_trusted(json!({ "aud": null, "client_id": "client1" }), reached());
    check_trusted(json!({ "aud": "web", "client_id": "client1" }), unauthorized());
    check_trusted(
        json!({ "exp": NOW }),
        expect![[r#"401 {"message":"The incoming token has expired"}"#]],
    );
    let other = |changes: Value| {
        let mut all = json!({ "iss": OTHER, "aud": "web", "tenant": "a" });
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    check_trusted(other(json!({})), reached());
    check_trusted(other(json!({ "tenant": null })), unauthorized());
    check_trusted(other(json!({ "tenant": "A" })), unauthorized());
    check_trusted(other(json!({ "tenant": ["a"] })), unauthorized());
    check_trusted(other(json!({ "plan": "gold" })), reached());
    check_trusted(other(json!({ "plan": "tin" })), unauthorized());
    check_trusted(other(json!({ "plan": 1 })), unauthorized());
}

#[test]
fn a_jwt_authorizer_takes_its_algorithms_alone() {
    let token = pets(&Key::new(1).sign(&claims(json!({}))));
    check(&token, trusted(&[Algorithm::Rs256, Algorithm::Es256]), UNAUTHORIZED);
    check(&token, trusted(&[Algorithm::Rs256, Algorithm::EdDsa]), REACHED);
}

#[test]
fn a_jwt_authorizer_refuses_by_scope_whom_it_knows() {
    let key = Key::new(1);
    let denied = r#"403 {"Message":"User is not authorized to access this resource"}"#;
    let kind = || trusted(&[Algorithm::EdDsa]);
    check(&owners(&key.sign(&claims(json!({ "scope": "owners/write" })))), kind(), REACHED);
    check(&owners(&key.sign(&claims(json!({ "scp": ["x"] })))), kind(), denied);
    check(&owners(&key.sign(&claims(json!({})))), kind(), denied);
}
