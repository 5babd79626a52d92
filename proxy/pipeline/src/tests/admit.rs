//! API keys, usage plans, throttling and quotas: who is let in, and what the others are told.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::{
    ApiId, ApiKey, ApiKeyDigester, ApiKeySource, ApiKeyValue, ApiKeys, Authorization,
    AuthorizationPolicy, AuthorizerKind, Membership, MethodKey, MethodSettings, PlanStage,
    StageName, StageSettings, UsagePlan, Verb,
};
use throttle::{BucketKey, Limit, Quota, QuotaPeriod, Terms};

use super::fixture::*;
use crate::*;

const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const THROTTLED: &str = r#"429 {"message":"Too Many Requests"}"#;
const EXCEEDED: &str = r#"429 {"message":"Limit Exceeded"}"#;
const SERVED: &str = "200 ok";

/// The value of the key of this number.
fn value(number: i64) -> String {
    format!("key-{number}-aaaaaaaaaaaaaaaaaaaa")
}

/// A key that is in one plan.
fn key(number: i64, plan: &Arc<UsagePlan>, quota: Option<Quota>) -> (String, ApiKey) {
    let terms = quota.map(|quota| Terms { quota, since: throttle::Day::at(0), grant: None });
    let membership = Membership {
        plan: Arc::clone(plan),
        number,
        bucket: BucketKey::of(&[&plan.id, &number.to_string()]),
        terms,
    };
    let key = ApiKey {
        id: format!("id{number}").into(),
        is_enabled: number != 9,
        memberships: vec![membership],
    };
    (value(number), key)
}

fn digester() -> ApiKeyDigester {
    ApiKeyDigester::new(&[7; 32])
}

fn plan(stage: &str, throttle: Option<Limit>, methods: &[(&str, Verb, Limit)]) -> Arc<UsagePlan> {
    let methods = methods.iter().map(|(path, verb, limit)| ((*path).to_owned(), *verb, *limit));
    let (api, name) = (ApiId::parse("abc").unwrap(), StageName::parse(stage).unwrap());
    let stages = vec![PlanStage::new(api, name, methods)];
    Arc::new(UsagePlan { id: format!("plan-{stage}"), throttle, stages })
}

/// Two methods that want a key and one that does not.
fn gateway(description: Description) -> Gateway {
    let get = MethodKey::Verb(Verb::Get);
    let methods = vec![
        ("/pets/{id}", keyed(method(get, function()))),
        ("/pets/{id}", keyed(method(MethodKey::Any, function()))),
        ("/open", method(get, function())),
    ];
    let gateway = Gateway::new(Description { methods, ..description });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"statusCode":200,"body":"ok"}"#.into()));
    gateway
}

fn with_keys(keys: impl IntoIterator<Item = (String, ApiKey)>) -> Gateway {
    gateway(Description { api_keys: ApiKeys::new(digester(), keys), ..Description::default() })
}

fn request(line: &str, key: &str) -> TestRequest {
    TestRequest::new(line).header("X-API-Key", key)
}

/// How many of so many requests are served.
fn served(gateway: &Gateway, line: &str, number: i64, requests: usize) -> usize {
    (0..requests).filter(|_| gateway.answer(&request(line, &value(number))) == SERVED).count()
}

fn at(gateway: &Gateway, millis: u64) {
    gateway.world.now_millis.store(millis, Ordering::Relaxed);
}

#[test]
fn a_key_of_a_plan_for_the_stage_opens_a_method() {
    let plan = plan("prod", None, &[]);
    let gateway = with_keys([key(1, &plan, None), key(9, &plan, None)]);
    let get = |key: &str| gateway.answer(&request("GET /prod/pets/1", key));
    assert_eq!(get(&value(1)), SERVED);
    // Guessed, cut, empty, enormous, and disabled: nobody learns which.
    let long = "k".repeat(9_000);
    for wrong in ["nothing", &value(1)[..10], "", &long, &value(9), &value(1).to_uppercase()] {
        assert_eq!(get(wrong), FORBIDDEN, "{wrong:.20}");
    }
    assert_eq!(gateway.world.take_calls().len(), 1);
}

