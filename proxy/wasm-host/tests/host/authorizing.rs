//! `authorizer`: tokens in, decisions out.

use expect_test::{Expect, expect};
use model::AuthorizerError;
use wasm_host::LoadedPlugin;

use crate::setup::{Setup, authorization_request, headers, host};

async fn decide(plugin: &LoadedPlugin, token: Option<&str>) -> String {
    let headers = headers(&[("x-token", "allow"), ("x-other", "1")]);
    match plugin.authorize(authorization_request(token, &headers)).await {
        Ok(authorization) => format!("{authorization:#?}"),
        Err(AuthorizerError::Unauthorized) => "unauthorized".to_owned(),
        Err(AuthorizerError::Fault(fault)) => format!("fault: {fault}"),
    }
}

async fn check(token: &str, expected: Expect) {
    let host = host();
    let plugin = Setup::guest("typed_authorizer").load(&host).await;
    expected.assert_eq(&decide(&plugin, Some(token)).await);
}

async fn check_misbehaving(mode: &str, expected: Expect) {
    let host = host();
    let plugin = Setup::guest("misbehave_authorizer").load(&host).await;
    expected.assert_eq(&decide(&plugin, Some(mode)).await);
}

#[tokio::test]
async fn allowing_decision_comes_with_principal_and_context() {
    check(
        "allow",
        expect![[r#"
            Authorization {
                principal_id: "user-1",
                policy: Allow,
                context: [
                    ContextEntry {
                        name: "path",
                        value: Text(
                            "/pets/7%2F8",
                        ),
                    },
                    ContextEntry {
                        name: "headers",
                        value: Number(
                            1.0,
                        ),
                    },
                    ContextEntry {
                        name: "queried",
                        value: Boolean(
                            false,
                        ),
                    },
                ],
                usage_identifier_key: None,
            }"#]],
    )
    .await;
}

#[tokio::test]
async fn only_the_needed_header_and_no_token_reach_a_request_authorizer() {
    let host = host();
    let plugin = Setup::guest("typed_authorizer").load(&host).await;
    let decision = decide(&plugin, None).await;
    assert!(decision.contains("policy: Allow"), "{decision}");
}

#[tokio::test]
async fn context_is_given_when_it_is_needed() {
    let host = host();
    let plugin = Setup::guest("typed_authorizer").env("NEEDS_CONTEXT", "1").load(&host).await;
    let decision = decide(&plugin, Some("deny")).await;
    assert!(decision.contains("policy: Deny"), "{decision}");
    assert!(decision.contains("192.0.2.7"), "{decision}");
}

#[tokio::test]
async fn refused_credentials_are_not_a_fault() {
    check("guess", expect!["unauthorized"]).await;
}

#[tokio::test]
async fn authorizer_that_cannot_decide_is_a_fault() {
    check("fail", expect!["fault: the plugin failed: the directory is down"]).await;
}

#[tokio::test]
async fn principal_must_not_be_empty() {
    check_misbehaving(
        "empty-principal",
        expect!["fault: the plugin answered what is not allowed: an empty principal id"],
    )
    .await;
}

#[tokio::test]
async fn numbers_must_be_finite() {
    check_misbehaving(
        "infinite-number",
        expect![[
            r#"fault: the plugin answered what is not allowed: inf as the context value "number""#
        ]],
    )
    .await;
}

#[tokio::test]
async fn reserved_context_names_are_refused() {
    check_misbehaving(
        "reserved-name",
        expect![
            "fault: the plugin answered what is not allowed: the reserved context name principalId"
        ],
    )
    .await;
}

#[tokio::test]
async fn authorization_has_a_size() {
    check_misbehaving(
        "large-document",
        expect![
            "fault: the plugin answered what is not allowed: an authorization of 9223 bytes, above 8192"
        ],
    )
    .await;
}

#[tokio::test]
async fn trap_is_a_fault() {
    check_misbehaving(
        "trap",
        expect!["fault: the plugin trapped: wasm `unreachable` instruction executed"],
    )
    .await;
}
