//! The Rust shape of `wit/`: only `generate!`, one module per world.
//!
//! `host` holds what the worlds share and what the host offers; each other module holds one
//! kind's export. The worlds stay apart so that a component exports the kinds it implements and
//! no other. Imports that a plugin never calls are dropped when its component is linked.

/// Shared types, `log` and `key-value`.
pub mod host {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package edgeway:sdk;
            world host {
                import edgeway:plugin/types@1.0.0;
                import edgeway:plugin/log@1.0.0;
                import edgeway:plugin/key-value@1.0.0;
            }
        ",
        world: "edgeway:sdk/host",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq],
    });
}

/// World `authorizer-plugin`.
pub mod authorizer {
    wit_bindgen::generate!({
        path: "../wit",
        world: "edgeway:plugin/authorizer-plugin",
        pub_export_macro: true,
        default_bindings_module: "edgeway_plugin_sdk::bindings::authorizer",
        additional_derives: [PartialEq],
        with: {
            "edgeway:plugin/types@1.0.0": crate::bindings::host::edgeway::plugin::types,
            "edgeway:plugin/log@1.0.0": crate::bindings::host::edgeway::plugin::log,
            "edgeway:plugin/key-value@1.0.0": crate::bindings::host::edgeway::plugin::key_value,
        },
    });
}

/// World `request-transform-plugin`.
pub mod request_transform {
    wit_bindgen::generate!({
        path: "../wit",
        world: "edgeway:plugin/request-transform-plugin",
        pub_export_macro: true,
        default_bindings_module: "edgeway_plugin_sdk::bindings::request_transform",
        additional_derives: [PartialEq],
        with: {
            "edgeway:plugin/types@1.0.0": crate::bindings::host::edgeway::plugin::types,
            "edgeway:plugin/log@1.0.0": crate::bindings::host::edgeway::plugin::log,
            "edgeway:plugin/key-value@1.0.0": crate::bindings::host::edgeway::plugin::key_value,
        },
    });
}

/// World `response-transform-plugin`.
pub mod response_transform {
    wit_bindgen::generate!({
        path: "../wit",
        world: "edgeway:plugin/response-transform-plugin",
        pub_export_macro: true,
        default_bindings_module: "edgeway_plugin_sdk::bindings::response_transform",
        additional_derives: [PartialEq],
        with: {
            "edgeway:plugin/types@1.0.0": crate::bindings::host::edgeway::plugin::types,
            "edgeway:plugin/log@1.0.0": crate::bindings::host::edgeway::plugin::log,
            "edgeway:plugin/key-value@1.0.0": crate::bindings::host::edgeway::plugin::key_value,
        },
    });
}

/// World `event-function-plugin`.
pub mod event_function {
    wit_bindgen::generate!({
        path: "../wit",
        world: "edgeway:plugin/event-function-plugin",
        pub_export_macro: true,
        default_bindings_module: "edgeway_plugin_sdk::bindings::event_function",
        additional_derives: [PartialEq],
        with: {
            "edgeway:plugin/log@1.0.0": crate::bindings::host::edgeway::plugin::log,
            "edgeway:plugin/key-value@1.0.0": crate::bindings::host::edgeway::plugin::key_value,
        },
    });
}
