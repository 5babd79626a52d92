//! What is said of extensions: API Gateway's and Edgeway's.

use expect_test::expect;

use super::check;
use super::sample::{operation, root};

#[test]
fn extensions_of_aws_that_are_not_supported() {
    check(
        &root(
            "x-amazon-apigateway-api-key-source: COOKIE
x-amazon-apigateway-cors: {}
x-amazon-apigateway-minimum-compression-size: 0
x-amazon-apigateway-security-policy: TLS_1_2
x-amazon-apigateway-endpoint-access-mode: STRICT
x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}
components: {x-amazon-apigateway-integrations: {}}
servers: [{url: /, x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}}]",
        ),
        expect![[r#"
            x-amazon-apigateway-cors:
              belongs to HTTP APIs and is not supported; write x-edgeway-cors, which does the same
            x-amazon-apigateway-security-policy:
              security policies are not supported; remove it, TLS is configured for the whole server
            x-amazon-apigateway-endpoint-access-mode:
              endpoint access modes are not supported; remove it
            x-amazon-apigateway-endpoint-configuration.disableExecuteApiEndpoint:
              must be false: switching the default host name off is not supported yet; remove it
            components.x-amazon-apigateway-integrations:
              shared integrations belong to HTTP APIs and are not supported; write x-amazon-apigateway-integration in each operation
            servers[0].x-amazon-apigateway-endpoint-configuration.disableExecuteApiEndpoint:
              must be false: switching the default host name off is not supported yet; remove it
            x-amazon-apigateway-api-key-source:
              must be HEADER or AUTHORIZER, got "COOKIE"; there is no other source of API keys
        "#]],
    );
}

#[test]
fn what_does_not_change_what_is_served_is_accepted() {
    check(
        &root(
            "x-amazon-apigateway-api-key-source: HEADER
x-amazon-apigateway-documentation: {version: '1'}
x-amazon-apigateway-importexport-version: '1.0'
x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: false, vpcEndpointIds: [a]}
x-internal: true
security: []
tags: [{name: a, x-amazon-apigateway-tag-value: b}, 5]
servers: 5
externalDocs: 7
components: {schemas: 5, securitySchemes: {basic: {type: http, scheme: basic}}}",
        ),
        expect![[""]],
    );
}

