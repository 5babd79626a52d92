//! REST APIs.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn a_new_api_has_the_defaults_of_aws() {
    let gateway = Gateway::with_api();
    gateway.check(
        &[
            ("GET /restapis/API", ""),
            ("GET /restapis", ""),
            ("GET /restapis/API/resources", ""),
            ("GET /restapis/API/models", ""),
            ("GET /restapis/API/models/Empty", ""),
        ],
        expect![[r#"
            200 {"id":"API","name":"pets","createdDate":1700000000,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"tags":{},"disableExecuteApiEndpoint":false,"rootResourceId":"ROOT"}
            200 {"item":[{"id":"API","name":"pets","createdDate":1700000000,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"tags":{},"disableExecuteApiEndpoint":false,"rootResourceId":"ROOT"}]}
            200 {"item":[{"id":"ROOT","path":"/"}]}
            200 {"item":[{"id":"4qaarx","name":"Empty","description":"This is a default empty schema model","schema":"{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}","contentType":"application/json"},{"id":"vz0itm","name":"Error","description":"This is a default error schema model","schema":"{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}","contentType":"application/json"}]}
            200 {"id":"4qaarx","name":"Empty","description":"This is a default empty schema model","schema":"{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}","contentType":"application/json"}
        "#]],
    );
}

#[test]
fn what_is_given_is_kept() {
    let gateway = Gateway::new();
    let body = r#"{"name": "a", "description": "d", "version": "1", "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 0, "apiKeySource": "AUTHORIZER", "disableExecuteApiEndpoint": true,
        "endpointConfiguration": {"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]},
        "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"execute-api:/*\"}]}",
        "tags": {"k": "v"}}"#;
    gateway.create("API", "POST /restapis", body);
    gateway.check(&[("GET /restapis/API", "")], expect![[r#"
        200 {"id":"API","name":"a","description":"d","createdDate":1700000000,"version":"1","binaryMediaTypes":["image/png"],"minimumCompressionSize":0,"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]},"policy":"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"execute-api:Invoke\\\",\\\"Resource\\\":\\\"arn:aws:execute-api:us-east-1:000000000000:API/*\\\"}]}","tags":{"k":"v"},"disableExecuteApiEndpoint":true,"rootResourceId":"bjc7olfufn"}
    "#]]);
}

#[test]
fn what_cannot_be_created_is_refused() {
    let gateway = Gateway::new();
    let with = |member: &str| format!("{{\"name\": \"a\", {member}}}");
    let bodies = [
        r#"{"name": ""}"#.to_owned(),
        with(r#""description": """#),
        with(r#""endpointConfiguration": {"types": []}"#),
        with(r#""endpointConfiguration": {"types": ["X"]}"#),
        with(r#""endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}"#),
        with(r#""endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "x"}"#),
        with(r#""endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}"#),
        with(r#""minimumCompressionSize": -1"#),
        with(r#""minimumCompressionSize": 10485761"#),
        with(r#""policy": "{}""#),
        with(r#""tags": {"aws:x": "y"}"#),
        with(r#""cloneFrom": "nobody""#),
    ];
    let calls: Vec<_> = bodies.iter().map(|body| ("POST /restapis", body.as_str())).collect();
    gateway.check(&calls, expect![[r#"
        400 BadRequestException: Name cannot be empty
        400 BadRequestException: Description cannot be an empty string
        400 BadRequestException: REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.
        400 BadRequestException: Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE
        400 BadRequestException: Cannot create an api with multiple Endpoint Types.
        400 BadRequestException: ipAddressType must be either ipv4 or dualstack.
        400 BadRequestException: Only dualstack ipAddressType is supported for Private APIs.
        400 BadRequestException: Invalid minimum compression size, must be between 0 and 10485760
        400 BadRequestException: Invalid minimum compression size, must be between 0 and 10485760
        400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. Statement is required
        400 BadRequestException: aws: prefixed tag key names are not allowed
        404 NotFoundException: Invalid API identifier specified 000000000000:nobody
    "#]]);
    assert_eq!(gateway.answer("GET /restapis", ""), "200 {\"item\":[]}");
}

#[test]
fn an_update_changes_what_it_names() {
    let gateway = Gateway::with_api();
    let update = "PATCH /restapis/API";
    for (op, path, value) in [
        ("replace", "/name", "cats"),
        ("add", "/description", "d"),
        ("replace", "/apiKeySource", "AUTHORIZER"),
        ("replace", "/disableExecuteApiEndpoint", "true"),
        ("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
        ("replace", "/endpointConfiguration/ipAddressType", "dualstack"),
        ("replace", "/minimumCompressionSize", "10"),
        ("add", "/binaryMediaTypes/image~1png", ""),
        ("add", "/binaryMediaTypes/image~1gif", ""),
        ("replace", "/binaryMediaTypes/image~1gif", "image/*"),
        ("remove", "/binaryMediaTypes/image~1png", ""),
        ("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"),
    ] {
        gateway.ok(update, &patch(op, path, value));
    }
    gateway.check(
        &[
            ("GET /restapis/API", ""),
            (update, &patch("replace", "/minimumCompressionSize", "")),
            (update, &patch("replace", "/endpointConfiguration/types/0", "PRIVATE")),
            (update, &patch("replace", "/endpointConfiguration/types/0", "EDGE")),
            (update, &patch("replace", "/description", "")),
            (update, &patch("replace", "/id", "x")),
            (update, &patch("add", "/name", "x")),
            (update, &patch("copy", "/name", "x")),
            (update, &patch("replace", "/minimumCompressionSize", "x")),
            (update, &patch("replace", "/endpointConfiguration/types/7", "EDGE")),
            (update, "{}"),
        ],
        expect![[r#"
            200 {"id":"API","name":"cats","description":"d","createdDate":1700000000,"binaryMediaTypes":["image/*"],"minimumCompressionSize":10,"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]},"tags":{},"disableExecuteApiEndpoint":true,"rootResourceId":"ROOT"}
            200 {"id":"API","name":"cats","description":"d","createdDate":1700000000,"binaryMediaTypes":["image/*"],"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["REGIONAL"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]},"tags":{},"disableExecuteApiEndpoint":true,"rootResourceId":"ROOT"}
            200 {"id":"API","name":"cats","description":"d","createdDate":1700000000,"binaryMediaTypes":["image/*"],"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]},"tags":{},"disableExecuteApiEndpoint":true,"rootResourceId":"ROOT"}
            400 BadRequestException: Cannot update endpoint from PRIVATE to EDGE. Please update to REGIONAL first.
            400 BadRequestException: Description cannot be an empty string
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/apiKeySource, /binaryMediaTypes/{type}, /description, /disableExecuteApiEndpoint, /endpointAccessMode, /endpointConfiguration/ipAddressType, /endpointConfiguration/types/{type}, /minimumCompressionSize, /name, /policy, /securityPolicy]
            400 BadRequestException: Invalid patch path  '/name' specified for op 'add'. Must be one of: [/binaryMediaTypes/{type}, /description, /endpointConfiguration/vpcEndpointIds]
            400 BadRequestException: Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations
            400 BadRequestException: Invalid value 'x' specified for path '/minimumCompressionSize'
            400 BadRequestException: Invalid value 'EDGE' specified for path '/endpointConfiguration/types/7'
            200 {"id":"API","name":"cats","description":"d","createdDate":1700000000,"binaryMediaTypes":["image/*"],"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack","vpcEndpointIds":["vpce-1"]},"tags":{},"disableExecuteApiEndpoint":true,"rootResourceId":"ROOT"}
        "#]],
    );
}

#[test]
fn an_update_is_done_whole_or_not_at_all() {
    let gateway = Gateway::with_api();
    let body = r#"{"patchOperations": [
        {"op": "replace", "path": "/name", "value": "other"},
        {"op": "replace", "path": "/nothing", "value": "x"}]}"#;
    assert!(gateway.answer("PATCH /restapis/API", body).starts_with("400"));
    assert!(gateway.answer("GET /restapis/API", "").contains("\"name\":\"pets\""));
}

#[test]
fn a_deleted_api_is_gone_with_all_it_has() {
    let gateway = Gateway::with_api();
    gateway.check(
        &[
            ("DELETE /restapis/API", ""),
            ("GET /restapis/API", ""),
            ("GET /restapis/API/resources", ""),
            ("PATCH /restapis/API", "{}"),
            ("DELETE /restapis/API", ""),
            ("GET /restapis", ""),
        ],
        expect![[r#"
            202
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn a_clone_has_what_the_other_has_with_ids_of_its_own() {
    let gateway = Gateway::with_api();
    gateway.ok("PATCH /restapis/API", &patch("add", "/description", "d"));
    gateway.create("VALIDATOR", "POST /restapis/API/requestvalidators", r#"{"name": "v"}"#);
    gateway.create("PETS", "POST /restapis/API/resources/ROOT", r#"{"pathPart": "pets"}"#);
    gateway.create("PET", "POST /restapis/API/resources/PETS", r#"{"pathPart": "{id}"}"#);
    gateway.ok("DELETE /restapis/API/models/Error", "");
    let model = r#"{"name": "Pet", "contentType": "application/json",
        "schema": "{\"$ref\": \"https://apigateway.amazonaws.com/restapis/API/models/Empty\"}"}"#;
    gateway.create("MODEL", "POST /restapis/API/models", model);
    for resource in ["ROOT", "PET"] {
        let method = format!("PUT /restapis/API/resources/{resource}/methods/GET");
        gateway.ok(&method, r#"{"authorizationType": "NONE", "requestValidatorId": "VALIDATOR"}"#);
        gateway.ok(&format!("{method}/integration"), r#"{"type": "MOCK"}"#);
    }
    let clone = gateway.create("CLONE", "POST /restapis", r#"{"name": "c", "cloneFrom": "API"}"#);
    gateway.name("STEM", clone["rootResourceId"].as_str().unwrap());
    let (_, _, resources) = gateway.send("GET /restapis/CLONE/resources", "");
    let resources: serde_json::Value = serde_json::from_str(&resources).unwrap();
    for (name, number) in [("CATS", 1), ("CAT", 2)] {
        gateway.name(name, resources["item"][number]["id"].as_str().unwrap());
    }
    let (_, _, validators) = gateway.send("GET /restapis/CLONE/requestvalidators", "");
    let validators: serde_json::Value = serde_json::from_str(&validators).unwrap();
    gateway.name("OTHER", validators["item"][0]["id"].as_str().unwrap());
    let (_, _, copied) = gateway.send("GET /restapis/CLONE/models/Pet", "");
    assert!(gateway.with_names(&copied).contains("restapis/CLONE/models/Empty"), "{copied}");
    gateway.ok("DELETE /restapis/API", "");
    gateway.check(
        &[
            ("GET /restapis/CLONE", ""),
            ("GET /restapis/CLONE/resources?embed=methods", ""),
            ("GET /restapis/CLONE/requestvalidators", ""),
            ("GET /restapis/CLONE/models/Error", ""),
        ],
        expect![[r#"
            200 {"id":"CLONE","name":"c","description":"d","createdDate":1700000000,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"tags":{},"disableExecuteApiEndpoint":false,"rootResourceId":"STEM"}
            200 {"item":[{"id":"STEM","path":"/","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"requestValidatorId":"OTHER","methodIntegration":{"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"STEM","cacheKeyParameters":[]}}}},{"id":"CATS","parentId":"STEM","pathPart":"pets","path":"/pets"},{"id":"CAT","parentId":"CATS","pathPart":"{id}","path":"/pets/{id}","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"requestValidatorId":"OTHER","methodIntegration":{"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"CAT","cacheKeyParameters":[]}}}}]}
            200 {"item":[{"id":"OTHER","name":"v","validateRequestBody":false,"validateRequestParameters":false}]}
            404 NotFoundException: Invalid model name specified: Error
        "#]],
    );
    gateway.ok("POST /restapis/CLONE/deployments", "{}");
}

/// As on AWS, what is shown is the ARNs that its shorthands stand for.
#[test]
fn a_resource_policy_is_read_when_it_is_set() {
    let gateway = Gateway::with_api();
    let update = "PATCH /restapis/API";
    let policy = |principal: &str, action: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal}"Action":"{action}","Resource":"execute-api:/*"}}]}}"#
        );
        patch("replace", "/policy", &document)
    };
    gateway.check(
        &[
            (update, &policy("", "execute-api:Invoke")),
            (update, &policy(r#""Principal":"*","#, "execute-api:Invok")),
            (update, &policy(r#""Principal":"ada","#, "execute-api:Invoke")),
            (update, &patch("replace", "/policy", &"x".repeat(8_193))),
        ],
        expect![[r#"
            400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. Statement[0].Principal is required
            400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. Statement[0].Action must be an action such as "execute-api:Invoke", got "execute-api:Invok"
            400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid. Statement[0].Principal must be "*" or an object, got "ada"
            400 BadRequestException: Policy document exceeds the maximum size of 8192 characters
        "#]],
    );
    gateway.ok(update, &policy(r#""Principal":"*","#, "execute-api:Invoke"));
    let answer = gateway.answer("GET /restapis/API", "");
    let shown: serde_json::Value = serde_json::from_str(&answer[4..]).unwrap();
    expect![[r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"arn:aws:execute-api:us-east-1:000000000000:API/*\"}]}"#]].assert_eq(shown["policy"].as_str().unwrap());
}
