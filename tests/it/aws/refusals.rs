//! Validators, models and gateway responses, made by AWS's client and served.

use std::path::Path;
use std::process::Command;

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

#[test]
fn pages_of_another_origin_may_call_what_a_command_prints() {
    let pets = Pets::new();
    pets.deploy("served", &[]);
    let cors = |more: &[&str]| {
        let mut edgeway = Command::new(env!("CARGO_BIN_EXE_edgeway"));
        edgeway.args(["cors", &pets.api, "--data-dir"]).arg(pets.node.data.path()).args(more);
        edgeway.output().unwrap()
    };
    let refused = cors(&["--allow-credentials"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("browsers take no *"));
    let printed = cors(&["--origin", "https://a.example", "--allow-credentials"]);
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let script = String::from_utf8(printed.stdout).unwrap();
    // As `| sh` does.
    let client = pets.node.client("aws");
    let programs = Path::new(client.get_program()).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var_os("PATH").unwrap_or_default().display());
    let variables = client.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut shell = Command::new("sh");
    shell.env_clear().envs(variables).env("PATH", path).args(["-c", &script]);
    let done = shell.output().unwrap();
    assert!(done.status.success(), "{script}\n{}", String::from_utf8_lossy(&done.stderr));
    let stage = ["--rest-api-id", &pets.api, "--stage-name", "prod"];
    pets.node.aws("apigateway create-deployment", &stage);
    let allowed = |line: &str| {
        let response = pets.node.send(&pets.api, line);
        let header = |name| response.header(name).unwrap_or_default().to_owned();
        let named = header("access-control-allow-origin");
        format!("{} {named} {}", response.status, header("access-control-allow-methods"))
    };
    let is_served =
        || (allowed("OPTIONS /prod/pets") == "204 https://a.example GET,OPTIONS").then_some(());
    crate::patience::wait_for("a preflight answer", is_served);
    assert_eq!(allowed("GET /prod/pets"), "200 https://a.example ");
    assert_eq!(allowed("GET /prod/nothing"), "403 https://a.example ");
}
