//! `request-transform` and `response-transform`: patches, and what the plugin gets to see.

use std::borrow::Cow;

use expect_test::{Expect, expect};
use http::StatusCode;
use model::{RequestHead, TransformRequest, TransformResponse};
use wasm_host::LoadedPlugin;

use crate::setup::{Setup, context, head, headers, host};

async fn on_request(plugin: &LoadedPlugin) -> String {
    let headers = headers(&[("accept", "*/*"), ("x-many", "1"), ("x-many", "2")]);
    let query = [(Cow::Borrowed("page"), Cow::Borrowed("1"))];
    let request = TransformRequest {
        head: RequestHead { query: &query, ..head(&headers) },
        context: context(),
        body: Some(b"the body"),
    };
    match plugin.on_request(request).await {
        Ok(outcome) => format!("{outcome:?}"),
        Err(fault) => format!("fault: {fault}"),
    }
}

async fn on_response(plugin: &LoadedPlugin) -> String {
    let headers = headers(&[("content-type", "text/plain"), ("x-secret", "1")]);
    let response = TransformResponse {
        status: StatusCode::OK,
        headers: &headers,
        context: context(),
        body: Some(b"the body"),
    };
    match plugin.on_response(response).await {
        Ok(outcome) => format!("{outcome:?}"),
        Err(fault) => format!("fault: {fault}"),
    }
}

async fn check_request(mode: &str, needs: &str, expected: Expect) {
    let host = host();
    let plugin = Setup::guest("transform").env("MODE", mode).env("NEEDS", needs).load(&host).await;
    expected.assert_eq(&on_request(&plugin).await);
}

async fn check_response(mode: &str, needs: &str, expected: Expect) {
    let host = host();
    let plugin = Setup::guest("transform").env("MODE", mode).env("NEEDS", needs).load(&host).await;
    expected.assert_eq(&on_response(&plugin).await);
}

#[tokio::test]
async fn unchanged_request_is_said_to_be_unchanged() {
    check_request("unchanged", "", expect!["Unchanged"]).await;
}