#[test]
fn a_key_in_a_wrong_place_is_none() {
    let gateway = with_keys([key(1, &plan("prod", None, &[]), None)]);
    let value = value(1);
    for request in [
        TestRequest::new("GET /prod/pets/1"),
        TestRequest::new(&format!("GET /prod/pets/1?x-api-key={value}")),
        TestRequest::new("GET /prod/pets/1").header("Authorization", &value),
        TestRequest::new("GET /prod/pets/1").body(value.clone()),
        // The last of several counts, as everywhere.
        request("GET /prod/pets/1", &value).header("X-API-Key", "another"),
    ] {
        assert_eq!(gateway.answer(&request), FORBIDDEN);
    }
}

#[test]
fn a_refusal_is_aws_s_to_the_byte() {
    let gateway = with_keys([]);
    let text = gateway.send(&request("GET /prod/pets/1", "guessed"));
    assert!(text.starts_with("403\n"), "{text}");
    assert!(text.contains("x-amzn-errortype: ForbiddenException\n"), "{text}");
    let none = Limit::new(0.0, 0);
    let gateway = with_keys([key(1, &plan("prod", Some(none), &[]), None)]);
    let text = gateway.send(&request("GET /prod/pets/1", &value(1)));
    assert!(text.contains("x-amzn-errortype: TooManyRequestsException\n"), "{text}");
    assert!(!text.contains("retry-after") && !text.contains("ratelimit"), "{text}");
    let quota = Quota { limit: 0, offset: 0, period: QuotaPeriod::Day };
    let gateway = with_keys([key(1, &plan("prod", None, &[]), Some(quota))]);
    let text = gateway.send(&request("GET /prod/pets/1", &value(1)));
    assert!(text.contains("x-amzn-errortype: LimitExceededException\n"), "{text}");
}

#[test]
fn a_key_of_another_stage_s_plan_opens_nothing() {
    let gateway = with_keys([key(1, &plan("test", None, &[]), None)]);
    assert_eq!(served(&gateway, "GET /test/pets/1", 1, 1), 1);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 1), 0);
}

#[test]
fn a_method_that_wants_no_key_looks_at_none_and_counts_nothing() {
    let quota = Quota { limit: 1, offset: 0, period: QuotaPeriod::Day };
    let gateway = with_keys([key(1, &plan("prod", None, &[]), Some(quota))]);
    assert_eq!(served(&gateway, "GET /prod/open", 1, 5), 5);
    assert_eq!(gateway.answer(&request("GET /prod/open", "guessed")), SERVED);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 5), 1);
}

#[test]
fn each_key_has_tokens_of_its_own_that_come_back_at_its_rate() {
    let plan = plan("prod", Some(Limit::new(10.0, 3)), &[]);
    let gateway = with_keys([key(1, &plan, None), key(2, &plan, None)]);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 3);
    assert_eq!(gateway.answer(&request("GET /prod/pets/1", &value(1))), THROTTLED);
    assert_eq!(served(&gateway, "POST /prod/pets/2", 2, 10), 3);
    at(&gateway, 100);
    assert_eq!(served(&gateway, "POST /prod/pets/1", 1, 10), 1);
}

#[test]
fn a_method_of_a_plan_is_throttled_before_the_key_and_costs_it_nothing() {
    let methods = [("/pets/{id}", Verb::Get, Limit::new(1.0, 2))];
    let plan = plan("prod", Some(Limit::new(1.0, 5)), &methods);
    let gateway = with_keys([key(1, &plan, None), key(2, &plan, None)]);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 2);
    assert_eq!(served(&gateway, "GET /prod/pets/2", 2, 10), 2);
    assert_eq!(served(&gateway, "POST /prod/pets/1", 1, 10), 3);
}

