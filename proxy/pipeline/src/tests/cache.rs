//! Responses that are kept, whole path: what is a hit, for whom, and what is never kept.

mod mapped;

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use http::{HeaderValue, StatusCode};
use model::{
    CacheClusterSettings, CacheClusterSize, CacheKey, CacheOwner, Caching, HttpIntegration,
    Integration, IntegrationResponse, IntegrationResponses, Invalidation, Method, MethodKey,
    MethodSettings, Passthrough, RequestMappings, RequestSource, RequestTemplates, StageSettings,
    Unauthorized, Verb,
};

use super::fixture::{Description, Gateway, TestRequest, function, method};
use crate::{CacheResult, Record, UpstreamError, UpstreamResponse};

fn cache() -> CacheClusterSettings {
    let size = CacheClusterSize::parse("0.5").unwrap();
    CacheClusterSettings { size, generation: 0, owner: CacheOwner::Stage }
}

fn proxy() -> Integration {
    Integration::HttpProxy(super::integrate::endpoint(&[(
        "integration.request.path.proxy",
        "method.request.path.id",
    )]))
}

const ANYBODY: Invalidation = Invalidation::Anybody;

fn caching(invalidation: Invalidation) -> MethodSettings {
    let caching = Caching::new(Duration::from_secs(300), false, invalidation);
    MethodSettings { caching, ..MethodSettings::default() }
}

fn every_get(invalidation: Invalidation) -> StageSettings {
    StageSettings { every_method: caching(invalidation), methods: Vec::new() }
}

/// The same where GETs are cached, and those forget whose policies let them; others get 403.
pub(crate) fn forgetting_for_whom_may(description: Description) -> Description {
    let settings = every_get(Invalidation::Authorized(Unauthorized::Fail));
    Description { settings, caches: [Some(cache()), None], ..description }
}

/// Keyed by these.
fn keyed_by(mut method: Method, parameters: &[&str]) -> Method {
    let read = |text: &&str| CacheKey::parameter(text, &RequestMappings::default()).unwrap();
    let parameters: Vec<RequestSource> = parameters.iter().map(read).collect();
    method.cache_key = CacheKey::new(None, parameters);
    method
}

fn pets(parameters: &[&str]) -> Vec<(&'static str, Method)> {
    vec![("/pets/{id}", keyed_by(method(MethodKey::Any, proxy()), parameters))]
}

fn cached(parameters: &[&str]) -> Description {
    Description {
        methods: pets(parameters),
        settings: every_get(ANYBODY),
        caches: [Some(cache()), None],
        ..Description::default()
    }
}

