//! Documentation parts and versions.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn parts_are_made_changed_and_removed() {
    let gateway = Gateway::with_api();
    let parts = "/restapis/API/documentation/parts";
    let api = r#"{"location": {"type": "METHOD", "path": "/"}, "properties": "{\"description\": \"d\"}"}"#;
    gateway.create("PART", &format!("POST {parts}"), api);
    let one = |verb: &str| format!("{verb} {parts}/PART");
    let create = format!("POST {parts}");
    gateway.check(
        &[
            (&one("GET"), ""),
            (&create, api),
            (&create, r#"{"location": {"type": "X"}, "properties": "{}"}"#),
            (&create, r#"{"location": {"type": "MODEL", "statusCode": "x"}, "properties": "{}"}"#),
            (&create, r#"{"location": {"type": "MODEL"}, "properties": ""}"#),
            (&create, r#"{"location": {"type": "MODEL"}, "properties": "x"}"#),
            (&create, r#"{"location": {}, "properties": "{}"}"#),
            (&one("PATCH"), &patch("replace", "/properties", "{}")),
            (&one("PATCH"), &patch("replace", "/properties", "")),
            (&one("PATCH"), &patch("replace", "/", "x")),
            (&one("PATCH"), &patch("add", "/properties", "{}")),
            (&format!("GET {parts}?type=METHOD"), ""),
            (&format!("GET {parts}?type=MODEL"), ""),
            (&format!("GET {parts}?locationStatus=UNDOCUMENTED"), ""),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
        ],
        expect![[r#"
            200 {"id":"PART","location":{"type":"METHOD","path":"/"},"properties":"{\"description\": \"d\"}"}
            409 ConflictException: Documentation part already exists for the specified location: type 'METHOD'.
            400 ValidationException: 1 validation error detected: Value 'X' at 'location.type' failed to satisfy constraint: Member must satisfy enum value set: [API, AUTHORIZER, MODEL, RESOURCE, METHOD, PATH_PARAMETER, QUERY_PARAMETER, REQUEST_HEADER, REQUEST_BODY, RESPONSE, RESPONSE_HEADER, RESPONSE_BODY]
            400 ValidationException: 1 validation error detected: Value 'x' at 'location.statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([1-5]\d\d|\*|\s*)$
            400 BadRequestException: Documentation part properties must be non-empty
            400 BadRequestException: Documentation part properties must be a JSON object
            400 ValidationException: 1 validation error detected: Value null at 'location.type' failed to satisfy constraint: Member must not be null
            200 {"id":"PART","location":{"type":"METHOD","path":"/"},"properties":"{}"}
            400 BadRequestException: Documentation part properties must be non-empty
            400 BadRequestException: Invalid patch path  '/' specified for op 'replace'. Must be one of: [/properties]
            400 BadRequestException: Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations
            200 {"item":[{"id":"PART","location":{"type":"METHOD","path":"/"},"properties":"{}"}]}
            200 {"item":[]}
            200 {"item":[]}
            202
            404 NotFoundException: Invalid Documentation part identifier specified
        "#]],
    );
}

#[test]
fn versions_are_made_named_by_stages_and_removed() {
    let gateway = Gateway::with_api();
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway.create("DEPLOYMENT", "POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let all = "/restapis/API/documentation/versions";
    let body = r#"{"documentationVersion": "1.0", "stageName": "prod", "description": "d"}"#;
    gateway.check(
        &[
            (&format!("POST {all}"), body),
            (&format!("POST {all}"), body),
            (&format!("POST {all}"), r#"{"documentationVersion": "2", "stageName": "nobody"}"#),
            (&format!("GET {all}"), ""),
            (&format!("PATCH {all}/1.0"), &patch("replace", "/description", "e")),
            (&format!("PATCH {all}/1.0"), &patch("replace", "/version", "e")),
            ("GET /restapis/API/stages/prod", ""),
            (&format!("DELETE {all}/1.0"), ""),
            (&format!("GET {all}/1.0"), ""),
            ("GET /restapis/API/stages/prod", ""),
        ],
        expect![[r#"
            201 {"version":"1.0","createdDate":1700000000,"description":"d"}
            409 ConflictException: Documentation version already exists
            404 NotFoundException: Invalid stage identifier specified
            200 {"item":[{"version":"1.0","createdDate":1700000000,"description":"d"}]}
            200 {"version":"1.0","createdDate":1700000000,"description":"e"}
            400 BadRequestException: Invalid patch path  '/version' specified for op 'replace'. Must be one of: [/description]
            200 {"deploymentId":"DEPLOYMENT","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"documentationVersion":"1.0","tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            202
            404 NotFoundException: Invalid Documentation version identifier specified
            200 {"deploymentId":"DEPLOYMENT","stageName":"prod","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
        "#]],
    );
}
