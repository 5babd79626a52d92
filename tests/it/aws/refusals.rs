//! Validators, models and gateway responses, made by AWS's client and served.

use super::{Pets, text};

#[test]
fn a_validator_with_a_model_refuses_as_the_gateway_response_says() {
    let pets = Pets::new();
    let api = ["--rest-api-id", &pets.api];
    let aws = |command: &str, more: &[&str]| {
        pets.node.aws(&format!("apigateway {command}"), &[&api[..], more].concat())
    };
    let reference = format!("https://apigateway.amazonaws.com/restapis/{}/models/Name", pets.api);
    let name = r#"{"type": "string", "minLength": 2}"#;
    let pet = serde_json::json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"$ref": reference}},
    });
    let pet = pet.to_string();
    for (model, schema) in [("Name", name), ("Pet", &pet)] {
        let model = ["--name", model, "--content-type", "application/json", "--schema", schema];
        aws("create-model", &model);
    }
    let flags = ["--name", "all", "--validate-request-body", "--validate-request-parameters"];
    let validator = text(&aws("create-request-validator", &flags)["id"]);
    let validator = format!("op=replace,path=/requestValidatorId,value={validator}");
    pets.method(
        "update-method",
        &[
            "--patch-operations",
            &validator,
            "op=add,path=/requestModels/application~1json,value=Pet",
            "op=add,path=/requestParameters/method.request.querystring.kind,value=true",
        ],
    );
    let template = r#"{"application/json": "{\"why\":\"$context.error.validationErrorString\"}"}"#;
    let response = ["--response-type", "BAD_REQUEST_BODY", "--status-code", "422"];
    let more = ["--response-templates", template, "--response-parameters"];
    let headers = r#"{"gatewayresponse.header.X-Stage": "context.stage"}"#;
    aws("put-gateway-response", &[&response[..], &more, &[headers]].concat());
    pets.deploy("served", &[]);

    let send = |path: &str| pets.node.get(&pets.api, path);
    // An empty body is checked as {}.
    let why = r#"422 {"why":"[object has missing required properties ([\"name\"])]"}"#;
    let is_served = || (send("/prod/pets?kind=cat").brief() == why).then_some(());
    crate::patience::wait_for("a validated stage", is_served);
    assert_eq!(send("/prod/pets?kind=cat").header("x-stage"), Some("prod"));
    assert_eq!(
        send("/prod/pets").brief(),
        r#"400 {"message": "Missing required request parameters: [kind]"}"#
    );
    let test = |body: &str| {
        let more = ["--path-with-query-string", "/pets?kind=cat", "--body", body];
        let tested = pets.method("test-invoke-method", &more);
        (tested["status"].clone(), text(&tested["body"]), text(&tested["log"]))
    };
    let (status, body, log) = test(r#"{"name": "A"}"#);
    let short = r#"string \"A\" is too short (length: 1, required minimum: 2)"#;
    assert_eq!((status, body), (422.into(), format!(r#"{{"why":"[{short}]"}}"#)));
    assert!(log.contains("Gateway response type: BAD_REQUEST_BODY with status code: 422"), "{log}");
    let (status, body, _) = test(r#"{"name": "Ada"}"#);
    assert_eq!((status, body.as_str()), (200.into(), "served"));
}
