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
    check(
        Setup::bytes(Bytes::from_static(b"export const handler = () => 1")),
        expect![[r#"this is not WebAssembly: it does not begin with \0asm"#]],
    )
    .await;
    check(
        Setup::bytes(Bytes::new()),
        expect![[r#"this is not WebAssembly: it does not begin with \0asm"#]],
    )
    .await;
}

#[tokio::test]
async fn core_module_is_not_a_component() {
    check_text("(module)", expect!["this is a core WebAssembly module, not a component; build it for wasm32-wasip2, or wrap it with `wasm-tools component new`"]).await;
}

#[tokio::test]
async fn code_that_was_compiled_elsewhere_is_not_taken() {
    check(
        Setup::bytes(Bytes::from_static(b"\x7fELF\x02\x01\x01\xc8")),
        expect!["this is machine code (such as a .cwasm), not a component; deploy the .wasm that it was compiled from"],
    )
    .await;
}

#[tokio::test]
async fn component_must_be_valid() {
    let component = component_text("(component)");
    let mut bytes = component.to_vec();
    bytes.extend([0xff; 16]);
    let refusal = Setup::bytes(bytes).refusal().await;
    assert!(refusal.starts_with("the component does not compile: "), "{refusal}");
}

#[tokio::test]
async fn component_has_a_size() {
    let bytes = vec![0; 64 * 1024 * 1024 + 1];
    check(
        Setup::bytes(bytes),
        expect!["the component has 67108865 bytes, and at most 67108864 are allowed"],
    )
    .await;
}

#[tokio::test]
async fn component_without_exports_is_no_plugin() {
    check_text("(component)", expect!["the component is not a plugin: it exports nothing; export authorizer, event-function, request-transform or response-transform of edgeway:plugin@1.0.0, or wasi:http/incoming-handler@0.2.0, or wasi:http/handler@0.3.0"]).await;
}

#[tokio::test]
async fn hint_fits_what_is_exported() {
    check_text(
        r#"(component (instance $i) (export "edgeway:plugin/authorizer@2.0.0" (instance $i)))"#,
        expect!["the component is not a plugin: it exports edgeway:plugin/authorizer@2.0.0; it was built for another version of edgeway:plugin; build it against version 1.0.0"],
    )
    .await;
    check_text(
        r#"(component (instance $i) (export "wasi:cli/run@0.2.3" (instance $i)))"#,
        expect![[r#"the component is not a plugin: it exports wasi:cli/run@0.2.3; it is a command with a `main`; build a library instead (in Rust: crate-type = ["cdylib"]) that exports one of the interfaces of edgeway:plugin@1.0.0"#]],
    )
    .await;
}

#[tokio::test]
async fn export_of_the_wrong_type_is_refused() {
    check_text(
        r#"(component (instance $i) (export "edgeway:plugin/event-function@1.0.0" (instance $i)))"#,
        expect!["the component's export `edgeway:plugin/event-function@1.0.0` is not of the type that its WIT gives it: instance export `edgeway:plugin/event-function@1.0.0` does not have export `handle`"],
    )
    .await;
    check_text(
        r#"(component (instance $i) (export "wasi:http/incoming-handler@0.2.3" (instance $i)))"#,
        expect!["the component's export `wasi:http/incoming-handler@0.2.0` or `wasi:http/handler@0.3.0` is not of the type that its WIT gives it: instance export `wasi:http/incoming-handler@0.2.12` does not have export `handle`"],
    )
    .await;
    check_text(
        r#"(component
            (core module $m (func (export "handle")))
            (core instance $i (instantiate $m))
            (func $handle (canon lift (core func $i "handle")))
            (instance $f (export "handle" (func $handle)))
            (export "edgeway:plugin/event-function@1.0.0" (instance $f)))"#,
        expect!["the component's export `edgeway:plugin/event-function@1.0.0` is not of the type that its WIT gives it: failed to convert function to given type: type mismatch with parameters: expected 2-tuple, found 0-tuple"],
    )
    .await;
}

#[tokio::test]
async fn import_that_was_not_granted_is_named_with_its_setting() {
    check(Setup::guest("key_value"), expect!["the component imports `edgeway:plugin/key-value@1.0.0`, which it is not granted; grant it with `keyValueNamespaces`"]).await;
    check(Setup::guest("outbound"), expect!["the component imports `wasi:http/outgoing-handler@0.2.12`, which it is not granted; grant it with `outbound`"]).await;
}

#[tokio::test]
async fn unknown_import_is_named() {
    check_text(
        r#"(component
            (import "acme:database/sql@1.0.0" (instance $i (export "query" (func))))
            (instance $f)
            (export "edgeway:plugin/event-function@1.0.0" (instance $f)))"#,
        expect!["the component cannot be linked: component imports instance `acme:database/sql@1.0.0`, but a matching implementation was not found in the linker: instance export `query` has the wrong type: function implementation is missing"],
    )
    .await;
}

async fn check_needs(mode: &str, expected: Expect) {
    check(Setup::guest("misbehave_authorizer").env("MODE", mode), expected).await;
}

#[tokio::test]
async fn needs_are_checked() {
    check_needs("needs-body", expect!["the component does not start: the plugin answered what is not allowed: the authorizer's `needs` asks for the body, which an authorizer does not get"]).await;
    check_needs("needs-invalid-name", expect![[r#"the component does not start: the plugin answered what is not allowed: the authorizer's `needs` names the header "not a name""#]]).await;
    check_needs("needs-many-names", expect!["the component does not start: the plugin answered what is not allowed: the authorizer's `needs` names more than 256 headers"]).await;
    check(Setup::guest("transform").env("NEEDS", "header:x header:a/b"), expect![[r#"the component does not start: the plugin answered what is not allowed: the request-transform's `needs` names the header "a/b""#]]).await;
}

#[tokio::test]
async fn trap_in_needs_is_refused() {
    check_needs("needs-trap", expect!["the component does not start: the plugin trapped: wasm `unreachable` instruction executed"]).await;
}
