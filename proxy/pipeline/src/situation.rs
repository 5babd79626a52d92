//! What is known of a request that gets no answer from its integration: what gateway responses read.
//!
//! It is found again when it is needed, from what was recorded: most requests are never refused, and a
//! refusal may come from outside, while a forwarded request is under way.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;
use model::{ContextVariable, Cors, Snapshot, Stage};

use crate::exchange::Exchange;
use crate::identify::{self, Identified};
use crate::record::Record;
use crate::request::Request;
use crate::{context, query, route};

/// A request for a stage, whether or not it is for a resource of it.
pub(crate) struct Situation<'a> {
    /// Of any resource, if there is none for the request.
    exchange: Exchange<'a>,
    is_routed: bool,
    record: &'a Record,
}

impl<'a> Situation<'a> {
    /// None if no stage was found, or one without methods.
    pub(crate) fn find(
        request: &'a Request<'a>,
        snapshot: &'a Snapshot,
        stage: &'a Arc<Stage>,
        record: &'a Record,
    ) -> Option<Self> {
        let identified = identify::locate(request, snapshot).ok()?;
        // As it was drawn.
        let identified = Identified { stage, ..identified };
        let routed = route::find(request, snapshot, identified);
        let is_routed = routed.is_some();
        let exchange = routed.or_else(|| route::unrouted(request, snapshot, identified))?;
        Some(Self { exchange, is_routed, record })
    }

    /// Of the resource or, without one, of the API.
    pub(crate) fn cors(&self) -> Option<&'a Cors> {
        let api = self.exchange.stage.deployment.api();
        let found = if self.is_routed { &self.exchange.resource.cors } else { &api.cors };
        found.as_deref()
    }

    pub(crate) fn header(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.exchange.request.header(name).map(Cow::from)
    }

    /// All values that are text, joined with a comma.
    pub(crate) fn multi_value_header(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        let values = self.exchange.request.headers.get_all(name).into_iter();
        let texts = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        joined(texts)
    }

    pub(crate) fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.exchange.path_parameter(name).filter(|_| self.is_routed).map(Cow::from)
    }

    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = query::parse(self.exchange.request.query);
        query::last(&pairs, name).map(|value| value.to_owned().into())
    }

    pub(crate) fn multi_value_query(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = query::parse(self.exchange.request.query);
        joined(pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_ref()))
    }

    pub(crate) fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.exchange.stage.variable(name).map(Cow::from)
    }

    fn api_key(&self) -> Option<&str> {
        let of_authorizer = || {
            let decision = self.record.decision.as_ref()?;
            decision.usage_identifier_key().filter(|_| self.exchange.method.is_api_key_required)
        };
        self.exchange.api_key(None).or_else(of_authorizer)
    }

    /// The authorizer's context is there also for a caller whom it refused, as on AWS.
    pub(crate) fn variable(&self, variable: &ContextVariable) -> Option<Cow<'_, str>> {
        match variable {
            ContextVariable::ApiKey if self.is_routed => self.api_key().map(Cow::from),
            ContextVariable::ApiKeyId => self.record.api_key_id.as_deref().map(Cow::from),
            ContextVariable::ApiKey => None,
            ContextVariable::Authorizer(key) => {
                let of_token = || self.record.token.as_ref()?.value(key);
                let of_decision = self.record.decision.as_ref();
                of_decision.map_or_else(of_token, |decision| decision.value(key)).map(Cow::from)
            }
            ContextVariable::AccessKey
            | ContextVariable::CallerAccountId
            | ContextVariable::CallerId
            | ContextVariable::UserArn => {
                context::signer_value(self.record.signer.as_ref()?, variable).map(Cow::from)
            }
            ContextVariable::HttpMethod => Some(self.exchange.request.method.as_str().into()),
            ContextVariable::ResourceId | ContextVariable::ResourcePath if !self.is_routed => None,
            variable => self.exchange.variable(variable, None),
        }
    }
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Cow<'static, str>> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(",").into())
}
