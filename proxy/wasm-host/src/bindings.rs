//! What `bindgen!` makes of `wit/`: the records and functions of every kind, for the host.
//!
//! Only generated code. Its types do not leave this crate: `kind/*` converts them.

wasmtime::component::bindgen!({
    inline: "
        package edgeway:host;
        world plugin {
            include edgeway:plugin/authorizer-plugin@1.0.0;
            include edgeway:plugin/event-function-plugin@1.0.0;
            include edgeway:plugin/request-transform-plugin@1.0.0;
            include edgeway:plugin/response-transform-plugin@1.0.0;
        }
    ",
    path: "../../wit",
    imports: {
        "edgeway:plugin/key-value.compare-and-set": async | trappable,
        "edgeway:plugin/key-value.delete": async | trappable,
        "edgeway:plugin/key-value.get": async | trappable,
        "edgeway:plugin/key-value.increment": async | trappable,
        "edgeway:plugin/key-value.list-keys": async | trappable,
        "edgeway:plugin/key-value.set": async | trappable,
    },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
