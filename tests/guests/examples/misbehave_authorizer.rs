//! Authorizer: breaks in the way that `MODE` or the token says. See `../README.md`.

use guests::authorizer::edgeway::plugin::types::HeaderNeeds;
use guests::authorizer::exports::edgeway::plugin::authorizer::{
    Authorization, AuthorizationRequest, AuthorizerError, ContextEntry, ContextValue, Guest,
    PluginNeeds, Policy,
};
use guests::setting;

struct Misbehave;

impl Guest for Misbehave {
    fn needs() -> PluginNeeds {
        let mode = setting("MODE").unwrap_or_default();
        let headers = match mode.as_str() {
            "needs-invalid-name" => HeaderNeeds::Named(vec!["not a name".to_owned()]),
            "needs-many-names" => {
                HeaderNeeds::Named((0..100_000).map(|number| format!("x-{number}")).collect())
            }
            _ => HeaderNeeds::None,
        };
        if mode == "needs-trap" {
            std::process::abort();
        }
        PluginNeeds { headers, query: false, context: false, body: mode == "needs-body" }
    }

    fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
        let mode = setting("MODE").or(request.token).unwrap_or_default();
        let mut answer = Authorization {
            principal_id: "someone".to_owned(),
            policy: Policy::Allow,
            context: Vec::new(),
            usage_identifier_key: None,
        };
        let mut entry = |name: &str, value| {
            answer.context.push(ContextEntry { name: name.to_owned(), value });
        };
        match mode.as_str() {
            "empty-principal" => answer.principal_id.clear(),
            "infinite-number" => entry("number", ContextValue::Number(f64::INFINITY)),
            "large-document" => answer.policy = Policy::Document("x".repeat(9 * 1024)),
            "loop" => loop {
                std::hint::black_box(());
            },
            "memory" => {
                let eaten: Vec<_> = (0..1_000_000).map(|_| vec![1_u8; 1024 * 1024]).collect();
                std::hint::black_box(eaten);
            }
            "not-a-document" => answer.policy = Policy::Document("{".to_owned()),
            "reserved-name" => entry("principalId", ContextValue::Boolean(true)),
            "trap" => std::process::abort(),
            _ => {}
        }
        Ok(answer)
    }
}

guests::authorizer::export!(Misbehave);