fn response(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> UpstreamResponse {
    let mut map = HeaderMap::new();
    map.insert("content-length", HeaderValue::from(body.len()));
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let status = StatusCode::from_u16(status).unwrap();
    UpstreamResponse { status, headers: map, body: body.to_owned().into() }
}

/// A request that the upstream would answer `body`.
fn get(gateway: &Gateway, request: &TestRequest, body: &str) -> String {
    ask(gateway, request, Ok(response(200, &[], body)))
}

fn ask(
    gateway: &Gateway,
    request: &TestRequest,
    answer: Result<UpstreamResponse, UpstreamError>,
) -> String {
    *gateway.world.upstream.lock().unwrap() = Some(answer);
    match gateway.send(request) {
        streamed if streamed.starts_with("forward ") => "forwarded".to_owned(),
        text => {
            let (head, body) = text.split_once("\n\n").unwrap();
            format!("{} {body}", head.lines().next().unwrap())
        }
    }
}

fn pet() -> TestRequest {
    TestRequest::new("GET /prod/pets/1")
}

#[test]
fn the_second_is_a_hit_until_its_time_is_over() {
    let gateway = Gateway::new(cached(&[]));
    assert_eq!(get(&gateway, &pet(), "first"), "200 first");
    gateway.world.now_millis.store(299_999, Ordering::Relaxed);
    assert_eq!(get(&gateway, &pet(), "second"), "200 first");
    gateway.world.now_millis.store(300_000, Ordering::Relaxed);
    assert_eq!(get(&gateway, &pet(), "third"), "200 third");
    assert_eq!(get(&gateway, &pet(), "fourth"), "200 third");
    assert_eq!(gateway.world.take_calls().len(), 2);
}

#[test]
fn a_hit_is_recorded_and_calls_no_integration() {
    let gateway = Gateway::new(cached(&[]));
    let results = [0; 2].map(|_| {
        *gateway.world.upstream.lock().unwrap() = Some(Ok(response(200, &[], "x")));
        let mut record = Record::default();
        gateway.recorded(&pet(), &mut record);
        (record.cache, record.integration_latency.is_some())
    });
    assert_eq!(results, [(Some(CacheResult::Miss), true), (Some(CacheResult::Hit), false)]);
}

/// Whether two requests share a response.
#[track_caller]
fn check_shared(description: Description, [first, second]: [&TestRequest; 2], expected: bool) {
    let gateway = Gateway::new(description);
    let first = get(&gateway, first, "first");
    assert!(["200 first", "forwarded"].contains(&&*first), "{first}");
    let second = get(&gateway, second, "second");
    assert!(["200 first", "200 second", "forwarded"].contains(&&*second), "{second}");
    assert_eq!(second == "200 first", expected, "{second}");
}

#[test]
fn without_parameters_all_requests_of_a_method_share() {
    let other = TestRequest::new("GET /prod/pets/2?a=b").header("x-tenant", "other");
    check_shared(cached(&[]), [&pet(), &other], true);
}

#[test]
fn parameters_of_the_key_tell_requests_apart() {
    let line = |target: &str| TestRequest::new(&format!("GET /prod/pets/{target}"));
    let check = |key: &str, first: &TestRequest, second: &TestRequest, shared| {
        check_shared(cached(&[key]), [first, second], shared);
    };
    check("method.request.path.id", &line("1"), &line("2"), false);
    check("method.request.path.id", &line("1"), &line("1?a=b"), true);
    let query = "method.request.querystring.a";
    check(query, &line("1?a=b"), &line("2?a=b&c=d"), true);
    check(query, &line("1?a=b"), &line("1?a=c"), false);
    check(query, &line("1?a="), &line("1"), false);
    // The integration sees all of them, and as they were sent.
    check(query, &line("1?a=x&a=b"), &line("1?a=b"), false);
    check(query, &line("1?a=%ff"), &line("1?a=%fe"), false);
    check(query, &line("1?a=b;c=d"), &line("1?a=b"), false);
    let header = "method.request.header.x-tenant";
    check(header, &pet().header("x-tenant", "a"), &pet().header("x-tenant", "b"), false);
    check(header, &pet().header("x-tenant", "a"), &pet(), false);
    let two = pet().header("x-tenant", "b").header("x-tenant", "a");
    check(header, &pet().header("x-tenant", "a"), &two, false);
    // What the client keeps from the integration is not in the key either.
    let hidden = pet().header("x-tenant", "a").header("connection", "x-tenant");
    check(header, &hidden, &pet().header("x-tenant", "a"), false);
}

#[test]
fn parts_of_a_key_do_not_run_into_each_other() {
    let keys = ["method.request.querystring.a", "method.request.querystring.b"];
    let line = |target: &str| TestRequest::new(&format!("GET /prod/pets/{target}"));
    check_shared(cached(&keys), [&line("1?a=xy&b=z"), &line("1?a=x&b=yz")], false);
    check_shared(cached(&keys), [&line("1?a=x"), &line("1?b=x")], false);
}

#[test]
fn hosts_stages_and_verbs_do_not_share() {
    let domain = TestRequest::new("GET /pets/1").host("api.example.com");
    check_shared(cached(&[]), [&pet(), &domain], false);
    check_shared(cached(&[]), [&pet().host("abc.execute-api.evil.example"), &pet()], false);
    check_shared(cached(&[]), [&pet().header("host", "evil.example"), &pet()], false);
    check_shared(cached(&[]), [&pet(), &TestRequest::new("GET /test/pets/1")], false);
    let head = pet().header("x-http-method-override", "HEAD");
    let mut description = cached(&[]);
    let methods = [Verb::Get, Verb::Head];
    description.settings.methods =
        methods.map(|verb| ("/pets/{id}".to_owned(), verb, caching(ANYBODY))).to_vec();
    check_shared(description, [&pet(), &head], false);
}

#[test]
fn every_method_means_get_and_others_are_cached_by_their_own_settings() {
    let post = TestRequest::new("POST /prod/pets/1");
    check_shared(cached(&[]), [&post, &post], false);
    let mut description = cached(&[]);
    description.settings.methods = vec![("/pets/{id}".to_owned(), Verb::Post, caching(ANYBODY))];
    check_shared(description, [&post, &post], true);
    let mut description = cached(&[]);
    description.settings.methods =
        vec![("/pets/{id}".to_owned(), Verb::Get, MethodSettings::default())];
    check_shared(description, [&pet(), &pet()], false);
    check_shared(Description { caches: [None; 2], ..cached(&[]) }, [&pet(), &pet()], false);
}

#[test]
fn resources_share_by_an_equal_namespace() {
    let named = |name: &str| {
        let mut method = method(MethodKey::Verb(Verb::Get), proxy());
        method.cache_key = CacheKey::new(Some(name.to_owned()), Vec::new());
        method
    };
    let check = |names: [&str; 2], shared| {
        let methods = vec![("/pets/{id}", named(names[0])), ("/cats", named(names[1]))];
        let cats = TestRequest::new("GET /prod/cats");
        check_shared(Description { methods, ..cached(&[]) }, [&pet(), &cats], shared);
    };
    check(["n", "n"], true);
    check(["n", "m"], false);
}

#[test]
fn in_a_namespace_equal_values_of_other_parameters_are_other_keys() {
    let keyed = |parameter: &str| {
        let mut method = keyed_by(method(MethodKey::Any, proxy()), &[parameter]);
        let parameters = method.cache_key.parameters().to_vec();
        method.cache_key = CacheKey::new(Some("n".to_owned()), parameters);
        method
    };
    let check = |parameters: [&str; 2], shared| {
        let methods = vec![("/a/{id}", keyed(parameters[0])), ("/b/{id}", keyed(parameters[1]))];
        let [a, b] = ["a", "b"].map(|resource| {
            let request = TestRequest::new(&format!("GET /prod/{resource}/x?id=x&other=x"));
            request.header("id", "x").header("other", "x")
        });
        check_shared(Description { methods, ..cached(&[]) }, [&a, &b], shared);
    };
    let [path, query, header] =
        ["path", "querystring", "header"].map(|kind| format!("method.request.{kind}.id"));
    check([&path, &path], true);
    check([&query, &query], true);
    check([&path, &query], false);
    check([&path, &header], false);
    check([&query, "method.request.multivaluequerystring.id"], false);
    check([&query, "method.request.querystring.other"], false);
    check([&header, "method.request.header.other"], false);
}

#[test]
fn a_canary_has_its_own_deployment_and_its_own_cache() {
    let split = TestRequest::new("GET /split/pets/1");
    let own = CacheClusterSettings { owner: CacheOwner::Canary, ..cache() };
    for canary_cache in [cache(), own] {
        let gateway = Gateway::new(Description {
            caches: [Some(cache()), Some(canary_cache)],
            ..cached(&[])
        });
        let clusters: std::collections::HashSet<_> = gateway.snapshot.cache_clusters().collect();
        assert_eq!(clusters.len(), if canary_cache == own { 4 } else { 3 });
        gateway.world.percent.store(99, Ordering::Relaxed);
        assert_eq!(get(&gateway, &split, "stage"), "200 stage");
        gateway.world.percent.store(0, Ordering::Relaxed);
        assert_eq!(get(&gateway, &split, "canary"), "200 canary");
        assert_eq!(get(&gateway, &split, "again"), "200 canary");
        gateway.world.percent.store(99, Ordering::Relaxed);
        assert_eq!(get(&gateway, &split, "again"), "200 stage");
    }
}

#[test]
fn another_generation_or_size_is_another_cache() {
    let mut gateway = Gateway::new(cached(&[]));
    assert_eq!(get(&gateway, &pet(), "first"), "200 first");
    let size = CacheClusterSize::parse("1.6").unwrap();
    let changed = [
        CacheClusterSettings { generation: 1, ..cache() },
        CacheClusterSettings { size, ..cache() },
        cache(),
    ];
    for settings in changed {
        let other = Gateway::new(Description { caches: [Some(settings), None], ..cached(&[]) });
        gateway.world.responses().publish(other.snapshot.cache_clusters());
        gateway.snapshot = other.snapshot;
        assert_eq!(get(&gateway, &pet(), "second"), "200 second", "{settings:?}");
        assert_eq!(get(&gateway, &pet(), "third"), "200 second", "{settings:?}");
    }
}

#[test]
fn what_is_not_published_is_not_cached() {
    let gateway = Gateway::new(cached(&[]));
    gateway.world.responses().publish([].into_iter());
    assert_eq!(get(&gateway, &pet(), "first"), "200 first");
    assert_eq!(get(&gateway, &pet(), "second"), "200 second");
}

/// Whether a response of the upstream is kept.
#[track_caller]
fn check_kept(answer: Result<UpstreamResponse, UpstreamError>, key: &[&str], expected: bool) {
    let gateway = Gateway::new(cached(key));
    let what = format!("{answer:?}");
    let first = ask(&gateway, &pet(), answer);
    let second = get(&gateway, &pet(), "second");
    assert_eq!(second == first, expected, "{what}");
    if !expected {
        assert_eq!(second, "200 second", "{what}");
        assert_eq!(get(&gateway, &pet(), "third"), "200 second", "the next one is kept: {what}");
    }
}

#[test]
fn only_whole_successes_are_kept() {
    for status in [200, 201, 203, 204] {
        check_kept(Ok(response(status, &[], "x")), &[], true);
    }
    for status in [206, 300, 301, 302, 304, 400, 401, 403, 404, 429, 500, 503] {
        check_kept(Ok(response(status, &[], "x")), &[], false);
    }
    check_kept(Ok(response(200, &[("content-range", "bytes 0-1/3")], "x")), &[], false);
    check_kept(Err(UpstreamError::TimedOut), &[], false);
    check_kept(Err(UpstreamError::Network("cut off".to_owned())), &[], false);
    let mut endless = response(200, &[], "x");
    endless.headers.remove("content-length");
    check_kept(Ok(endless.clone()), &[], false);
    endless.headers.insert("transfer-encoding", HeaderValue::from_static("gzip"));
    check_kept(Ok(endless.clone()), &[], false);
    endless.headers.insert("transfer-encoding", HeaderValue::from_static("gzip, chunked"));
    check_kept(Ok(endless), &[], true);
}

#[test]
fn what_may_be_of_one_client_is_not_kept() {
    let check = |name, value, kept| check_kept(Ok(response(200, &[(name, value)], "x")), &[], kept);
    check("set-cookie", "a=b", false);
    check("cache-control", "private", false);
    check("cache-control", "max-age=60, Private=\"x\"", false);
    check("cache-control", "no-store", false);
    check("cache-control", "max-age=0", true);
    check("vary", "*", false);
    check("vary", "x-tenant", false);
    check("vary", "host", true);
    check("vary", "", true);
    check("content-encoding", "gzip", false);
    // It is not encoded, so that every client can read it.
    check("vary", "Accept-Encoding", true);
    check("vary", "accept-encoding, x-tenant", false);
    let keyed = ["method.request.header.x-tenant", "method.request.header.accept-encoding"];
    let varying = [("vary", "X-Tenant, Accept-Encoding"), ("content-encoding", "gzip")];
    check_kept(Ok(response(200, &varying, "x")), &keyed, true);
    check_kept(Ok(response(200, &[("vary", "x-tenant, accept")], "x")), &keyed, false);
}

#[test]
fn entries_have_1_mb_at_most_with_their_headers() {
    let largest = "x".repeat(1_048_576 - "x-amzn-remapped-content-length".len() - 7);
    check_kept(Ok(response(200, &[], &largest)), &[], true);
    check_kept(Ok(response(200, &[], &(largest + "x"))), &[], false);
}

#[test]
fn requests_for_a_part_get_the_whole_if_it_is_there_and_leave_nothing() {
    let gateway = Gateway::new(cached(&[]));
    for (name, value) in [("range", "bytes=0-1"), ("if-none-match", "\"x\"")] {
        let partial = pet().header(name, value);
        assert_eq!(get(&gateway, &partial, "part"), "200 part");
    }
    assert_eq!(get(&gateway, &pet(), "whole"), "200 whole");
    assert_eq!(get(&gateway, &pet().header("range", "bytes=0-1"), "part"), "200 whole");
}

#[test]
fn credentials_that_the_gateway_does_not_check_bypass_the_cache() {
    let with = |value| pet().header(AUTHORIZATION.as_str(), value);
    let gateway = Gateway::new(cached(&[]));
    assert_eq!(get(&gateway, &with("Basic a"), "of a"), "200 of a");
    assert_eq!(get(&gateway, &pet(), "of all"), "200 of all");
    assert_eq!(get(&gateway, &with("Basic b"), "of b"), "200 of b");
    let gateway = Gateway::new(cached(&["method.request.header.Authorization"]));
    assert_eq!(get(&gateway, &with("Basic a"), "of a"), "200 of a");
    assert_eq!(get(&gateway, &with("Basic a"), "again"), "200 of a");
    assert_eq!(get(&gateway, &with("Basic b"), "of b"), "200 of b");
}

#[test]
fn the_head_of_a_hit_has_the_ids_of_its_own_request_and_the_body_is_encoded_for_its_client() {
    let text = "text ".repeat(100);
    let description =
        Description { compression: model::CompressionSize::from_bytes(0), ..cached(&[]) };
    let gateway = Gateway::new(description);
    assert_eq!(
        get(&gateway, &pet().header("accept-encoding", "identity"), &text),
        format!("200 {text}")
    );
    let encoded = gateway.send(&pet().header("accept-encoding", "gzip"));
    assert!(encoded.contains("content-encoding: gzip"), "{encoded}");
    let plain = gateway.send(&pet().header("accept-encoding", "identity"));
    assert!(plain.ends_with(&text) && plain.contains("x-amzn-requestid"), "{plain}");
    assert_eq!(gateway.world.take_calls().len(), 1);
}

#[test]
fn encrypted_entries_are_answered_as_they_were() {
    let mut description = cached(&[]);
    description.settings.every_method.caching = Caching::new(Duration::from_secs(9), true, ANYBODY);
    let gateway = Gateway::new(description);
    *gateway.world.upstream.lock().unwrap() = Some(Ok(response(200, &[("link", "<a>")], "x")));
    let [miss, hit] = [0; 2].map(|_| gateway.send(&pet()));
    assert_eq!(miss, hit);
    assert_eq!(gateway.world.take_calls().len(), 1);
}

#[test]
fn what_functions_answer_is_chosen_by_what_clients_accept() {
    let methods = vec![("/pets/{id}", method(MethodKey::Verb(Verb::Get), function()))];
    let gateway = Gateway::new(Description { methods, binary: vec!["image/png"], ..cached(&[]) });
    let body = r#"{"body": "aGk=", "isBase64Encoded": true}"#;
    *gateway.world.result.lock().unwrap() = Some(Ok(body.into()));
    assert_eq!(gateway.answer(&pet().header("accept", "image/png")), "200 hi");
    assert_eq!(gateway.answer(&pet().header("accept", "text/plain")), "200 aGk=");
    assert_eq!(gateway.answer(&pet().header("accept", "image/png")), "200 hi");
    assert_eq!(gateway.world.take_calls().len(), 2);
}

#[test]
fn who_accepts_nothing_gets_another_answer_where_everything_is_binary() {
    let methods = vec![("/pets/{id}", method(MethodKey::Verb(Verb::Get), function()))];
    let gateway = Gateway::new(Description { methods, binary: vec!["*/*"], ..cached(&[]) });
    let body = r#"{"body": "aGk=", "isBase64Encoded": true}"#;
    *gateway.world.result.lock().unwrap() = Some(Ok(body.into()));
    assert_eq!(gateway.answer(&pet()), "200 aGk=");
    assert_eq!(gateway.answer(&pet().header("accept", "image/png")), "200 hi");
}

#[test]
fn what_chooses_a_template_or_is_its_body_is_nobody_elses() {
    let posted = pet().header("content-type", "a/b");
    check_shared(cached(&[]), [&posted, &posted], true);
    check_shared(cached(&[]), [&posted, &pet()], false);
    check_shared(cached(&[]), [&pet().body("{}"), &pet()], false);
    check_shared(cached(&[]), [&pet(), &pet().body("{}")], false);
}

fn with_cache_control(value: &str) -> TestRequest {
    pet().header("cache-control", value)
}

#[test]
fn whoever_may_makes_the_gateway_forget() {
    let gateway = Gateway::new(cached(&[]));
    assert_eq!(get(&gateway, &pet(), "first"), "200 first");
    assert_eq!(get(&gateway, &with_cache_control("max-age=0"), "second"), "200 second");
    assert_eq!(get(&gateway, &pet(), "third"), "200 second");
    assert_eq!(get(&gateway, &with_cache_control("no-cache"), "fourth"), "200 fourth");
    // What cannot be fetched anew is gone all the same.
    let failed = ask(&gateway, &with_cache_control("no-cache"), Err(UpstreamError::TimedOut));
    assert!(failed.starts_with("504 "), "{failed}");
    assert_eq!(get(&gateway, &pet(), "fifth"), "200 fifth");
    // Also by a request that leaves nothing itself.
    gateway.world.take_calls();
    for wanting in [
        with_cache_control("no-cache").header("authorization", "Basic YTpi"),
        with_cache_control("no-cache").header("range", "bytes=0-1"),
        with_cache_control("no-cache").body("{}"),
    ] {
        assert_eq!(get(&gateway, &pet(), "before"), "200 fifth");
        assert_eq!(get(&gateway, &wanting, "its own"), "200 its own");
        assert_eq!(
            get(&gateway, &pet(), "fifth"),
            "200 fifth",
            "it was forgotten, and is kept anew"
        );
        assert_eq!(gateway.world.take_calls().len(), 2);
    }
}

#[test]
fn whoever_may_not_is_answered_as_the_stage_says() {
    let gateway = |unauthorized| {
        let settings = every_get(Invalidation::Authorized(unauthorized));
        let gateway = Gateway::new(Description { settings, ..cached(&[]) });
        assert_eq!(get(&gateway, &pet(), "first"), "200 first");
        gateway
    };
    let request = with_cache_control("max-age=0");
    let refused = gateway(Unauthorized::Fail).answer(&request);
    assert!(refused.starts_with("403 "), "{refused}");
    assert!(refused.contains("execute-api:InvalidateCache"), "{refused}");
    let warning = "\nwarning: 199 Cache-control headers were ignored";
    for (unauthorized, is_warned) in
        [(Unauthorized::Succeed, false), (Unauthorized::SucceedWithWarning, true)]
    {
        let gateway = gateway(unauthorized);
        let answer = gateway.send(&request);
        assert!(answer.ends_with("first"), "{answer}");
        assert_eq!(answer.contains(warning), is_warned, "{answer}");
        assert!(!gateway.send(&pet()).contains(warning));
    }
}

#[test]
fn an_answer_of_a_plugin_is_not_kept() {
    let mut methods = pets(&[]);
    methods[0].1.request_transforms = vec![super::fixture::TRANSFORM];
    let gateway = Gateway::new(Description { methods, ..cached(&[]) });
    let set = |outcome| *gateway.world.request_outcome.lock().unwrap() = Some(Ok(outcome));
    set(model::RequestOutcome::Respond(model::ImmediateResponse {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: "of the plugin".into(),
    }));
    assert_eq!(gateway.answer(&pet()), "200 of the plugin");
    set(model::RequestOutcome::Unchanged);
    assert_eq!(get(&gateway, &pet(), "of the integration"), "200 of the integration");
    gateway.world.take_calls();
    assert_eq!(get(&gateway, &pet(), "again"), "200 of the integration");
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new(), "no plugin is asked for a hit");
}

