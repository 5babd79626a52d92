//! What is refused when it is loaded, and what the refusal says.

use bytes::Bytes;
use expect_test::{Expect, expect};

use crate::components::component_text;
use crate::setup::Setup;

async fn check(setup: Setup, expected: Expect) {
    expected.assert_eq(&setup.refusal().await);
}

async fn check_text(text: &str, expected: Expect) {
    check(Setup::bytes(component_text(text)), expected).await;
}

#[tokio::test]
async fn text_is_no_webassembly() {
    check(Setup::bytes(Bytes::from_static(b"export const handler = () => 1")), expect![""]).await;
    check(Setup::bytes(Bytes::new()), expect![""]).await;
}

#[tokio::test]
async fn core_module_is_not_a_component() {
    check_text("(module)", expect![""]).await;
}

#[tokio::test]
async fn component_must_be_valid() {
    let component = component_text("(component)");
    let mut bytes = component.to_vec();
    bytes.extend([0xff; 16]);
    let refusal = Setup::bytes(bytes.into()).refusal().await;
    assert!(refusal.starts_with("the component does not compile: "), "{refusal}");
}

#[tokio::test]
async fn component_has_a_size() {
    let bytes = vec![0; 64 * 1024 * 1024 + 1];
    check(Setup::bytes(bytes.into()), expect![""]).await;
}

#[tokio::test]
async fn component_without_exports_is_no_plugin() {
    check_text("(component)", expect![""]).await;
}

#[tokio::test]
async fn hint_fits_what_is_exported() {
    check_text(
        r#"(component (instance $i) (export "edgeway:plugin/authorizer@2.0.0" (instance $i)))"#,
        expect![""],
    )
    .await;
    check_text(
        r#"(component (instance $i) (export "wasi:http/incoming-handler@0.2.3" (instance $i)))"#,
        expect![""],
    )
    .await;
    check_text(
        r#"(component (instance $i) (export "wasi:cli/run@0.2.3" (instance $i)))"#,
        expect![""],
    )
    .await;
}

#[tokio::test]
async fn export_of_the_wrong_type_is_refused() {
    check_text(
        r#"(component (instance $i) (export "edgeway:plugin/event-function@1.0.0" (instance $i)))"#,
        expect![""],
    )
    .await;
    check_text(
        r#"(component
            (core module $m (func (export "handle")))
            (core instance $i (instantiate $m))
            (func $handle (canon lift (core func $i "handle")))
            (instance $f (export "handle" (func $handle)))
            (export "edgeway:plugin/event-function@1.0.0" (instance $f)))"#,
        expect![""],
    )
    .await;
}

#[tokio::test]
async fn import_that_was_not_granted_is_named_with_its_setting() {
    check(Setup::guest("key_value"), expect![""]).await;
    check(Setup::guest("outbound"), expect![""]).await;
}

#[tokio::test]
async fn unknown_import_is_named() {
    check_text(
        r#"(component
            (import "acme:database/sql@1.0.0" (instance $i (export "query" (func))))
            (instance $f)
            (export "edgeway:plugin/event-function@1.0.0" (instance $f)))"#,
        expect![""],
    )
    .await;
}

async fn check_needs(mode: &str, expected: Expect) {
    check(Setup::guest("misbehave_authorizer").env("MODE", mode), expected).await;
}

#[tokio::test]
async fn needs_are_checked() {
    check_needs("needs-body", expect![""]).await;
    check_needs("needs-invalid-name", expect![""]).await;
    check_needs("needs-many-names", expect![""]).await;
    check(Setup::guest("transform").env("NEEDS", "header:x header:a/b"), expect![""]).await;
}

#[tokio::test]
async fn trap_in_needs_is_refused() {
    check_needs("needs-trap", expect![""]).await;
}
