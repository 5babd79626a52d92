//! What lets pages of another origin call an API.

use expect_test::expect;

use super::harness::Gateway;
use crate::{CrossOrigin, cross_origin_calls};

#[test]
fn the_calls_are_those_that_the_console_would_make() {
    const METHOD: &str = "/restapis/API/resources/ROOT/methods";
    let gateway = Gateway::with_api();
    for (verb, integration) in [
        ("GET", r#"{"type": "MOCK"}"#),
        ("PUT", r#"{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://a"}"#),
    ] {
        gateway.ok(&format!("PUT {METHOD}/{verb}"), r#"{"authorizationType": "NONE"}"#);
        gateway.ok(&format!("PUT {METHOD}/{verb}/integration"), integration);
    }
    gateway.ok(&format!("PUT {METHOD}/GET/responses/200"), "{}");
    gateway.ok(&format!("PUT {METHOD}/GET/integration/responses/200"), "{}");
    gateway.ok("PUT /restapis/API/gatewayresponses/THROTTLED", "{}");
    let wanted = CrossOrigin {
        origin: "https://a.example".into(),
        headers: "X-A,X-B".into(),
        allows_credentials: true,
        max_age: Some(60),
    };
    let apis = gateway.store.read(|it| crate::api_overviews(it, |_, _| String::new())).unwrap();
    let api = apis[0].id.clone();
    let calls = gateway.store.read(|it| cross_origin_calls(it, &api, &wanted)).unwrap().unwrap();
    expect![[r#"
        set -e
        aws apigateway put-method --rest-api-id API --resource-id ROOT --http-method OPTIONS --authorization-type NONE
        aws apigateway put-method-response --rest-api-id API --resource-id ROOT --http-method OPTIONS --status-code 204 --response-parameters '{"method.response.header.Access-Control-Allow-Headers":false,"method.response.header.Access-Control-Allow-Methods":false,"method.response.header.Access-Control-Allow-Origin":false,"method.response.header.Access-Control-Allow-Credentials":false,"method.response.header.Access-Control-Max-Age":false}'
        aws apigateway put-integration --rest-api-id API --resource-id ROOT --http-method OPTIONS --type MOCK --request-templates '{"application/json":"{\"statusCode\":204}"}'
        aws apigateway put-integration-response --rest-api-id API --resource-id ROOT --http-method OPTIONS --status-code 204 --response-parameters '{"method.response.header.Access-Control-Allow-Headers":"'\''X-A,X-B'\''","method.response.header.Access-Control-Allow-Methods":"'\''GET,OPTIONS,PUT'\''","method.response.header.Access-Control-Allow-Origin":"'\''https://a.example'\''","method.response.header.Access-Control-Allow-Credentials":"'\''true'\''","method.response.header.Access-Control-Max-Age":"'\''60'\''"}'
        aws apigateway update-method-response --rest-api-id API --resource-id ROOT --http-method GET --status-code 200 --patch-operations '[{"op":"add","path":"/responseParameters/method.response.header.Access-Control-Allow-Origin","value":"false"},{"op":"add","path":"/responseParameters/method.response.header.Access-Control-Allow-Credentials","value":"false"}]'
        aws apigateway update-integration-response --rest-api-id API --resource-id ROOT --http-method GET --status-code 200 --patch-operations '[{"op":"add","path":"/responseParameters/method.response.header.Access-Control-Allow-Origin","value":"'\''https://a.example'\''"},{"op":"add","path":"/responseParameters/method.response.header.Access-Control-Allow-Credentials","value":"'\''true'\''"}]'
        # PUT / must answer Access-Control-Allow-Origin itself: what it answers is passed on
        aws apigateway update-gateway-response --rest-api-id API --response-type DEFAULT_4XX --patch-operations '[{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin","value":"'\''https://a.example'\''"},{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Credentials","value":"'\''true'\''"}]'
        aws apigateway update-gateway-response --rest-api-id API --response-type DEFAULT_5XX --patch-operations '[{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin","value":"'\''https://a.example'\''"},{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Credentials","value":"'\''true'\''"}]'
        aws apigateway update-gateway-response --rest-api-id API --response-type THROTTLED --patch-operations '[{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin","value":"'\''https://a.example'\''"},{"op":"add","path":"/responseParameters/gatewayresponse.header.Access-Control-Allow-Credentials","value":"'\''true'\''"}]'
        # Then deploy it: aws apigateway create-deployment --rest-api-id ID --stage-name NAME
    "#]].assert_eq(&gateway.with_names(&calls));
    assert_eq!(gateway.store.read(|it| cross_origin_calls(it, "nobody", &wanted)).unwrap(), None);
}
