//! Tags.

use expect_test::expect;

use super::harness::Gateway;

#[test]
fn tags_are_added_shown_and_removed() {
    let gateway = Gateway::with_api();
    let arn = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2FAPI";
    let many = (0..51).map(|n| format!("\"{n}\": \"v\"")).collect::<Vec<_>>().join(",");
    gateway.check(
        &[
            (&format!("PUT /tags/{arn}"), r#"{"tags": {"a": "1", "b": "2"}}"#),
            (&format!("PUT /tags/{arn}"), r#"{"tags": {"b": "3", "c": ""}}"#),
            (&format!("GET /tags/{arn}"), ""),
            (&format!("DELETE /tags/{arn}?tagKeys=a&tagKeys=c"), ""),
            ("GET /restapis/API", ""),
            ("GET /tags/arn:aws:apigateway:us-east-1::/restapis/API", ""),
            (&format!("PUT /tags/{arn}"), &format!("{{\"tags\": {{{many}}}}}")),
            (&format!("PUT /tags/{arn}"), r#"{"tags": {"": "x"}}"#),
            (&format!("PUT /tags/{arn}"), "{}"),
            (&format!("DELETE /tags/{arn}"), ""),
            ("GET /tags/arn:aws:apigateway:eu-west-1::/restapis/API", ""),
            ("GET /tags/arn:aws:apigateway:us-east-1::/restapis/nobody", ""),
            ("GET /tags/arn:aws:apigateway:us-east-1::/restapis/API/models/Empty", ""),
        ],
        expect![[r#"
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            200 {"id":"API","name":"pets","createdDate":1700000000,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"tags":{},"disableExecuteApiEndpoint":false,"rootResourceId":"ROOT"}
            200 {"tags":{}}
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            404 NotFoundException: Invalid API identifier specified 000000000000:API
            400 ValidationException: 1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Invalid ARN specified in the request
            404 NotFoundException: Invalid API identifier specified 000000000000:nobody
            400 BadRequestException: Invalid ARN specified in the request
        "#]],
    );
}
