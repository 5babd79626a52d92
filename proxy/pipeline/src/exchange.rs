//! One request, identified and routed: what every later phase reads.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;
use model::{
    ApiKeySource, CacheCluster, Caching, CallContext, ContextVariable, Digest, Domain,
    FunctionIndex, LogTail, Method, PathValues, Plugin, PluginSlot, Resource, Snapshot, Stage,
    Verb, without_needless_encoding,
};
use mutual_tls::PeerCertificate;

use crate::authorize::Caller;
use crate::context;
use crate::request::Request;
use crate::trace::Tracer;

/// Where clients send their API key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A request with the stage, resource and method that it is for.
pub(crate) struct Exchange<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) stage: &'a Arc<Stage>,
    pub(crate) resource: &'a Resource,
    /// Among those of the API.
    pub(crate) resource_position: usize,
    pub(crate) method: &'a Method,
    /// The client's, also where the method is `ANY`.
    pub(crate) verb: Verb,
    pub(crate) path_values: PathValues,
    /// Without base path and stage, as sent.
    pub(crate) path: &'a str,
    /// Without the stage, as sent.
    pub(crate) event_path: &'a str,
    /// `requestContext.path`
    pub(crate) context_path: &'a str,
    /// Of the client, where its domain name asks for one.
    pub(crate) peer_certificate: Option<&'a PeerCertificate>,
    /// The custom domain name that it came to, if it is one.
    pub(crate) domain: Option<&'a Domain>,
    /// Drawn evenly from 0 to below 1: which version of a function it is that calls come to.
    pub(crate) chance: f64,
    /// How its response is cached, if it is.
    pub(crate) caching: Option<MethodCaching<'a>>,
    /// Where it is noted what happens.
    pub(crate) tracer: Tracer<'a>,
}

/// How the responses of a method are cached.
#[derive(Clone, Copy)]
pub(crate) struct MethodCaching<'a> {
    /// API, stage and deployment.
    pub(crate) scope: &'a Digest,
    pub(crate) cluster: &'a CacheCluster,
    pub(crate) settings: &'a Caching,
}

impl Exchange<'_> {
    /// The path parameters, as sent.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.path_values.of(&self.resource.path, self.path)
    }

    /// The value of one path parameter, as sent.
    pub(crate) fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// `path` of a Lambda event: without the stage, with the base path of a domain name, several slashes at the beginning as one.
    pub(crate) fn event_path(&self) -> &str {
        let path = self.event_path;
        let slashes = path.len() - without_leading_slashes(path).len();
        &path[slashes.saturating_sub(1)..]
    }

    /// `$context.identity.apiKey`: as it came, good or not.
    pub(crate) fn api_key<'k>(&'k self, caller: Option<&'k Caller>) -> Option<&'k str> {
        if !self.method.is_api_key_required {
            return None;
        }
        match self.stage.deployment.api().api_key_source {
            ApiKeySource::Authorizer => caller?.usage_identifier_key(),
            ApiKeySource::Header => self.request.header(&API_KEY),
        }
    }

    /// `methodArn`: with the concrete path, not the template.
    pub(crate) fn method_arn(&self) -> String {
        self.method_arn_parts().concat()
    }

    /// How long [`Self::method_arn`] is.
    pub(crate) fn method_arn_bytes(&self) -> usize {
        self.method_arn_parts().iter().map(|part| part.len()).sum()
    }

    fn method_arn_parts(&self) -> [Cow<'_, str>; 4] {
        let path = without_leading_slashes(self.path);
        // As it was routed: what denies a path denies it with a slash at its end as well, and encoded.
        let path = without_needless_encoding(path.strip_suffix('/').unwrap_or(path));
        [self.stage.arn_prefix().into(), self.verb.as_str().into(), "/".into(), path]
    }

    /// Facts about the request for a plugin; `source_ip` is its text. What it logs goes to `log`.
    pub(crate) fn call_context<'c>(
        &'c self,
        caller: Option<&'c Caller>,
        source_ip: &'c str,
        log: Option<&'c LogTail>,
    ) -> CallContext<'c> {
        CallContext {
            account_id: self.snapshot.account().as_str(),
            api_id: self.stage.deployment.api().id.as_str(),
            stage: self.stage.name.as_str(),
            request_id: self.request.request_id(),
            resource_path: self.resource.path.as_str(),
            source_ip,
            domain_name: self.request.host(),
            protocol: self.request.protocol(),
            request_time_epoch: self.request.time_epoch_millis,
            stage_variables: &self.stage.variables,
            principal_id: caller.and_then(Caller::principal_id),
            authorizer_context: caller.map(Caller::context).unwrap_or_default(),
            log,
        }
    }

    /// The value of a `$context` variable; none if this request has none.
    pub(crate) fn variable<'v>(
        &'v self,
        variable: &ContextVariable,
        caller: Option<&'v Caller>,
    ) -> Option<Cow<'v, str>> {
        context::value(self, variable, caller)
    }

    /// The plugin of a function of this stage, and where it is loaded; none if the function is gone.
    pub(crate) fn plugin(&self, function: FunctionIndex) -> Option<(&Plugin, PluginSlot)> {
        self.stage.plugin(function, self.chance)
    }
}

/// AWS treats several slashes at the beginning of a path as one when it matches.
fn without_leading_slashes(path: &str) -> &str {
    path.trim_start_matches('/')
}
