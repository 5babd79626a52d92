//! `event-function`: events in, results and errors out.

use expect_test::expect;
use model::{Function, FunctionName, FunctionSettings, FunctionVersion};

use crate::components::component;
use crate::setup::{ARN, Setup, host, invoke};

#[tokio::test]
async fn event_comes_back_as_it_was() {
    let host = host();
    let plugin = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&plugin, r#"{"a": [1, 2.0, "ü"]}"#).await, r#"{"a": [1, 2.0, "ü"]}"#);
    assert_eq!(invoke(&plugin, "").await, "");
}

#[tokio::test]
async fn interface_says_what_it_can_be_used_as() {
    let plugin = Setup::guest("echo").load(&host()).await;
    let kinds: Vec<_> = plugin.interface().kinds().collect();
    expect!["[EventFunction]"].assert_eq(&format!("{kinds:?}"));
}

#[tokio::test]
async fn function_learns_about_itself() {
    let host = host();
    let plugin = Setup::guest("echo").memory(64).load(&host).await;
    let mut seen: serde_json::Value =
        serde_json::from_str(&invoke(&plugin, r#""invocation""#).await).expect("JSON");
    let deadline = seen["deadline"].take().as_u64().expect("a number");
    assert!(deadline > 1_700_000_000_000, "{deadline}");
    expect![[r#"
        {
          "requestId": "8f5ee7fb-4d3c-4d3f-a5d0-f0a0e1f2a3b4",
          "functionName": "pets",
          "functionVersion": "$LATEST",
          "invokedFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:pets",
          "memoryLimitInMb": 64,
          "deadline": null,
          "traceId": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
        }"#]]
    .assert_eq(&format!("{seen:#}"));
}

#[tokio::test]
async fn version_is_told_whatever_the_arn_names() {
    let function = Function {
        name: FunctionName::parse("pets").expect("a name"),
        version: FunctionVersion::Published(17),
        component: "echo.wasm".into(),
        settings: FunctionSettings::default(),
    };
    let host = host();
    let arn = format!("{ARN}:live");
    let plugin = host.load(&function, arn.into(), component("echo")).await.expect("loads");
    let seen = invoke(&plugin, r#""invocation""#).await;
    assert!(seen.contains(r#""functionVersion":"17""#), "{seen}");
}

#[tokio::test]
async fn environment_is_the_configured_one_and_nothing_else() {
    let host = host();
    let plugin = Setup::guest("echo").env("TABLE", "pets").env("EMPTY", "").load(&host).await;
    assert_eq!(invoke(&plugin, r#""environment""#).await, r#"{"TABLE":"pets","EMPTY":""}"#);
}

#[tokio::test]
async fn handled_error_is_the_functions() {
    let host = host();
    let plugin = Setup::guest("misbehave").load(&host).await;
    assert_eq!(invoke(&plugin, r#""error""#).await, "error: TeapotError: I am a teapot");
    assert_eq!(invoke(&plugin, r#""ok""#).await, r#"{"statusCode":200,"body":"ok"}"#);
}

#[tokio::test]
async fn plugin_of_another_kind_cannot_be_invoked() {
    let host = host();
    let plugin = Setup::guest("typed_authorizer").load(&host).await;
    assert_eq!(
        invoke(&plugin, "{}").await,
        "fault: no instance of the plugin is available: the plugin exports no event-function"
    );
}
