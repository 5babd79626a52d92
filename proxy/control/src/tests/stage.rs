//! Stages: settings, rollback, canary.

use expect_test::expect;

use super::harness::{Gateway, patch};

/// With two deployments, and the stage `prod` of the first.
fn gateway() -> Gateway {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    let gateway = Gateway::with_api();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway.create("FIRST", "POST /restapis/API/deployments", "{}");
    gateway.create("SECOND", "POST /restapis/API/deployments", "{}");
    let stage = r#"{"stageName": "prod", "deploymentId": "FIRST", "variables": {"a": "1"}}"#;
    gateway.ok("POST /restapis/API/stages", stage);
    gateway
}

const STAGE: &str = "PATCH /restapis/API/stages/prod";

#[test]
fn a_stage_has_the_defaults_of_aws() {
    let gateway = gateway();
    gateway.check(
        &[
            ("POST /restapis/API/stages", r#"{"stageName": "test", "deploymentId": "FIRST"}"#),
            ("POST /restapis/API/stages", r#"{"stageName": "test", "deploymentId": "FIRST"}"#),
            ("GET /restapis/API/stages/test", ""),
            ("POST /restapis/API/stages", r#"{"stageName": "x", "deploymentId": "nobody"}"#),
            ("POST /restapis/API/stages", r#"{"stageName": "a b", "deploymentId": "FIRST"}"#),
            ("POST /restapis/API/stages", r#"{"deploymentId": "FIRST"}"#),
            (
                "POST /restapis/API/stages",
                r#"{"stageName": "x", "deploymentId": "FIRST", "cacheClusterSize": "2"}"#,
            ),
            (
                "POST /restapis/API/stages",
                r#"{"stageName": "x", "deploymentId": "FIRST", "documentationVersion": "1"}"#,
            ),
            (
                "POST /restapis/API/stages",
                r#"{"stageName": "x", "deploymentId": "FIRST", "variables": {"a-b": "1"}}"#,
            ),
            ("DELETE /restapis/API/stages/test/cache/data", ""),
            ("DELETE /restapis/API/stages/test/cache/authorizers", ""),
            ("DELETE /restapis/API/stages/nobody/cache/data", ""),
            ("DELETE /restapis/API/stages/test", ""),
            ("GET /restapis/API/stages/test", ""),
        ],
        expect![[r#"
            201 {"deploymentId":"FIRST","stageName":"test","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000}
            409 ConflictException: Stage already exists
            200 {"deploymentId":"FIRST","stageName":"test","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Deployment id does not exist
            400 BadRequestException: Stage name only allows a-zA-Z0-9_-
            400 ValidationException: 1 validation error detected: Value null at 'stageName' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value '2' at 'cacheClusterSize' failed to satisfy constraint: Member must satisfy enum value set: [0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237]
            404 NotFoundException: Invalid Documentation version identifier specified
            400 BadRequestException: Stage variable name must have 1 to 64 characters of A-Za-z0-9_
            202
            202
            404 NotFoundException: Invalid stage identifier specified
            202
            404 NotFoundException: Invalid stage identifier specified
        "#]],
    );
}

#[test]
fn a_stage_is_moved_and_set() {
    let gateway = gateway();
    gateway.check(
        &[
            (STAGE, &patch("replace", "/deploymentId", "SECOND")),
            (STAGE, &patch("replace", "/deploymentId", "nobody")),
            (STAGE, &patch("replace", "/description", "d")),
            (STAGE, &patch("replace", "/tracingEnabled", "true")),
            (STAGE, &patch("replace", "/cacheClusterEnabled", "true")),
            (STAGE, &patch("replace", "/cacheClusterSize", "1.6")),
            (STAGE, &patch("replace", "/cacheClusterSize", "2")),
            (STAGE, &patch("replace", "/variables/b", "2")),
            (STAGE, &patch("remove", "/variables/a", "")),
            (STAGE, &patch("replace", "/variables/b", "{x}")),
            (STAGE, &patch("add", "/accessLogSettings/format", "$context.requestId")),
            (STAGE, &patch("remove", "/accessLogSettings", "")),
            (STAGE, &patch("replace", "/clientCertificateId", "nobody")),
            (STAGE, &patch("replace", "/documentationVersion", "9")),
            ("GET /restapis/API/stages/prod", ""),
        ],
        expect![[r#"
            200 {"deploymentId":"SECOND","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Deployment id does not exist
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"0.5","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Invalid value '2' specified for path '/cacheClusterSize'
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1","b":"2"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"b":"2"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Invalid stage variable value: {x}. Please use values with at most 512 alphanumeric characters and the symbols ' -._~:/?#&=,'.
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"b":"2"},"accessLogSettings":{"format":"$context.requestId"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"b":"2"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            404 NotFoundException: Invalid Client Certificate identifier specified
            404 NotFoundException: Invalid Documentation version identifier specified
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"1.6","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"b":"2"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
        "#]],
    );
}

#[test]
fn methods_of_a_stage_have_settings() {
    let gateway = gateway();
    let settings = |path: &str, value: &str| {
        let answer = gateway.answer(STAGE, &patch("replace", path, value));
        let Some(json) = answer.strip_prefix("200 ") else { return answer };
        let stage: serde_json::Value = serde_json::from_str(json).unwrap();
        stage["methodSettings"].to_string()
    };
    let mut answers = String::new();
    for (path, value) in [
        ("/~1pets~1{id}/GET/throttling/rateLimit", "5.5"),
        ("/~1pets~1{id}/GET/throttling/burstLimit", "2"),
        ("/*/*/logging/loglevel", "INFO"),
        ("/*/*/logging/dataTrace", "true"),
        ("/*/*/metrics/enabled", "true"),
        ("/*/*/caching/enabled", "true"),
        ("/*/*/caching/ttlInSeconds", "3600"),
        ("/*/*/caching/dataEncrypted", "true"),
        ("/*/*/caching/requireAuthorizationForCacheControl", "false"),
        ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
        ("/*/*/caching/ttlInSeconds", "3601"),
        ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "x"),
        ("/*/*/logging/loglevel", "LOUD"),
        ("/*/*/throttling/rateLimit", "NaN"),
        ("/*/*/throttling/burstLimit", "x"),
        ("/*/*/logging/nothing", "x"),
        ("/~1pets/get/throttling/rateLimit", "5"),
        ("/~1pets/*/throttling/rateLimit", "5"),
        ("/*/GET/throttling/rateLimit", "5"),
        ("/pets/{id}/GET/throttling/rateLimit", "5"),
    ] {
        answers += &format!("{path} {value}: {}\n", settings(path, value));
    }
    for path in ["/~1pets~1{id}/GET", "/*/*", "/*/*"] {
        answers +=
            &format!("remove {path}: {}\n", gateway.answer(STAGE, &patch("remove", path, "")));
    }
    expect![[r#"
        /~1pets~1{id}/GET/throttling/rateLimit 5.5: {"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":5000,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /~1pets~1{id}/GET/throttling/burstLimit 2: {"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/logging/loglevel INFO: {"*/*":{"metricsEnabled":false,"loggingLevel":"INFO","dataTraceEnabled":false,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/logging/dataTrace true: {"*/*":{"metricsEnabled":false,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/metrics/enabled true: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/enabled true: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/ttlInSeconds 3600: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":3600,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/dataEncrypted true: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":3600,"cacheDataEncrypted":true,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/requireAuthorizationForCacheControl false: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":3600,"cacheDataEncrypted":true,"requireAuthorizationForCacheControl":false,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/unauthorizedCacheControlHeaderStrategy FAIL_WITH_403: {"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":3600,"cacheDataEncrypted":true,"requireAuthorizationForCacheControl":false,"unauthorizedCacheControlHeaderStrategy":"FAIL_WITH_403"},"~1pets~1{id}/GET":{"metricsEnabled":false,"dataTraceEnabled":false,"throttlingBurstLimit":2,"throttlingRateLimit":5.5,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"}}
        /*/*/caching/ttlInSeconds 3601: 400 BadRequestException: Invalid value '3601' specified for path '/*/*/caching/ttlInSeconds'
        /*/*/caching/unauthorizedCacheControlHeaderStrategy x: 400 BadRequestException: Invalid value 'x' specified for path '/*/*/caching/unauthorizedCacheControlHeaderStrategy'
        /*/*/logging/loglevel LOUD: 400 BadRequestException: Invalid value 'LOUD' specified for path '/*/*/logging/loglevel'
        /*/*/throttling/rateLimit NaN: 400 BadRequestException: Invalid value 'NaN' specified for path '/*/*/throttling/rateLimit'
        /*/*/throttling/burstLimit x: 400 BadRequestException: Invalid value 'x' specified for path '/*/*/throttling/burstLimit'
        /*/*/logging/nothing x: 400 BadRequestException: Invalid method setting path: /*/*/logging/nothing. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
        /~1pets/get/throttling/rateLimit 5: 400 BadRequestException: Invalid method setting path: /~1pets/get/throttling/rateLimit. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
        /~1pets/*/throttling/rateLimit 5: 400 BadRequestException: Invalid method setting path: /~1pets/*/throttling/rateLimit. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
        /*/GET/throttling/rateLimit 5: 400 BadRequestException: Invalid method setting path: /*/GET/throttling/rateLimit. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
        /pets/{id}/GET/throttling/rateLimit 5: 400 BadRequestException: Invalid method setting path: /pets/{id}/GET/throttling/rateLimit. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
        remove /~1pets~1{id}/GET: 200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{"*/*":{"metricsEnabled":true,"loggingLevel":"INFO","dataTraceEnabled":true,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":true,"cacheTtlInSeconds":3600,"cacheDataEncrypted":true,"requireAuthorizationForCacheControl":false,"unauthorizedCacheControlHeaderStrategy":"FAIL_WITH_403"}},"variables":{"a":"1"},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
        remove /*/*: 200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
        remove /*/*: 400 BadRequestException: Cannot remove method setting */* because there is no method setting for this method 
    "#]].assert_eq(&answers);
}

#[test]
fn an_entry_that_is_made_by_a_setting_of_caching_caches() {
    let gateway = gateway();
    let is_caching = |path: &str, value: &str| {
        let answer = gateway.answer(STAGE, &patch("replace", path, value));
        let stage: serde_json::Value = serde_json::from_str(&answer["200 ".len()..]).unwrap();
        let key = path[1..].rsplitn(3, '/').nth(2).unwrap();
        stage["methodSettings"][key]["cachingEnabled"].as_bool().unwrap()
    };
    assert!(is_caching("/~1a/GET/caching/ttlInSeconds", "60"));
    assert!(is_caching("/~1b/GET/caching/dataEncrypted", "true"));
    assert!(!is_caching("/~1c/GET/caching/enabled", "false"));
    assert!(!is_caching("/~1c/GET/caching/ttlInSeconds", "60"));
    // Also where `*/*` does: an entry is whole.
    assert!(is_caching("/*/*/caching/enabled", "true"));
    assert!(!is_caching("/~1d/GET/throttling/rateLimit", "5"));
    assert!(!is_caching("/~1e/GET/logging/dataTrace", "false"));
}

#[test]
fn a_canary_is_made_promoted_and_removed() {
    let gateway = gateway();
    let copy = |from: &str, path: &str| {
        format!(r#"{{"patchOperations": [{{"op": "copy", "from": "{from}", "path": "{path}"}}]}}"#)
    };
    let deployment = copy("/canarySettings/deploymentId", "/deploymentId");
    let promote = r#"{"patchOperations": [
        {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0.0"},
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"}]}"#;
    gateway.check(
        &[
            (STAGE, &deployment),
            (STAGE, &patch("replace", "/canarySettings/percentTraffic", "50")),
            (STAGE, &patch("replace", "/canarySettings/deploymentId", "SECOND")),
            (STAGE, &patch("replace", "/canarySettings/stageVariableOverrides/b", "2")),
            (STAGE, &patch("replace", "/canarySettings/useStageCache", "true")),
            (STAGE, &patch("replace", "/canarySettings/percentTraffic", "100.1")),
            (STAGE, &patch("replace", "/canarySettings/deploymentId", "nobody")),
            (STAGE, &patch("add", "/canarySettings/deploymentId", "SECOND")),
            (STAGE, &copy("/canarySettings/percentTraffic", "/variables")),
            (STAGE, promote),
            (STAGE, &patch("remove", "/canarySettings", "")),
            (STAGE, &patch("replace", "/canarySettings/deploymentId", "FIRST")),
        ],
        expect![[r#"
            400 BadRequestException: Promotion not available. Canary does not exist.
            200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"canarySettings":{"percentTraffic":50.0,"deploymentId":"FIRST","useStageCache":false},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"canarySettings":{"percentTraffic":50.0,"deploymentId":"SECOND","useStageCache":false},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"canarySettings":{"percentTraffic":50.0,"deploymentId":"SECOND","stageVariableOverrides":{"b":"2"},"useStageCache":false},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"FIRST","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1"},"canarySettings":{"percentTraffic":50.0,"deploymentId":"SECOND","stageVariableOverrides":{"b":"2"},"useStageCache":true},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Percent traffic must be between 0.0 and 100.0
            400 BadRequestException: Deployment id does not exist
            400 BadRequestException: Invalid add operation with path: /canarySettings/deploymentId
            400 BadRequestException: Invalid copy operation with path: /variables and from /canarySettings/percentTraffic. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]
            200 {"deploymentId":"SECOND","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1","b":"2"},"canarySettings":{"percentTraffic":0.0,"deploymentId":"SECOND","stageVariableOverrides":{"b":"2"},"useStageCache":true},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1","b":"2"},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            200 {"deploymentId":"SECOND","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1","b":"2"},"canarySettings":{"percentTraffic":0.0,"deploymentId":"FIRST","useStageCache":false},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
        "#]],
    );
}

#[test]
fn what_cannot_be_changed_is_refused() {
    let gateway = gateway();
    gateway.check(
        &[
            (STAGE, &patch("replace", "/stageName", "x")),
            (STAGE, &patch("add", "/description", "x")),
            (STAGE, &patch("remove", "/deploymentId", "")),
            (STAGE, &patch("remove", "/canarySettings/percentTraffic", "")),
            (STAGE, &patch("move", "/description", "x")),
            (STAGE, &patch("test", "/description", "x")),
            ("PATCH /restapis/API/stages/nobody", "{}"),
        ],
        expect![[r#"
            400 BadRequestException: Invalid method setting path: /stageName. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]
            400 BadRequestException: Invalid add operation with path: /description
            400 BadRequestException: Invalid remove operation with path: /deploymentId
            400 BadRequestException: Invalid remove operation with path: /canarySettings/percentTraffic
            400 BadRequestException: Invalid patch path  '/description' specified for op 'move'. Please choose supported operations
            400 BadRequestException: Invalid patch path  '/description' specified for op 'test'. Please choose supported operations
            404 NotFoundException: Invalid stage identifier specified
        "#]],
    );
}