#[test]
fn bodies_are_read_before_a_hit() {
    let mut description = cached(&[]);
    description.settings.methods = vec![("/pets/{id}".to_owned(), Verb::Post, caching(ANYBODY))];
    let gateway = Gateway::new(description);
    let post = TestRequest::new("POST /prod/pets/1").body("a body");
    assert_eq!(get(&gateway, &post, "first"), "200 first");
    assert_eq!(get(&gateway, &post, "second"), "200 first");
    assert_eq!(gateway.world.bodies_read.load(Ordering::Relaxed), 2);
}

#[test]
fn an_explanation_says_what_the_cache_did() {
    let mut description = cached(&[]);
    description.settings.every_method.data_trace = true;
    let gateway = Gateway::new(description);
    *gateway.world.upstream.lock().unwrap() = Some(Ok(response(200, &[], "x")));
    let said = |request: &TestRequest| {
        let mut record = Record::default();
        gateway.recorded(request, &mut record);
        let phases = record.trace.unwrap().to_phases();
        let steps = phases.into_iter().filter(|phase| phase.phase == crate::Phase::Cache);
        let steps: Vec<_> = steps.flat_map(|phase| phase.steps).map(|step| step.what).collect();
        steps.join(", ")
    };
    assert_eq!(said(&pet()), "miss");
    assert_eq!(said(&pet()), "hit");
    assert_eq!(said(&with_cache_control("no-cache")), "invalidated");
}