#[tokio::test]
async fn patch_names_changes_in_order() {
    check_request("headers", "", expect![[r#"Patch(RequestPatch { headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], query: [], body: None })"#]]).await;
}

#[tokio::test]
async fn query_can_be_changed() {
    check_request("query", "", expect![[r#"Patch(RequestPatch { headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], query: [Set("page", "2"), Append("tag", "a b"), Remove("secret")], body: None })"#]]).await;
}

#[tokio::test]
async fn body_can_be_changed() {
    check_request("upper-case", "body", expect![[r#"Patch(RequestPatch { headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], query: [], body: Some(b"THE BODY") })"#]]).await;
}

#[tokio::test]
async fn request_can_be_answered() {
    check_request("respond", "", expect![[r#"Respond(ImmediateResponse { status: 418, headers: {"content-type": "text/plain", "x-guest": "1"}, body: b"short and stout" })"#]]).await;
}

#[tokio::test]
async fn nothing_that_is_not_needed_is_given() {
    check_request("describe", "", expect![[r#"Respond(ImmediateResponse { status: 200, headers: {}, body: b"TransformRequest { head: RequestHead { method: \"GET\", path: \"/pets/7%2F8\", path-parameters: [Parameter { name: \"id\", value: \"7%2F8\" }], query: [], headers: [] }, context: None, body: None }" })"#]]).await;
}

#[tokio::test]
async fn everything_that_is_needed_is_given() {
    check_request("describe", "headers query context body", expect![[r#"Respond(ImmediateResponse { status: 200, headers: {}, body: b"TransformRequest { head: RequestHead { method: \"GET\", path: \"/pets/7%2F8\", path-parameters: [Parameter { name: \"id\", value: \"7%2F8\" }], query: [Parameter { name: \"page\", value: \"1\" }], headers: [Header { name: \"accept\", value: \"*/*\" }, Header { name: \"x-many\", value: \"1\" }, Header { name: \"x-many\", value: \"2\" }] }, context: Some(RequestContext { account-id: \"000000000000\", api-id: \"a1b2c3\", stage: \"prod\", request-id: \"0b2e9f1c-0000-4000-8000-000000000000\", resource-path: \"/pets/{id}\", source-ip: \"192.0.2.7\", domain-name: \"api.example.com\", protocol: \"HTTP/1.1\", request-time-epoch: 1700000000000, stage-variables: [], principal-id: None, authorizer-context: [] }), body: Some([116, 104, 101, 32, 98, 111, 100, 121]) }" })"#]]).await;
}

#[tokio::test]
async fn named_headers_are_given_with_all_their_values() {
    check_request("describe", "header:x-many header:x-none header:X-Many", expect![[r#"Respond(ImmediateResponse { status: 200, headers: {}, body: b"TransformRequest { head: RequestHead { method: \"GET\", path: \"/pets/7%2F8\", path-parameters: [Parameter { name: \"id\", value: \"7%2F8\" }], query: [], headers: [Header { name: \"x-many\", value: \"1\" }, Header { name: \"x-many\", value: \"2\" }] }, context: None, body: None }" })"#]]).await;
}

#[tokio::test]
async fn transform_that_fails_is_a_fault() {
    check_request("error", "", expect!["fault: the plugin failed: no transform today"]).await;
    check_response("error", "", expect!["fault: the plugin failed: no transform today"]).await;
}

#[tokio::test]
async fn header_of_the_gateway_is_refused() {
    check_request("host-header", "", expect!["fault: the plugin answered what is not allowed: the header content-length belongs to the gateway"]).await;
    check_response("host-header", "", expect!["fault: the plugin answered what is not allowed: the header content-length belongs to the gateway"]).await;
}

#[tokio::test]
async fn header_with_a_line_break_is_refused() {
    check_request("header-value", "", expect!["fault: the plugin answered what is not allowed: the value of the header x-a has control characters"]).await;
    check_request("respond-header", "", expect!["fault: the plugin answered what is not allowed: the value of the header x-a has control characters"]).await;
}

#[tokio::test]
async fn header_whose_name_is_none_is_refused() {
    check_request(
        "header-name",
        "",
        expect![[
            r#"fault: the plugin answered what is not allowed: "x a" is not the name of a header"#
        ]],
    )
    .await;
}

#[tokio::test]
async fn headers_have_a_total_size() {
    check_request(
        "many-headers",
        "",
        expect!["fault: the plugin answered what is not allowed: more headers than 10240 bytes"],
    )
    .await;
}

#[tokio::test]
async fn query_has_a_total_size() {
    check_request(
        "large-query",
        "",
        expect![
            "fault: the plugin answered what is not allowed: more query parameters than 10240 bytes"
        ],
    )
    .await;
}

#[tokio::test]
async fn body_has_a_size() {
    check_request("large-body", "", expect!["fault: the plugin answered what is not allowed: a body of 10485761 bytes, above 10485760"]).await;
}

#[tokio::test]
async fn status_has_a_range() {
    check_request(
        "respond-status",
        "",
        expect!["fault: the plugin answered what is not allowed: status 199; it must be 200-599"],
    )
    .await;
    check_response(
        "respond-status",
        "",
        expect!["fault: the plugin answered what is not allowed: status 600; it must be 200-599"],
    )
    .await;
}

#[tokio::test]
async fn response_can_be_changed() {
    check_response("upper-case", "body", expect![[r#"Patch(ResponsePatch { status: None, headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], body: Some(b"THE BODY") })"#]]).await;
}

#[tokio::test]
async fn response_is_given_as_far_as_it_is_needed() {
    check_response("describe", "", expect![[r#"Patch(ResponsePatch { status: Some(203), headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], body: Some(b"TransformResponse { status: 200, headers: [], context: None, body: None }") })"#]]).await;
    check_response("describe", "headers context body", expect![[r#"Patch(ResponsePatch { status: Some(203), headers: [Set("x-guest", "1"), Append("x-many", "2"), Remove("x-secret")], body: Some(b"TransformResponse { status: 200, headers: [Header { name: \"content-type\", value: \"text/plain\" }, Header { name: \"x-secret\", value: \"1\" }], context: Some(RequestContext { account-id: \"000000000000\", api-id: \"a1b2c3\", stage: \"prod\", request-id: \"0b2e9f1c-0000-4000-8000-000000000000\", resource-path: \"/pets/{id}\", source-ip: \"192.0.2.7\", domain-name: \"api.example.com\", protocol: \"HTTP/1.1\", request-time-epoch: 1700000000000, stage-variables: [], principal-id: None, authorizer-context: [] }), body: Some([116, 104, 101, 32, 98, 111, 100, 121]) }") })"#]]).await;
}
