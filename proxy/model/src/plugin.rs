//! Plugins: components that were loaded and whose exports are known.

use std::fmt;
use std::sync::Arc;

use http::HeaderName;

use crate::{Digest, Function, QuarantinePolicy};

/// A [`Function`] whose component was loaded: what it is, and how it wants to be called.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// Its name, limits and grants.
    pub function: Function,
    /// `arn:aws:lambda:{region}:{account}:function:{name}`, and `:{version or alias}` if it was named
    pub arn: Arc<str>,
    /// Of the component's bytes.
    pub digest: Digest,
    /// What it exports.
    pub interface: Interface,
}

/// What a plugin can be used as: the WIT interface that it exports.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PluginKind {
    /// `edgeway:plugin/authorizer`
    Authorizer,
    /// `edgeway:plugin/event-function`
    EventFunction,
    /// `wasi:http/incoming-handler` 0.2 or `wasi:http/handler` 0.3: a component made for any host.
    HttpHandler,
    /// `edgeway:plugin/request-transform`
    RequestTransform,
    /// `edgeway:plugin/response-transform`
    ResponseTransform,
}

impl Plugin {
    /// Whether it can be called as one of these. What is more than a transform cannot be left out
    /// while it is in quarantine.
    pub fn serves_as(&self, kinds: &[PluginKind]) -> bool {
        let is_exported = kinds.iter().any(|kind| self.interface.is(*kind));
        let is_left_out = self.is_skipped_in_quarantine();
        is_exported && (!is_left_out || kinds.iter().all(|kind| kind.is_transform()))
    }

    /// Whether its policy is that calls go on without it while it is in quarantine.
    pub(crate) fn is_skipped_in_quarantine(&self) -> bool {
        let budget = self.function.settings.error_budget;
        budget.is_some_and(|budget| budget.policy == QuarantinePolicy::Skip)
    }
}

impl PluginKind {
    /// What answers a method behind `AWS_PROXY`.
    pub const INTEGRATION: [Self; 2] = [Self::EventFunction, Self::HttpHandler];

    /// What a Lambda authorizer may be.
    pub const AUTHORIZER: [Self; 2] = [Self::Authorizer, Self::EventFunction];

    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Authorizer,
        Self::EventFunction,
        Self::HttpHandler,
        Self::RequestTransform,
        Self::ResponseTransform,
    ];

    /// What changes a request or a response, and can be left out.
    pub(crate) fn is_transform(self) -> bool {
        matches!(self, Self::RequestTransform | Self::ResponseTransform)
    }

    /// The name of the WIT interface; for a standard one, of its package.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorizer => "authorizer",
            Self::EventFunction => "event-function",
            Self::HttpHandler => "wasi:http",
            Self::RequestTransform => "request-transform",
            Self::ResponseTransform => "response-transform",
        }
    }
}

impl fmt::Display for PluginKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kinds that a component exports, and what it asked to be given as each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Interface {
    /// Set if it is an authorizer.
    pub authorizer: Option<Needs>,
    /// True if it is an event function: these always get the whole event.
    pub event_function: bool,
    /// True if it is an HTTP handler: these always get the whole request.
    pub http_handler: bool,
    /// Set if it is a request transform.
    pub request_transform: Option<Needs>,
    /// Set if it is a response transform.
    pub response_transform: Option<Needs>,
}

impl Interface {
    /// Whether it can be used as this kind.
    pub fn is(&self, kind: PluginKind) -> bool {
        match kind {
            PluginKind::Authorizer => self.authorizer.is_some(),
            PluginKind::EventFunction => self.event_function,
            PluginKind::HttpHandler => self.http_handler,
            PluginKind::RequestTransform => self.request_transform.is_some(),
            PluginKind::ResponseTransform => self.response_transform.is_some(),
        }
    }

    /// Every kind it can be used as.
    pub fn kinds(&self) -> impl Iterator<Item = PluginKind> {
        PluginKind::ALL.into_iter().filter(|kind| self.is(*kind))
    }
}

/// What a plugin asked to be given (`needs` in `wit/types.wit`).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Needs {
    /// Which headers.
    pub headers: HeaderNeeds,
    /// Query parameters.
    pub query: bool,
    /// The request's context.
    pub context: bool,
    /// The whole body.
    pub body: bool,
}

/// Which headers a plugin is given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum HeaderNeeds {
    /// Every one.
    All,
    /// These.
    Named(Vec<HeaderName>),
    /// None.
    #[default]
    None,
}
