//! Request validators.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn validators_are_made_changed_and_removed() {
    let gateway = Gateway::with_api();
    let all = "/restapis/API/requestvalidators";
    gateway.create(
        "VALIDATOR",
        &format!("POST {all}"),
        r#"{"name": "v", "validateRequestBody": true}"#,
    );
    gateway.ok(
        "PUT /restapis/API/resources/ROOT/methods/GET",
        r#"{"authorizationType": "NONE", "requestValidatorId": "VALIDATOR"}"#,
    );
    let one = |verb: &str| format!("{verb} {all}/VALIDATOR");
    gateway.check(
        &[
            (&one("GET"), ""),
            (&one("PATCH"), &patch("replace", "/validateRequestParameters", "true")),
            (&one("PATCH"), &patch("replace", "/validateRequestBody", "no")),
            (&one("PATCH"), &patch("replace", "/name", "w")),
            (&one("PATCH"), &patch("replace", "/id", "w")),
            (&one("PATCH"), &patch("add", "/name", "w")),
            (&one("DELETE"), ""),
            ("DELETE /restapis/API/resources/ROOT/methods/GET", ""),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
            ("GET /restapis/API/requestvalidators", ""),
            ("POST /restapis/nobody/requestvalidators", "{}"),
        ],
        expect![[r#"
            200 {"id":"VALIDATOR","name":"v","validateRequestBody":true,"validateRequestParameters":false}
            200 {"id":"VALIDATOR","name":"v","validateRequestBody":true,"validateRequestParameters":true}
            200 {"id":"VALIDATOR","name":"v","validateRequestBody":false,"validateRequestParameters":true}
            200 {"id":"VALIDATOR","name":"w","validateRequestBody":false,"validateRequestParameters":true}
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]
            400 BadRequestException: Invalid patch path  '/name' specified for op 'add'. Please choose supported operations
            409 ConflictException: Cannot delete request validator 'VALIDATOR', is referenced in method request: /GET
            204
            202
            404 NotFoundException: Invalid Request Validator identifier specified
            200 {"item":[]}
            400 BadRequestException: Invalid REST API identifier specified
        "#]],
    );
}