#[test]
fn a_quota_ends_with_its_month_and_what_is_throttled_is_not_counted() {
    let quota = Quota { limit: 4, offset: 0, period: QuotaPeriod::Month };
    let plan = plan("prod", Some(Limit::new(1.0, 3)), &[]);
    let gateway = with_keys([key(1, &plan, Some(quota))]);
    let epoch = |text: &str| {
        let time = chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        gateway.world.epoch_millis.store(time.try_into().unwrap(), Ordering::Relaxed);
    };
    epoch("2026-11-30T23:59:59.999Z");
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 3);
    at(&gateway, 10_000);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 1);
    at(&gateway, 20_000);
    assert_eq!(gateway.answer(&request("GET /prod/pets/1", &value(1))), EXCEEDED);
    epoch("2026-12-01T00:00:00.000Z");
    // What the quota refused took no token.
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 3);
    // The clock is set back: November is used up as it was.
    epoch("2026-11-30T23:59:59.999Z");
    at(&gateway, 30_000);
    assert_eq!(gateway.answer(&request("GET /prod/pets/1", &value(1))), EXCEEDED);
}

#[test]
fn requests_that_a_stage_throttles_are_not_counted() {
    let quota = Quota { limit: 3, offset: 0, period: QuotaPeriod::Day };
    let settings = |limit| StageSettings {
        every_method: MethodSettings { throttle: Some(limit), ..MethodSettings::default() },
        methods: Vec::new(),
    };
    let gateway = gateway(Description {
        api_keys: ApiKeys::new(digester(), [key(1, &plan("prod", None, &[]), Some(quota))]),
        settings: settings(Limit::new(1.0, 1)),
        ..Description::default()
    });
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 1);
    at(&gateway, 1_000);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 1);
    assert_eq!(gateway.world.limiter.get().unwrap().usage().drain()[0].requests, 2);
}

#[test]
fn every_method_of_a_stage_has_a_bucket_of_its_own_and_its_canary_shares_it() {
    let limit = |burst| MethodSettings {
        throttle: Some(Limit::new(1.0, burst)),
        ..MethodSettings::default()
    };
    let gateway = gateway(Description {
        settings: StageSettings {
            every_method: limit(2),
            methods: vec![("/open".to_owned(), Verb::Get, limit(3))],
        },
        api_keys: ApiKeys::new(digester(), [key(1, &plan("prod", None, &[]), None)]),
        ..Description::default()
    });
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 2);
    assert_eq!(served(&gateway, "POST /prod/pets/1", 1, 10), 2);
    assert_eq!(served(&gateway, "GET /prod/open", 1, 10), 3);
    assert_eq!(served(&gateway, "GET /test/open", 1, 10), 3);
    gateway.world.percent.store(0, Ordering::Relaxed);
    assert_eq!(served(&gateway, "GET /split/open", 1, 2), 2);
    gateway.world.percent.store(99, Ordering::Relaxed);
    assert_eq!(served(&gateway, "GET /split/open", 1, 10), 1);
}

#[test]
fn what_is_published_anew_keeps_what_is_spent() {
    let throttled = |rate, burst| {
        let plan = plan("prod", Some(Limit::new(rate, burst)), &[]);
        Arc::new(ApiKeys::new(digester(), [key(1, &plan, None)]))
    };
    let mut gateway = with_keys([]);
    gateway.snapshot = gateway.snapshot.with_api_keys(throttled(1.0, 5));
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 5);
    gateway.snapshot = gateway.snapshot.with_api_keys(throttled(1.0, 7));
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 2);
    gateway.snapshot = gateway.snapshot.with_api_keys(throttled(10.0, 7));
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 0);
    at(&gateway, 100);
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 10), 1);
}

#[test]
fn all_requests_take_from_the_account_and_those_refused_before_do_not() {
    let gateway = with_keys([key(1, &plan("prod", None, &[]), None)]);
    let limiter = Limiter::new(Some(Limit::new(1.0, 3)));
    assert!(gateway.world.limiter.set(limiter).is_ok());
    for _ in 0..10 {
        assert_eq!(gateway.answer(&request("GET /prod/pets/1", "guessed")), FORBIDDEN);
    }
    assert_eq!(served(&gateway, "GET /prod/pets/1", 1, 2), 2);
    assert_eq!(served(&gateway, "GET /prod/open", 1, 5), 1);
    assert_eq!(gateway.answer(&request("GET /test/open", "")), THROTTLED);
}

