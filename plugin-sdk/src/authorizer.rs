//! The authorizer kind: may this request call its method?
//!
//! Whatever goes wrong refuses the request; only an [`Authorization`] whose policy allows the
//! method lets it through.

use std::error::Error;

use crate::bindings::authorizer::exports::edgeway::plugin::authorizer as wit;
pub use crate::bindings::authorizer::exports::edgeway::plugin::authorizer::{
    Authorization, AuthorizationRequest, ContextEntry, ContextValue, Policy,
};
use crate::{PluginNeeds, error_chain};

/// A Lambda authorizer, typed. Export it with [`export_authorizer!`](crate::export_authorizer).
///
/// ```
/// use edgeway_plugin_sdk::{Authorization, AuthorizationRequest, Authorizer, AuthorizerError};
///
/// struct OneToken;
///
/// impl Authorizer for OneToken {
///     fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError> {
///         match request.token.as_deref() {
///             Some("Bearer open sesame") => {
///                 Ok(Authorization::allow("ali-baba").with_context("cave", 40))
///             }
///             _ => Err(AuthorizerError::Unauthorized),
///         }
///     }
/// }
///
/// edgeway_plugin_sdk::export_authorizer!(OneToken);
/// # fn main() {}
/// ```
pub trait Authorizer {
    /// What [`authorize`](Self::authorize) is to be given; `body` must stay false. The gateway
    /// asks once for each instance and caches nothing else of it. Panic if the configuration is
    /// invalid.
    fn needs() -> PluginNeeds {
        PluginNeeds::nothing()
    }

    /// Decides. The answer is cached for the authorizer's TTL and then holds for every method of
    /// the stage that uses it: allow what the caller may do, not only this call.
    fn authorize(request: AuthorizationRequest) -> Result<Authorization, AuthorizerError>;
}

/// Why there is no [`Authorization`]. `?` turns any error into `Failed`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthorizerError {
    /// The authorizer cannot decide: 500. The text goes to the log, not to the client.
    Failed(String),
    /// The credentials are not valid: 401.
    Unauthorized,
}

impl<E: Error> From<E> for AuthorizerError {
    fn from(error: E) -> Self {
        Self::Failed(error_chain::describe(&error))
    }
}

impl Authorization {
    /// The caller may call every method of the stage that uses this authorizer.
    pub fn allow(principal_id: impl Into<String>) -> Self {
        Self::with_policy(principal_id, Policy::Allow)
    }

    /// The caller may call the methods whose ARN matches one of `method_arns`.
    pub fn allow_methods<M: Into<String>>(
        principal_id: impl Into<String>,
        method_arns: impl IntoIterator<Item = M>,
    ) -> Self {
        let method_arns = method_arns.into_iter().map(Into::into).collect();
        Self::with_policy(principal_id, Policy::AllowMethods(method_arns))
    }

    /// The caller is known and may call nothing: 403.
    pub fn deny(principal_id: impl Into<String>) -> Self {
        Self::with_policy(principal_id, Policy::Deny)
    }

    /// An authorization with any policy.
    pub fn with_policy(principal_id: impl Into<String>, policy: Policy) -> Self {
        Self {
            principal_id: principal_id.into(),
            policy,
            context: Vec::new(),
            usage_identifier_key: None,
        }
    }

    /// Adds a value that reaches the integration as `requestContext.authorizer.{name}`.
    #[must_use]
    pub fn with_context(mut self, name: impl Into<String>, value: impl Into<ContextValue>) -> Self {
        self.context.push(ContextEntry { name: name.into(), value: value.into() });
        self
    }

    /// Names the caller's API key, for APIs whose key source is AUTHORIZER.
    #[must_use]
    pub fn with_usage_identifier_key(mut self, key: impl Into<String>) -> Self {
        self.usage_identifier_key = Some(key.into());
        self
    }
}

impl AuthorizationRequest {
    /// `arn:...:{apiId}/{stage}/`: what the ARN of every method of this stage begins with.
    pub fn stage_arn(&self) -> &str {
        let end = self.method_arn.match_indices('/').nth(1).map(|(at, _)| at + 1);
        &self.method_arn[..end.unwrap_or(self.method_arn.len())]
    }
}

impl From<bool> for ContextValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<f64> for ContextValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i32> for ContextValue {
    fn from(value: i32) -> Self {
        Self::Number(value.into())
    }
}

impl From<String> for ContextValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for ContextValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Authorizer> wit::Guest for T {
    fn needs() -> PluginNeeds {
        T::needs()
    }

    fn authorize(request: AuthorizationRequest) -> Result<Authorization, wit::AuthorizerError> {
        T::authorize(request).map_err(|error| match error {
            AuthorizerError::Failed(reason) => wit::AuthorizerError::Failed(reason),
            AuthorizerError::Unauthorized => wit::AuthorizerError::Unauthorized,
        })
    }
}

/// Exports a type that implements [`Authorizer`] as this component's authorizer.
#[macro_export]
macro_rules! export_authorizer {
    ($plugin:ident) => {
        const _: () = {
            const fn implements_authorizer<T: $crate::Authorizer>() {}
            implements_authorizer::<$plugin>();
        };
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::authorizer::export!($plugin with_types_in $crate::bindings::authorizer);
    };
}
