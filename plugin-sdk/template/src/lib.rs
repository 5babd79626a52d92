//! Lets through who knows the pass phrase, and says how they are called.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use edgeway_plugin_sdk::configuration::{self, Configuration, ConfigurationError};
use edgeway_plugin_sdk::{
    Authorization, AuthorizationRequest, Authorizer, AuthorizerError, PluginNeeds, info,
};

/// Pass phrase -> name, from the variable `PHRASES`.
type Phrases = BTreeMap<String, String>;

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| configuration::load(parse));

fn parse(configuration: &Configuration) -> Result<Phrases, ConfigurationError> {
    configuration.secret_json("PHRASES")
}

struct MyAuthorizer;

impl Authorizer for MyAuthorizer {
    fn needs() -> PluginNeeds {
        LazyLock::force(&PHRASES); // a wrong configuration is found when the plugin is deployed
        PluginNeeds::nothing()
    }

    fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
        let name = decide(request.token.as_deref(), &PHRASES)?;
        info!("{name} calls {}", request.head.path);
        Ok(Authorization::allow(name).with_context("name", name))
    }
}

edgeway_plugin_sdk::export_authorizer!(MyAuthorizer);

/// Plain logic apart from the bindings, so that `cargo test` can test it.
fn decide<'a>(token: Option<&str>, phrases: &'a Phrases) -> Result<&'a str, AuthorizerError> {
    let name = token.and_then(|token| phrases.get(token));
    name.map(String::as_str).ok_or(AuthorizerError::Unauthorized)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_phrase_is_let_through() {
        let phrases = Phrases::from([("open sesame".to_owned(), "ali".to_owned())]);
        assert_eq!(decide(Some("open sesame"), &phrases), Ok("ali"));
        assert_eq!(decide(Some("open"), &phrases), Err(AuthorizerError::Unauthorized));
        assert_eq!(decide(None, &phrases), Err(AuthorizerError::Unauthorized));
    }
}
