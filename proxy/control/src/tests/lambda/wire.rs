//! What all calls of Lambda's API have in common: who may do what, names, errors.

use expect_test::expect;
use serde_json::json;

use super::super::client::{Signed, root_key};
use super::super::harness::{Gateway, service_of};
use super::super::iam::{create_key, query};
use super::{FUNCTIONS, f, function};

#[test]
fn a_function_has_names_of_several_forms() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function";
    let answer = |name: &str| {
        let line = format!("GET /2015-03-31/functions/{name}/configuration");
        let (_, _, answer) = gateway.send(&line, "");
        let value: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let text = value["FunctionArn"].as_str().or(value["Message"].as_str());
        text.or(value["message"].as_str()).unwrap().to_owned()
    };
    let names = [
        "f",
        "f:1",
        "000000000000:function:f",
        "function:f:1",
        &format!("{arn}:f"),
        &format!("{arn}:f:1"),
        &format!("{arn}:f:$LATEST"),
        &format!("{arn}:f:$LATEST").replace(':', "%3A"),
        "g",
        "f.g",
        "f:2",
        "111111111111:function:f",
        "arn:aws:lambda:eu-west-1:000000000000:function:f",
        "arn:aws:s3:::f",
    ];
    let answers: String = names.iter().map(|name| format!("{name}: {}\n", answer(name))).collect();
    expect![[r#"
        f: arn:aws:lambda:us-east-1:000000000000:function:f
        f:1: arn:aws:lambda:us-east-1:000000000000:function:f:1
        000000000000:function:f: arn:aws:lambda:us-east-1:000000000000:function:f
        function:f:1: arn:aws:lambda:us-east-1:000000000000:function:f:1
        arn:aws:lambda:us-east-1:000000000000:function:f: arn:aws:lambda:us-east-1:000000000000:function:f
        arn:aws:lambda:us-east-1:000000000000:function:f:1: arn:aws:lambda:us-east-1:000000000000:function:f:1
        arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST
        arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3A$LATEST: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST
        g: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
        f.g: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f.g
        f:2: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:2
        111111111111:function:f: Functions of other accounts are not here: 111111111111:function:f
        arn:aws:lambda:eu-west-1:000000000000:function:f: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')
        arn:aws:s3:::f: 1 validation error detected: Value 'arn:aws:s3:::f' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?
    "#]].assert_eq(&answers);
}

#[test]
fn errors_have_the_form_of_lambda() {
    let gateway = Gateway::new();
    let mut answers = String::new();
    for (line, body) in [
        ("GET /2015-03-31/functions/f", ""),
        (FUNCTIONS, r#"{"FunctionName": "f"}"#),
        (FUNCTIONS, "{"),
        ("GET /2015-03-31/functions?Marker=x", ""),
        ("GET /2018-10-31/layers", ""),
        ("GET /2015-03-31/nothing", ""),
    ] {
        let (status, headers, answer) = gateway.send(line, body);
        let error = headers["x-amzn-errortype"].to_str().unwrap();
        answers += &format!("{} {error} {answer}\n", status.as_u16());
    }
    expect![[r#"
        404 ResourceNotFoundException {"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:000000000000:function:f"}
        400 ValidationException {"message":"2 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must not be null; Value null at 'code' failed to satisfy constraint: Member must not be null"}
        400 SerializationException {"Type":"User","message":"Unable to parse the body: EOF while parsing an object at line 1 column 1"}
        400 InvalidParameterValueException {"Type":"User","message":"Invalid marker"}
        501 NotImplementedException {"Type":"Service","message":"The operation ListLayers is not implemented by this gateway"}
        403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
    "#]].assert_eq(&answers);
}

#[test]
fn each_call_asks_for_its_action_on_its_function() {
    let gateway = Gateway::with_function();
    query(&gateway, &root_key(), "Action=CreateUser&UserName=ada");
    let key = create_key(&gateway, "ada");
    let change = gateway.store.change();
    let mut asked = String::new();
    for (line, body) in [
        (FUNCTIONS.to_owned(), function(json!({}))),
        (FUNCTIONS.to_owned(), "{".to_owned()),
        (f("POST", "/invocations?Qualifier=prod"), "{}".to_owned()),
        (f("DELETE", ":1"), String::new()),
        (f("GET", ":1/configuration?Qualifier=2"), String::new()),
        ("GET /2015-03-31/functions".to_owned(), String::new()),
        (
            "GET /2017-03-31/tags/arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
            String::new(),
        ),
        ("GET /restapis/x".to_owned(), String::new()),
    ] {
        let (line, body, service) = (&*line, &*body, service_of(&line));
        let signed = Signed { line, body, service, key: key.clone(), ..Signed::default() };
        let (status, _, answer) = gateway.send_request(signed.request());
        assert_eq!(status, 403);
        let (_, action) = answer.split_once("to perform: ").unwrap();
        let (action, _) = action.split_once(" because").unwrap();
        asked += &format!("{action}\n");
    }
    assert_eq!(gateway.store.change(), change);
    expect![[r#"
        lambda:CreateFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:f
        lambda:CreateFunction on resource: *
        lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:f:prod
        lambda:DeleteFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:f:1
        lambda:GetFunctionConfiguration on resource: *
        lambda:ListFunctions on resource: *
        lambda:ListTags on resource: arn:aws:lambda:us-east-1:000000000000:function:f
        apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis/x
    "#]]
    .assert_eq(&asked);
}
