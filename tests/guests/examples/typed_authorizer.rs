//! Authorizer: decides by the token, or by `x-token`. See `../README.md`.

use guests::authorizer::edgeway::plugin::types::HeaderNeeds;
use guests::authorizer::exports::edgeway::plugin::authorizer::{
    Authorization, AuthorizationRequest, AuthorizerError, ContextEntry, ContextValue, Guest,
    PluginNeeds, Policy,
};
use guests::setting;

struct TypedAuthorizer;

impl Guest for TypedAuthorizer {
    fn needs() -> PluginNeeds {
        PluginNeeds {
            headers: HeaderNeeds::Named(vec!["x-token".to_owned()]),
            query: true,
            context: setting("NEEDS_CONTEXT").is_some(),
            body: false,
        }
    }

    fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
        let from_header = request.head.headers.first().map(|header| header.value.clone());
        let token = request.token.clone().or(from_header).unwrap_or_default();
        let policy = match token.as_str() {
            "allow" => Policy::Allow,
            "allow-methods" => Policy::AllowMethods(vec![request.method_arn.clone()]),
            "deny" => Policy::Deny,
            "document" => Policy::Document(document(&request.method_arn)),
            "fail" => return Err(AuthorizerError::Failed("the directory is down".to_owned())),
            _ => return Err(AuthorizerError::Unauthorized),
        };
        Ok(Authorization {
            principal_id: "user-1".to_owned(),
            policy,
            context: context(&request),
            usage_identifier_key: setting("API_KEY"),
        })
    }
}

fn document(method_arn: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"{method_arn}"}}]}}"#
    )
}

/// What it was given, so that a test can see it.
fn context(request: &AuthorizationRequest) -> Vec<ContextEntry> {
    let text = |name: &str, value: String| ContextEntry {
        name: name.to_owned(),
        value: ContextValue::Text(value),
    };
    let mut context = vec![
        text("path", request.head.path.clone()),
        ContextEntry {
            name: "headers".to_owned(),
            value: ContextValue::Number(request.head.headers.len() as f64),
        },
        ContextEntry {
            name: "queried".to_owned(),
            value: ContextValue::Boolean(!request.head.query.is_empty()),
        },
    ];
    if let Some(request_context) = &request.context {
        context.push(text("sourceIp", request_context.source_ip.clone()));
    }
    context
}

guests::authorizer::export!(TypedAuthorizer);
