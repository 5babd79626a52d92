//! What the data plane reads of the store.

use model::Verb;

use super::harness::{Gateway, patch};
use crate::ServedRouting;

#[test]
fn stages_canaries_and_domain_names_are_read_as_they_are() {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    let gateway = Gateway::with_api();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    let body = r#"{"stageName": "prod", "variables": {"a": "1", "b": "1"}}"#;
    gateway.create("FIRST", "POST /restapis/API/deployments", body);
    let canary = r#"{"stageName": "prod", "canarySettings":
        {"percentTraffic": 25, "stageVariableOverrides": {"b": "2"}}}"#;
    gateway.create("SECOND", "POST /restapis/API/deployments", canary);
    gateway.ok("POST /domainnames", r#"{"domainName": "a.b"}"#);
    for mapping in
        [r#"{"restApiId": "API"}"#, r#"{"restApiId": "API", "basePath": "x", "stage": "prod"}"#]
    {
        gateway.ok("POST /domainnames/a.b/basepathmappings", mapping);
    }
    let stages = crate::stages(&gateway.store).unwrap();
    let [stage] = &stages[..] else { panic!() };
    let canary = stage.canary.as_ref().unwrap();
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(stage.variables, pairs(&[("a", "1"), ("b", "1")]));
    assert_eq!(canary.variables, pairs(&[("a", "1"), ("b", "2")]));
    assert!((canary.percent_traffic - 25.0).abs() < f64::EPSILON);
    assert_ne!(canary.deployment.id, stage.deployment.id);
    // Nothing changed between the two, so that they are the same bytes.
    assert_eq!(canary.deployment.digest, stage.deployment.digest);
    let domains = crate::domains(&gateway.store, &gateway.control.identity).unwrap();
    let ServedRouting::Mappings(mappings) = &domains[0].routing else { panic!() };
    let paths: Vec<_> = mappings.iter().map(|m| m.base_path.as_deref()).collect();
    assert_eq!(paths, [None, Some("x")]);
    let flushes = stage.authorizer_flushes;
    gateway.ok("DELETE /restapis/API/stages/prod/cache/authorizers", "");
    assert_ne!(crate::stages(&gateway.store).unwrap()[0].authorizer_flushes, flushes);
    let shown = gateway.answer("GET /restapis/API/stages/prod", "");
    assert!(!shown.contains("authorizerFlushes"), "{shown}");
    let before = gateway.store.change();
    gateway.ok("PATCH /restapis/API/stages/prod", &patch("remove", "/canarySettings", ""));
    assert_eq!(gateway.store.change(), before + 1);
    assert!(crate::stages(&gateway.store).unwrap()[0].canary.is_none());
    gateway.ok("DELETE /restapis/API/deployments/SECOND", "");
    gateway.ok("DELETE /restapis/API/stages/prod", "");
    assert!(crate::stages(&gateway.store).unwrap().is_empty());
}

#[test]
fn a_cache_that_is_flushed_or_changed_is_another_one() {
    const STAGE: &str = "PATCH /restapis/API/stages/prod";
    let gateway = Gateway::with_stage();
    let caches = || {
        let stage = crate::stages(&gateway.store).unwrap().swap_remove(0);
        (stage.cache, stage.canary.and_then(|canary| canary.cache))
    };
    assert_eq!(caches(), (None, None));
    let mut known = Vec::new();
    let mut check_new = |line: &str, body: &str| {
        gateway.ok(line, body);
        let cache = caches().0.unwrap();
        assert!(!known.contains(&cache), "{line} {body}: {cache:?}");
        known.push(cache);
    };
    check_new(STAGE, &patch("replace", "/cacheClusterEnabled", "true"));
    check_new("DELETE /restapis/API/stages/prod/cache/data", "");
    check_new(STAGE, &patch("replace", "/cacheClusterSize", "1.6"));
    gateway.ok(STAGE, &patch("replace", "/cacheClusterEnabled", "false"));
    assert_eq!(caches(), (None, None));
    check_new(STAGE, &patch("replace", "/cacheClusterEnabled", "true"));
    let before = caches();
    gateway.ok(STAGE, &patch("replace", "/description", "x"));
    assert_eq!(caches(), before);
    gateway.ok(STAGE, &patch("replace", "/canarySettings/useStageCache", "true"));
    assert_eq!(caches(), (before.0, before.0));
    gateway.ok(STAGE, &patch("replace", "/canarySettings/useStageCache", "false"));
    let (stage, canary) = caches();
    assert!(stage == before.0 && canary.is_some() && canary != stage);
    let shown = gateway.answer("GET /restapis/API/stages/prod", "");
    assert!(!shown.contains("cacheGeneration"), "{shown}");
}

#[test]
fn a_stage_that_is_made_again_has_another_cache_and_other_decisions() {
    let gateway = Gateway::with_api();
    gateway.ok("PUT /restapis/API/resources/ROOT/methods/GET", r#"{"authorizationType": "NONE"}"#);
    gateway.ok("PUT /restapis/API/resources/ROOT/methods/GET/integration", r#"{"type": "MOCK"}"#);
    gateway.create("FIRST", "POST /restapis/API/deployments", "{}");
    let made = || {
        gateway.ok(
            "POST /restapis/API/stages",
            r#"{"stageName": "prod", "deploymentId": "FIRST", "cacheClusterEnabled": true}"#,
        );
        let stage = crate::stages(&gateway.store).unwrap().swap_remove(0);
        gateway.ok("DELETE /restapis/API/stages/prod", "");
        (stage.cache.unwrap(), stage.authorizer_flushes)
    };
    let (first, second) = (made(), made());
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn settings_are_of_the_method_that_their_key_names() {
    let gateway = Gateway::with_stage();
    for (key, burst) in [
        ("~1pets~1{id}/GET", "1"),
        ("pets/GET", "2"),
        ("~1cats/ANY", "3"),
        ("cats/GET", "4"),
        ("~1/GET", "5"),
    ] {
        let path = format!("/{key}/throttling/burstLimit");
        gateway.ok("PATCH /restapis/API/stages/prod", &patch("replace", &path, burst));
    }
    let settings = crate::stages(&gateway.store).unwrap().swap_remove(0).settings;
    let burst = |path: &str, verb: Verb| {
        let mut methods = settings.methods.iter().rev();
        let found = methods.find(|(known, of, _)| (known.as_str(), *of) == (path, verb));
        found.map(|(.., settings)| settings.throttle.unwrap().burst())
    };
    assert_eq!(burst("/pets/{id}", Verb::Get), Some(1));
    assert_eq!(burst("/pets", Verb::Get), Some(2));
    assert_eq!(burst("/pets", Verb::Post), None);
    assert_eq!((burst("/cats", Verb::Post), burst("/cats", Verb::Get)), (Some(3), Some(4)));
    assert_eq!(burst("/", Verb::Get), Some(5));
}
