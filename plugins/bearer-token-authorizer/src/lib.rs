//! Bearer tokens from the plugin's configuration: who they name, and what those may call.
//!
//! Works behind a TOKEN authorizer (its identity source) and behind a REQUEST authorizer (the
//! `authorization` header). Not for tokens that change without a deployment.

#![forbid(unsafe_code)]

mod bearer;
mod settings;
mod tokens;

use std::sync::LazyLock;

use edgeway_plugin_sdk::configuration;
use edgeway_plugin_sdk::{
    Authorization, AuthorizationRequest, Authorizer, AuthorizerError, PluginNeeds,
};

use tokens::Tokens;

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| configuration::load(settings::parse));

struct BearerTokenAuthorizer;

impl Authorizer for BearerTokenAuthorizer {
    fn needs() -> PluginNeeds {
        LazyLock::force(&TOKENS);
        PluginNeeds::nothing().with_headers(["authorization"])
    }

    fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
        authorize(&request, &TOKENS)
    }
}

edgeway_plugin_sdk::export_authorizer!(BearerTokenAuthorizer);

fn authorize(
    request: &AuthorizationRequest,
    tokens: &Tokens,
) -> Result<Authorization, AuthorizerError> {
    let credentials = request.token.as_deref().or_else(|| request.head.header("authorization"));
    credentials
        .and_then(bearer::token)
        .and_then(|token| tokens.find(token))
        .map(|grant| grant.authorization(request.stage_arn()))
        .ok_or(AuthorizerError::Unauthorized)
}

#[cfg(test)]
mod tests;
