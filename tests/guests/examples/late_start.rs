//! Authorizer: its first instance starts well, and every other one never does. See `../README.md`.

use guests::authorizer::edgeway::plugin::key_value;
use guests::authorizer::edgeway::plugin::types::HeaderNeeds;
use guests::authorizer::exports::edgeway::plugin::authorizer::{
    Authorization, AuthorizationRequest, AuthorizerError, Guest, PluginNeeds,
};

struct LateStart;

impl Guest for LateStart {
    fn needs() -> PluginNeeds {
        while key_value::increment("starts", "starts", 0).is_ok_and(|starts| starts > 0) {}
        let _ = key_value::increment("starts", "starts", 1);
        PluginNeeds { headers: HeaderNeeds::None, query: false, context: false, body: false }
    }

    /// Nobody gets through, and no instance serves twice.
    fn authorize(_request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
        std::process::abort()
    }
}

guests::authorizer::export!(LateStart);
