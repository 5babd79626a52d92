//! Bindings of `wit/` for the guests, which are this package's examples.
//!
//! One module for each world, without anything on top: a guest says what the contract lets it say.

mod setting;

pub use setting::setting;

/// World `authorizer-plugin`.
pub mod authorizer {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "edgeway:plugin/authorizer-plugin",
        pub_export_macro: true,
        default_bindings_module: "guests::authorizer",
    });
}

/// World `event-function-plugin`.
pub mod event_function {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "edgeway:plugin/event-function-plugin",
        pub_export_macro: true,
        default_bindings_module: "guests::event_function",
    });
}

/// Both transforms in one component.
pub mod transform {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package edgeway:guests;
            world transform {
                include edgeway:plugin/request-transform-plugin@1.0.0;
                include edgeway:plugin/response-transform-plugin@1.0.0;
            }
        ",
        world: "edgeway:guests/transform",
        pub_export_macro: true,
        default_bindings_module: "guests::transform",
        generate_all,
    });
}
