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
    check_request("unchanged", "", expect![""]).await;
}

#[tokio::test]
async fn patch_names_changes_in_order() {
    check_request("headers", "", expect![""]).await;
}

#[tokio::test]
async fn query_can_be_changed() {
    check_request("query", "", expect![""]).await;
}

#[tokio::test]
async fn body_can_be_changed() {
    check_request("upper-case", "body", expect![""]).await;
}

#[tokio::test]
async fn request_can_be_answered() {
    check_request("respond", "", expect![""]).await;
}

#[tokio::test]
async fn nothing_that_is_not_needed_is_given() {
    check_request("describe", "", expect![""]).await;
}

#[tokio::test]
async fn everything_that_is_needed_is_given() {
    check_request("describe", "headers query context body", expect![""]).await;
}

#[tokio::test]
async fn named_headers_are_given_with_all_their_values() {
    check_request("describe", "header:x-many header:x-none header:X-Many", expect![""]).await;
}

#[tokio::test]
async fn transform_that_fails_is_a_fault() {
    check_request("error", "", expect![""]).await;
    check_response("error", "", expect![""]).await;
}

#[tokio::test]
async fn header_of_the_gateway_is_refused() {
    check_request("host-header", "", expect![""]).await;
    check_response("host-header", "", expect![""]).await;
}

#[tokio::test]
async fn header_with_a_line_break_is_refused() {
    check_request("header-value", "", expect![""]).await;
    check_request("respond-header", "", expect![""]).await;
}

#[tokio::test]
async fn header_whose_name_is_none_is_refused() {
    check_request("header-name", "", expect![""]).await;
}

#[tokio::test]
async fn headers_have_a_total_size() {
    check_request("many-headers", "", expect![""]).await;
}

#[tokio::test]
async fn query_has_a_total_size() {
    check_request("large-query", "", expect![""]).await;
}

#[tokio::test]
async fn body_has_a_size() {
    check_request("large-body", "", expect![""]).await;
}

#[tokio::test]
async fn status_has_a_range() {
    check_request("respond-status", "", expect![""]).await;
    check_response("respond-status", "", expect![""]).await;
}

#[tokio::test]
async fn response_can_be_changed() {
    check_response("upper-case", "body", expect![""]).await;
}

#[tokio::test]
async fn response_is_given_as_far_as_it_is_needed() {
    check_response("describe", "", expect![""]).await;
    check_response("describe", "headers context body", expect![""]).await;
}
