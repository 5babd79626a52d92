//! Models.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn models_are_made_changed_and_removed() {
    let gateway = Gateway::with_api();
    let models = "POST /restapis/API/models";
    let pet =
        r#"{"name": "Pet", "contentType": "application/json", "schema": "{\"type\":\"object\"}"}"#;
    gateway.create("MODEL", models, pet);
    gateway.ok(
        "PUT /restapis/API/resources/ROOT/methods/GET",
        r#"{"authorizationType": "NONE", "requestModels": {"application/json": "Pet"}}"#,
    );
    gateway.check(
        &[
            ("GET /restapis/API/models/Pet", ""),
            (models, pet),
            (models, r#"{"name": "a b", "contentType": "application/json"}"#),
            (models, r#"{"name": "Other", "contentType": "application/json", "schema": "x"}"#),
            (models, r#"{"contentType": "application/json"}"#),
            ("PATCH /restapis/API/models/Pet", &patch("replace", "/description", "d")),
            ("PATCH /restapis/API/models/Pet", &patch("replace", "/schema", "x")),
            ("PATCH /restapis/API/models/Pet", &patch("replace", "/name", "x")),
            ("PATCH /restapis/API/models/Pet", &patch("add", "/schema", "{}")),
            ("DELETE /restapis/API/models/Pet", ""),
            ("DELETE /restapis/API/models/Error", ""),
            ("GET /restapis/API/models/Error", ""),
            ("GET /restapis/API/models", ""),
        ],
        expect![[r#"
            200 {"id":"MODEL","name":"Pet","schema":"{\"type\":\"object\"}","contentType":"application/json"}
            409 ConflictException: Model name already exists for this REST API
            400 BadRequestException: Model name must be alphanumeric
            400 BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]
            400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null
            200 {"id":"MODEL","name":"Pet","description":"d","schema":"{\"type\":\"object\"}","contentType":"application/json"}
            400 BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]
            400 BadRequestException: Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]
            400 BadRequestException: Invalid patch path  '/schema' specified for op 'add'. Please choose supported operations
            409 ConflictException: Cannot delete model 'Pet', is referenced in method request: /GET
            202
            404 NotFoundException: Invalid model name specified: Error
            200 {"item":[{"id":"4qaarx","name":"Empty","description":"This is a default empty schema model","schema":"{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}","contentType":"application/json"},{"id":"MODEL","name":"Pet","description":"d","schema":"{\"type\":\"object\"}","contentType":"application/json"}]}
        "#]],
    );
}
