//! Models.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

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

/// An API with models of these names and schemas; `REF:Name` is the address of another one.
fn gateway_with(models: &[(&str, &str)]) -> Gateway {
    let gateway = Gateway::with_api();
    for (name, schema) in models {
        let schema =
            schema.replace("REF:", "https://apigateway.amazonaws.com/restapis/API/models/");
        let schema = gateway.with_ids(&schema);
        let body = json!({ "name": name, "contentType": "application/json", "schema": schema });
        gateway.ok("POST /restapis/API/models", &body.to_string());
    }
    gateway
}

/// What a model is flattened to.
#[track_caller]
fn check_flat(models: &[(&str, &str)], expected: Expect) {
    let gateway = gateway_with(models);
    let line = format!("GET /restapis/API/models/{}?flatten=true", models[0].0);
    let (_, _, answer) = gateway.send(&line, "");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let schema: Value = serde_json::from_str(answer["schema"].as_str().unwrap()).unwrap();
    expected.assert_eq(&gateway.with_names(&schema.to_string()));
}

#[test]
fn a_flat_model_has_all_that_it_refers_to() {
    check_flat(
        &[
            (
                "Pets",
                r#"{"type": "array", "items": {"$ref": "REF:Pet"}, "definitions": {"Owner": {"a": {"$ref": "REF:Owner"}}}}"#,
            ),
            (
                "Pet",
                r##"{"properties": {"owner": {"$ref": "REF:Owner"}, "tag": {"$ref": "#/x"}}}"##,
            ),
            ("Owner", r##"{"properties": {"pets": {"$ref": "REF:Pets"}, "me": {"$ref": "#"}}}"##),
        ],
        expect![[
            r##"{"type":"array","items":{"$ref":"#/definitions/Pet"},"definitions":{"Owner":{"a":{"$ref":"#/definitions/Owner2"}},"Pet":{"properties":{"owner":{"$ref":"#/definitions/Owner2"},"tag":{"$ref":"#/definitions/Pet/x"}}},"Owner2":{"properties":{"pets":{"$ref":"#"},"me":{"$ref":"#/definitions/Owner2"}}}}}"##
        ]],
    );
    check_flat(
        &[(
            "Pet",
            r#"{"$ref": "REF:Nobody", "a": {"$ref": "REF:Pet#/b"}, "b": {"$ref": "https://example.com/x"}, "definitions": 1}"#,
        )],
        expect![[
            r##"{"$ref":"https://apigateway.amazonaws.com/restapis/API/models/Nobody","a":{"$ref":"#/b"},"b":{"$ref":"https://example.com/x"},"definitions":1}"##
        ]],
    );
}

/// The template of a model; the mark that is left for the user to find is `MARK`.
#[track_caller]
fn check_template(models: &[(&str, &str)], expected: Expect) {
    let gateway = gateway_with(models);
    let line = format!("GET /restapis/API/models/{}/default_template", models[0].0);
    let (_, _, answer) = gateway.send(&line, "");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    expected.assert_eq(&answer["value"].as_str().unwrap().replace(concat!("TO", "DO"), "MARK"));
}

#[test]
fn a_template_makes_a_sample_of_each_type() {
    // The example of the API reference.
    check_template(
        &[(
            "output",
            r#"{"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"},
                "op": {"type": "string"}, "c": {"type": "number"}}}"#,
        )],
        expect![[r##"
            #set($inputRoot = $input.path('$'))
            {
              "a" : 3.1415,
              "b" : 3.1415,
              "op" : "foo",
              "c" : 3.1415
            }"##]],
    );
    check_template(
        &[
            (
                "A",
                r#"{"properties": {"i": {"type": ["null", "integer"]}, "b": {"type": "boolean"}, "n": {"type": "null"}, "x": {},
                "o": {"type": "object", "properties": {"\"": {"type": "string"}}},
                "c": {"oneOf": [{"type": "string"}]}, "e": {"type": "object"},
                "m": {"allOf": [{"properties": {"y": {"type": "string"}}}, {"$ref": "REF:B"}], "properties": {"x": {"type": "number"}}}}}"#,
            ),
            ("B", r#"{"properties": {"x": {"type": "string"}, "z": {"type": "integer"}}}"#),
        ],
        expect![[r##"
            #set($inputRoot = $input.path('$'))
            {
              "i" : 42,
              "b" : true,
              "n" : null,
              "x" : null,
              "o" : {
                "\"" : "foo"
              },
              "c" : "foo",
              "e" : { },
              "m" : {
                "x" : 3.1415,
                "y" : "foo",
                "z" : 42
              }
            }"##]],
    );
}

#[test]
fn a_template_of_a_list_is_a_loop() {
    check_template(
        &[(
            "A",
            r#"{"type": "array", "items": {"type": "object", "properties": {"age": {"type": "integer"}}}}"#,
        )],
        expect![[r##"
            #set($inputRoot = $input.path('$'))
            [
            ##MARK: Update this foreach loop to reference array from input json
            #foreach($elem in $inputRoot)
             {
              "age" : 42
            } 
            #if($foreach.hasNext),#end
            #end
            ]"##]],
    );
    check_template(
        &[(
            "A",
            r#"{"properties": {"tags": {"items": [{"type": "string"}]}, "any": {"type": "array"}}}"#,
        )],
        expect![[r##"
            #set($inputRoot = $input.path('$'))
            {
              "tags" : [
            ##MARK: Update this foreach loop to reference array from input json
            #foreach($elem in $inputRoot)
             "foo" 
            #if($foreach.hasNext),#end
            #end
              ],
              "any" : [
            ##MARK: Update this foreach loop to reference array from input json
            #foreach($elem in $inputRoot)
             { } 
            #if($foreach.hasNext),#end
            #end
              ]
            }"##]],
    );
}

#[test]
fn a_template_of_what_has_itself_ends() {
    check_template(
        &[
            (
                "Node",
                r#"{"properties": {"next": {"$ref": "REF:Node"}, "v": {"$ref": "REF:Value"}}}"#,
            ),
            ("Value", r#"{"allOf": [{"$ref": "REF:Value"}], "type": "object"}"#),
        ],
        expect![[r##"
            #set($inputRoot = $input.path('$'))
            {
              "next" : {
                "next" : { },
                "v" : { }
              },
              "v" : { }
            }"##]],
    );
}

#[test]
fn a_template_without_end_is_refused() {
    // Each level has the next one twice.
    let twice = |number: usize| {
        format!(
            r##"{{"properties": {{"a": {{"$ref": "#/definitions/{number}"}}, "b": {{"$ref": "#/definitions/{number}"}}}}}}"##
        )
    };
    let levels: Vec<String> =
        (0..60).map(|number| format!("\"{number}\": {}", twice(number + 1))).collect();
    let wide =
        format!(r##"{{"$ref": "#/definitions/0", "definitions": {{{}}}}}"##, levels.join(","));
    let line =
        |number: usize| format!("\"{number}\": {{\"$ref\": \"#/definitions/{}\"}}", number + 1);
    let lines: Vec<String> = (0..5_000).map(line).collect();
    let deep =
        format!(r##"{{"$ref": "#/definitions/0", "definitions": {{{}}}}}"##, lines.join(","));
    for schema in [wide, deep] {
        let gateway = gateway_with(&[("A", &schema)]);
        gateway.check(
            &[("GET /restapis/API/models/A/default_template", "")],
            expect!["400 BadRequestException: A template of the model has more than 307200 bytes or 64 levels\n"],
        );
    }
    let twice = |number: usize| {
        format!(
            r##""{number}": {{"allOf": [{{"$ref": "#/definitions/{0}"}}, {{"$ref": "#/definitions/{0}"}}]}}"##,
            number + 1
        )
    };
    let all: Vec<String> = (0..60).map(twice).collect();
    let all = format!(
        r##"{{"allOf": [{{"$ref": "#/definitions/0"}}], "definitions": {{{}}}}}"##,
        all.join(",")
    );
    check_template(
        &[("A", &all)],
        expect![[r#"
        #set($inputRoot = $input.path('$'))
        { }"#]],
    );
}

#[test]
fn what_has_no_schema_has_no_template() {
    let gateway = gateway_with(&[]);
    gateway.check(
        &[
            (
                "POST /restapis/API/models",
                r#"{"name": "Text", "contentType": "text/plain", "schema": "x"}"#,
            ),
            ("GET /restapis/API/models/Text/default_template", ""),
            ("GET /restapis/API/models/Text?flatten=true", ""),
            ("GET /restapis/API/models/nobody/default_template", ""),
            ("GET /restapis/API/models/Empty/default_template", ""),
        ],
        expect![[r##"
            201 {"id":"zb7yj4","name":"Text","schema":"x","contentType":"text/plain"}
            400 BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]
            200 {"id":"zb7yj4","name":"Text","schema":"x","contentType":"text/plain"}
            404 NotFoundException: Invalid model name specified: nobody
            200 {"value":"#set($inputRoot = $input.path('$'))\n{ }"}
        "##]],
    );
}