#[test]
fn unknown_and_misplaced_keys() {
    check(
        &root(
            "x-edgeway-function: {}
x-edgway-stage: {}
x-edgeway-anything: {}
x-amazon-apigateway-integration: {}
securityDefinitions: {}
path: {}",
        ),
        expect![[r#"
            x-edgeway-function:
              is unknown; did you mean x-edgeway-functions?
            x-edgway-stage:
              is unknown; did you mean x-edgeway-stage?
            x-edgeway-anything:
              is unknown, and would change nothing; remove it
            x-amazon-apigateway-integration:
              has no effect in the document; it belongs directly in an operation
            securityDefinitions:
              is unknown in the document; known are openapi, info, servers, paths, components, security, tags, externalDocs
            path:
              is unknown in the document; did you mean paths?
        "#]],
    );
    check(
        &operation(
            "secruity: []
x-amazon-apigateway-request-validator: all
x-edgeway-functions: {}
x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}",
        ),
        expect![[r#"
            paths./pets/{id}.get.secruity:
              is unknown in an operation; did you mean security?
            paths./pets/{id}.get.x-edgeway-functions:
              has no effect in an operation; it belongs directly in the document
            paths./pets/{id}.get.x-amazon-apigateway-request-validator:
              names no validator of x-amazon-apigateway-request-validators; none is known here
        "#]],
    );
    check(
        "openapi: 3.0.1
info: {title: t, x-amazon-apigateway-policy: {}}
paths:
  /a:
    GET: {}
    trace: {}
    $ref: b
    x-amazon-apigateway-integration: {}
  x-edgeway-stage: {}",
        expect![[r#"
            info.x-amazon-apigateway-policy:
              has no effect in info; it belongs directly in the document
            paths.x-edgeway-stage:
              has no effect in paths; it belongs directly in the document
            paths./a.GET:
              is unknown in a path; did you mean get?
            paths./a.x-amazon-apigateway-integration:
              has no effect in a path; it belongs directly in an operation
            paths./a.trace:
              is a method that API Gateway does not have; remove it
            paths./a.$ref:
              refers to a path, which is not supported; write the path's methods here
        "#]],
    );
}

#[test]
fn functions_and_transforms() {
    check(
        &root(
            r#"x-edgeway-functions:
  "two words": {component: a.wasm}
  nothing: {}
  absolute: {component: /a.wasm}
  text: a.wasm
  wrong:
    component: ""
    memorySize: 5000
    timeout: 0
    environment: {A: 1.10, B: [x], "C=D": x, E: null}
    reuse: {maxIdle: 0, maxIdleSeconds: 0, maxCalls: 5000000000, max: 1}
    keyValueNamespaces: ["a b", 5]
    memory: 5
x-edgeway-request-transform: 5
x-edgeway-response-transform: [wrong, rong, {}]"#,
        ),
        expect![[r#"
            x-edgeway-functions.two words:
              has a name that must be 1-64 of [A-Za-z0-9_-], got "two words"
            x-edgeway-functions.nothing:
              must have component; write the path of the function's .wasm file
            x-edgeway-functions.absolute.component:
              must be a path relative to this document, got "/a.wasm"
            x-edgeway-functions.text:
              must be a map, got "a.wasm"
            x-edgeway-functions.wrong.memory:
              is not a setting of a function; known are component, memorySize, timeout, cpuTime, concurrency, provisioned, errorBudget, environment, reuse, keyValueNamespaces, outbound, outboundLimits
            x-edgeway-functions.wrong.component:
              must be a path relative to this document, got ""
            x-edgeway-functions.wrong.memorySize:
              must be 1-4096 (MB), got 5000; change it, or remove it to use the default 128
            x-edgeway-functions.wrong.timeout:
              must be 0.01-900 (seconds), got 0; change it, or remove it to use the default 3
            x-edgeway-functions.wrong.environment.A:
              must be text, got 1.1; put it in quotes
            x-edgeway-functions.wrong.environment.B:
              must be text, got a list
            x-edgeway-functions.wrong.environment.C=D:
              must have a name that is not empty and has no = in it; rename it
            x-edgeway-functions.wrong.environment.E:
              must be text, got nothing
            x-edgeway-functions.wrong.reuse.max:
              is not a setting of reuse; known are maxIdle, maxIdleSeconds, maxCalls
            x-edgeway-functions.wrong.reuse.maxIdle:
              must be 1-10000, got 0; write reuse: false for a fresh instance per call
            x-edgeway-functions.wrong.reuse.maxIdleSeconds:
              must be 1-86400, got 0
            x-edgeway-functions.wrong.reuse.maxCalls:
              must be 1-4294967295, got 5000000000; write reuse: false for a fresh instance per call
            x-edgeway-functions.wrong.keyValueNamespaces[0]:
              must be 1-64 of [A-Za-z0-9_.-], got "a b"
            x-edgeway-functions.wrong.keyValueNamespaces[1]:
              must be text, got 5; put it in quotes
            x-edgeway-request-transform:
              must be the name of a function, or a list of names, got 5
            x-edgeway-response-transform[1]:
              names the function "rong", which x-edgeway-functions does not have; did you mean wrong?
            x-edgeway-response-transform[2]:
              must be text, got a map
        "#]],
    );
}

#[test]
fn destinations_of_functions() {
    check(
        &root(
            r#"x-edgeway-functions:
  wrong:
    component: a.wasm
    outbound:
      - example.com
      - {addresses: [10.0.0.0/8], adresses: []}
      - {url: "http://10.0.0.1", addresses: [10.0.0.0/8]}
      - {url: "http://a.example", addresses: [10.0.0.0/33]}
      - http://0.0.0.0:9000
      - http://2130706433
      - {url: "http://b.example", addresses: ["10.0.0.0/8", "::1"]}"#,
        ),
        expect![[r#"
            x-edgeway-functions.wrong.outbound[0]:
              must be scheme://host or scheme://host:port with http or https and without a path, got "example.com"; write for example https://api.example.com
            x-edgeway-functions.wrong.outbound[1].adresses:
              is not a setting of a destination; did you mean addresses?
            x-edgeway-functions.wrong.outbound[1]:
              must have url; write the scheme, host and port of the server
            x-edgeway-functions.wrong.outbound[2]:
              has a URL with an IP address, which is granted with itself; remove addresses
            x-edgeway-functions.wrong.outbound[3].addresses[0]:
              must be an IP address or a range in CIDR notation, IPv4 not within IPv6, got "10.0.0.0/33"; write for example 10.0.0.0/8, 127.0.0.1 or fd00::/8
            x-edgeway-functions.wrong.outbound[4]:
              must not be an unspecified, multicast or broadcast address, which is nobody's, got "http://0.0.0.0:9000"; write the address of the server
            x-edgeway-functions.wrong.outbound[5]:
              must be scheme://host or scheme://host:port with http or https and without a path, got "http://2130706433"; write for example https://api.example.com
        "#]],
    );
}

#[test]
fn limits_of_functions() {
    check(
        &root(
            r#"x-edgeway-functions:
  wrong:
    component: a.wasm
    cpuTime: 0
    concurrency: 0
    provisioned: -1
    errorBudget: {errors: 0, seconds: 0, quarantineSeconds: 4000, policy: ignore, error: 1}
  above:
    component: a.wasm
    cpuTime: 3.5
    concurrency: 2
    provisioned: 3
    errorBudget: {seconds: 5}
  contradicts: {component: a.wasm, reuse: false, provisioned: 1}"#,
        ),
        expect![[r#"
            x-edgeway-functions.wrong.cpuTime:
              must be 0.001-900 (seconds), got 0; change it, or remove it to use all of the timeout
            x-edgeway-functions.wrong.concurrency:
              must be 1-1000, got 0; change it, or remove it to use the default 256
            x-edgeway-functions.wrong.provisioned:
              must be 0-256, no more than concurrency, got -1; lower it, or remove it to make instances when they are needed
            x-edgeway-functions.wrong.errorBudget.error:
              is not a setting of errorBudget; did you mean errors?
            x-edgeway-functions.wrong.errorBudget.errors:
              must be 1-1000, got 0; remove errorBudget for a function that is never left alone
            x-edgeway-functions.wrong.errorBudget.seconds:
              must be 1-3600, got 0
            x-edgeway-functions.wrong.errorBudget.quarantineSeconds:
              must be 1-3600, got 4000
            x-edgeway-functions.wrong.errorBudget.policy:
              must be fail or skip, got "ignore"
            x-edgeway-functions.above.cpuTime:
              must be at most the function's timeout, got 3.5; lower it, or remove it to use all of the timeout
            x-edgeway-functions.above.provisioned:
              must be 0-2, no more than concurrency, got 3; lower it, or remove it to make instances when they are needed
            x-edgeway-functions.above.errorBudget:
              must have errors; write how many calls may break before the function is left alone
            x-edgeway-functions.contradicts.provisioned:
              keeps instances warm that `reuse: false` drops; remove one of the two
        "#]],
    );
}

#[test]
fn limits_of_outgoing_requests() {
    check(
        &root(
            r#"x-edgeway-functions:
  least:
    component: a.wasm
    outboundLimits: {concurrency: 1, callConcurrency: 1, callRequests: 1, connectTimeout: 0.001, maxRequestBytes: 0, maxResponseBytes: 0, timeout: 0.001}
  most:
    component: a.wasm
    outboundLimits: {concurrency: 512, callConcurrency: 512, callRequests: 100000, connectTimeout: 60, maxRequestBytes: 1073741824, maxResponseBytes: 1073741824, timeout: 900}
  narrow: {component: a.wasm, outboundLimits: {concurrency: 2}}
  below:
    component: a.wasm
    outboundLimits: {concurrency: 0, callConcurrency: 0, callRequests: 0, connectTimeout: 0.0009, maxRequestBytes: -1, maxResponseBytes: 0.5, timeout: 0}
  above:
    component: a.wasm
    outboundLimits: {concurrency: 513, callConcurrency: 513, callRequests: 100001, connectTimeout: 60.1, maxRequestBytes: 1073741825, maxResponseBytes: 1073741825, timeout: 900.1}
  contradicts: {component: a.wasm, outboundLimits: {concurrency: 2, callConcurrency: 3, requests: 1}}
  list: {component: a.wasm, outboundLimits: []}"#,
        ),
        expect![[r#"
            x-edgeway-functions.below.outboundLimits.concurrency:
              must be 1-512, got 0; change it, or remove it to use the default 128
            x-edgeway-functions.below.outboundLimits.callConcurrency:
              must be 1-512, got 0; change it, or remove it to use the default 32
            x-edgeway-functions.below.outboundLimits.callRequests:
              must be 1-100000, got 0; change it, or remove it to use the default 1000
            x-edgeway-functions.below.outboundLimits.connectTimeout:
              must be 0.001-60 (seconds), got 0.0009; change it, or remove it to use the default 10
            x-edgeway-functions.below.outboundLimits.maxRequestBytes:
              must be 0-1073741824 (bytes), got -1; change it, or remove it to use the default 209715200
            x-edgeway-functions.below.outboundLimits.maxResponseBytes:
              must be 0-1073741824 (bytes), got 0.5; change it, or remove it to use the default 209715200
            x-edgeway-functions.below.outboundLimits.timeout:
              must be 0.001-900 (seconds), got 0; change it, or remove it to use the rest of the call
            x-edgeway-functions.above.outboundLimits.concurrency:
              must be 1-512, got 513; change it, or remove it to use the default 128
            x-edgeway-functions.above.outboundLimits.callConcurrency:
              must be 1-512, got 513; change it, or remove it to use the default 32
            x-edgeway-functions.above.outboundLimits.callRequests:
              must be 1-100000, got 100001; change it, or remove it to use the default 1000
            x-edgeway-functions.above.outboundLimits.connectTimeout:
              must be 0.001-60 (seconds), got 60.1; change it, or remove it to use the default 10
            x-edgeway-functions.above.outboundLimits.maxRequestBytes:
              must be 0-1073741824 (bytes), got 1073741825; change it, or remove it to use the default 209715200
            x-edgeway-functions.above.outboundLimits.maxResponseBytes:
              must be 0-1073741824 (bytes), got 1073741825; change it, or remove it to use the default 209715200
            x-edgeway-functions.above.outboundLimits.timeout:
              must be 0.001-900 (seconds), got 900.1; change it, or remove it to use the rest of the call
            x-edgeway-functions.contradicts.outboundLimits.requests:
              is not a setting of outboundLimits; known are concurrency, callConcurrency, callRequests, connectTimeout, maxRequestBytes, maxResponseBytes, timeout
            x-edgeway-functions.contradicts.outboundLimits.callConcurrency:
              must be 1-2, got 3; change it, or remove it to use the default 2
            x-edgeway-functions.list.outboundLimits:
              must be a map, got a list
        "#]],
    );
}

#[test]
fn the_stage_and_the_api_id() {
    check(
        &root(
            r#"x-edgeway-api-id: Pets
x-edgeway-stage:
  name: $default
  variables: {a-b: x, c: "a b", d: 1.5, e: ""}
  nam: x
x-amazon-apigateway-binary-media-types: [image, 5]"#,
        ),
        expect![[r#"
            x-edgeway-api-id:
              must be 1-32 of [a-z0-9], got "Pets"
            x-edgeway-stage.nam:
              is not a setting of a stage; did you mean name?
            x-edgeway-stage.name:
              must be 1-128 of [A-Za-z0-9_-], got "$default"
            x-edgeway-stage.variables.a-b:
              must have a name of [A-Za-z0-9_]; rename the stage variable
            x-edgeway-stage.variables.c:
              must be 1 or more of [A-Za-z0-9-._~:/?#&=,], got "a b"
            x-edgeway-stage.variables.d:
              must be text, got 1.5; put it in quotes
            x-edgeway-stage.variables.e:
              must be 1 or more of [A-Za-z0-9-._~:/?#&=,], got ""
            x-amazon-apigateway-binary-media-types[0]:
              must be type/subtype, such as image/png or image/*, got "image"
            x-amazon-apigateway-binary-media-types[1]:
              must be text, got 5; put it in quotes
        "#]],
    );
}

#[test]
fn settings_of_a_function_are_read_without_a_document() {
    let settings = serde_json::json!({ "memorySize": 256, "reuse": false });
    let settings = crate::function_settings(&settings).unwrap();
    assert_eq!((settings.memory_size.megabytes(), settings.reuse), (256, model::Reuse::Never));
    let wrong = serde_json::json!({ "memorySize": 0, "component": "x.wasm" });
    let errors = crate::function_settings(&wrong).unwrap_err();
    let places: Vec<&str> = errors.iter().map(|error| error.place.as_str()).collect();
    assert_eq!(places, ["component", "memorySize"]);
}

#[test]
fn a_resource_policy_is_of_the_api_itself() {
    let policy = |principal: &str| {
        root(&format!(
            "x-amazon-apigateway-policy:
  Version: '2012-10-17'
  Statement:
    - {{Effect: Allow, Principal: {principal}, Action: execute-api:Invoke, Resource: 'execute-api:/dev/*'}}"
        ))
    };
    let api = super::read(&policy("'*'")).unwrap().api;
    let written = format!("arn:aws:execute-api:eu-west-1:123456789012:{}/dev/*", api.id);
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "{written}"}}}}"#
    );
    assert_eq!(api.policy, Some(model::ResourcePolicy::parse(&document).unwrap()));
    check(
        &policy("ada"),
        expect![[r#"
        x-amazon-apigateway-policy:
          is no resource policy: Statement[0].Principal must be "*" or an object, got "ada"
    "#]],
    );
}

#[test]
fn rate_limit_headers_are_wanted_or_not() {
    let wanted = |text: &str| {
        let document = super::read(&root(text)).unwrap();
        document.api.has_rate_limit_headers
    };
    assert!(!wanted("x-internal: 1"));
    assert!(wanted("x-edgeway-rate-limit-headers: true"));
    check(
        &root("x-edgeway-rate-limit-headers: 5"),
        expect![[r#"
        x-edgeway-rate-limit-headers:
          must be true or false, got 5; write true, or remove it
    "#]],
    );
    check(
        &root("x-amazon-apigateway-api-key-source: [HEADER]"),
        expect![[r#"
        x-amazon-apigateway-api-key-source:
          must be text, got a list
    "#]],
    );
}