#[test]
fn an_authorizer_names_the_key_where_the_api_asks_it() {
    let get = MethodKey::Verb(Verb::Get);
    let kind = AuthorizerKind::Token { header: http::header::AUTHORIZATION, validation: None };
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{id}", keyed(authorized(method(get, function()))))],
        authorizers: vec![authorizer(kind, AUTHORIZER, 0)],
        api_keys: ApiKeys::new(digester(), [key(1, &plan("prod", None, &[]), None)]),
        api_key_source: ApiKeySource::Authorizer,
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"statusCode":200,"body":"ok"}"#.into()));
    let decide = |key: Option<String>| {
        let authorization = Authorization {
            principal_id: "ada".into(),
            policy: AuthorizationPolicy::Allow,
            context: Vec::new(),
            usage_identifier_key: key.map(ApiKeyValue::new),
        };
        assert!(!format!("{authorization:?}").contains("aaaa"));
        *gateway.world.authorization.lock().unwrap() = Some(Ok(authorization));
    };
    let request = || request("GET /prod/pets/1", &value(1)).header("Authorization", "token");
    decide(Some(value(1)));
    assert_eq!(gateway.answer(&request()), SERVED);
    // The header is not looked at.
    decide(None);
    assert_eq!(gateway.answer(&request()), FORBIDDEN);
    decide(Some(value(2)));
    assert_eq!(gateway.answer(&request()), FORBIDDEN);
}

#[test]
fn an_event_says_whose_key_it_was() {
    let gateway = with_keys([key(1, &plan("prod", None, &[]), None)]);
    gateway.answer(&request("GET /prod/pets/1", &value(1)));
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["apiKey"], value(1));
    assert_eq!(identity["apiKeyId"], "id1");
    gateway.answer(&request("GET /prod/open", &value(1)));
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    assert_eq!(event["requestContext"]["identity"].get("apiKey"), None);
}

#[test]
fn clients_are_told_of_their_limits_where_the_api_wants_it() {
    let quota = Quota { limit: 3, offset: 0, period: QuotaPeriod::Day };
    let gateway = gateway(Description {
        api_keys: ApiKeys::new(
            digester(),
            [key(1, &plan("prod", Some(Limit::new(0.5, 2)), &[]), Some(quota))],
        ),
        has_rate_limit_headers: true,
        ..Description::default()
    });
    let told = || -> Vec<String> {
        let text = gateway.send(&request("GET /prod/pets/1", &value(1)));
        let is_told = |line: &&str| line.starts_with("rate") || line.starts_with("retry");
        let mut told: Vec<_> = text.lines().filter(is_told).map(str::to_owned).collect();
        told.sort();
        told
    };
    // 19:03:58 of a day.
    let policy = r#"ratelimit-policy: "key";q=2;w=4, "quota";q=3;w=86400"#;
    assert_eq!(told(), [policy, r#"ratelimit: "key";r=1;t=2, "quota";r=2;t=17762"#]);
    assert_eq!(told(), [policy, r#"ratelimit: "key";r=0;t=4, "quota";r=1;t=17762"#]);
    let policy_of_key = r#"ratelimit-policy: "key";q=2;w=4"#;
    assert_eq!(told(), [policy_of_key, r#"ratelimit: "key";r=0;t=2"#, "retry-after: 2"]);
    at(&gateway, 4_000);
    assert_eq!(told()[1], r#"ratelimit: "key";r=1;t=2, "quota";r=0;t=17762"#);
    let exhausted = r#"ratelimit: "key";r=0;t=4, "quota";r=0;t=17762"#;
    assert_eq!(told(), [policy, exhausted, "retry-after: 17762"]);
    assert!(!gateway.send(&request("GET /prod/open", "")).contains("ratelimit"));
}
