use super::Abi;

#[track_caller]
fn check(component: &str, expected: Abi) {
    let bytes = wat::parse_str(component).expect("the text of a component");
    assert_eq!(Abi::of(&bytes), expected, "{component}");
}

#[test]
fn component_that_only_calls_and_returns_is_sync() {
    check("(component)", Abi::Sync);
    check("(component (import \"wasi:cli/environment@0.2.6\" (instance)))", Abi::Sync);
    let lifted = "(component
        (core module $m (func (export \"f\")))
        (core instance $i (instantiate $m))
        (func (export \"f\") (canon lift (core func $i \"f\"))))";
    check(lifted, Abi::Sync);
}

#[test]
fn component_of_wasi_0_3_is_async() {
    check("(component (import \"wasi:http/client@0.3.0\" (instance)))", Abi::Async);
    let exported = "(component
        (instance $i)
        (export \"wasi:http/handler@0.3.0\" (instance $i)))";
    check(exported, Abi::Async);
}

#[test]
fn component_with_tasks_of_its_own_is_async_however_deep_they_are() {
    let lifted = "(core module $m (func (export \"f\")))
        (core instance $i (instantiate $m))
        (func (export \"f\") async (canon lift (core func $i \"f\") async))";
    check(&format!("(component {lifted})"), Abi::Async);
    check(&format!("(component (component (component {lifted})))"), Abi::Async);
    check("(component (core func (canon backpressure.inc)))", Abi::Async);
}

#[test]
fn what_is_no_component_is_left_to_the_compiler() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x0d\0\x01\0\xff\xff\xff\xff\xff", b"\0asm\x01\0\0\0"]
    {
        assert_eq!(Abi::of(bytes), Abi::Sync);
    }
}
