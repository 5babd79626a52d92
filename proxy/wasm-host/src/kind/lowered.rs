//! Requests and responses as WIT records that borrow: only what the plugin needs, and no copies.
//!
//! Text is borrowed from the exchange; what is made here are the lists that the records point to.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use model::{CallContext, HeaderNeeds, Needs, RequestHead};

use crate::bindings::edgeway::plugin::types as wit;

/// The headers that a plugin needs, as text. A value that is not UTF-8 had to be copied.
pub(super) struct HeaderTexts<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> HeaderTexts<'a> {
    pub(super) fn new(headers: &'a HeaderMap, needs: &'a HeaderNeeds) -> Self {
        Self(match needs {
            HeaderNeeds::None => Vec::new(),
            HeaderNeeds::All => {
                headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
            }
            HeaderNeeds::Named(names) => names
                .iter()
                .flat_map(|name| headers.get_all(name).iter().map(|value| (name.as_str(), value)))
                .map(|(name, value)| (name, text(value)))
                .collect(),
        })
    }

    pub(super) fn records(&self) -> Vec<wit::HeaderParam<'_>> {
        self.0.iter().map(|(name, value)| wit::HeaderParam { name, value }).collect()
    }
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// The lists of a request's head.
pub(super) struct Head<'a> {
    path_parameters: Vec<wit::ParameterParam<'a>>,
    query: Vec<wit::ParameterParam<'a>>,
    headers: Vec<wit::HeaderParam<'a>>,
}

impl<'a> Head<'a> {
    pub(super) fn new(head: &RequestHead<'a>, texts: &'a HeaderTexts<'_>, needs: &Needs) -> Self {
        let path_parameters = head
            .path_parameters
            .iter()
            .map(|&(name, value)| wit::ParameterParam { name, value })
            .collect();
        let query = if needs.query {
            head.query.iter().map(|(name, value)| wit::ParameterParam { name, value }).collect()
        } else {
            Vec::new()
        };
        Self { path_parameters, query, headers: texts.records() }
    }

    pub(super) fn record<'b>(&'b self, head: &RequestHead<'b>) -> wit::RequestHead<'b> {
        wit::RequestHead {
            method: head.method,
            path: head.path,
            path_parameters: &self.path_parameters,
            query: &self.query,
            headers: &self.headers,
        }
    }
}

/// The lists of a request's context, if the plugin needs it.
pub(super) struct Context<'a> {
    lists: Option<(Vec<wit::ParameterParam<'a>>, Vec<wit::ParameterParam<'a>>)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(context: &CallContext<'a>, needs: &Needs) -> Self {
        let lists = needs
            .context
            .then(|| (parameters(context.stage_variables), parameters(context.authorizer_context)));
        Self { lists }
    }

    pub(super) fn record<'b>(
        &'b self,
        context: &CallContext<'b>,
    ) -> Option<wit::RequestContext<'b>> {
        let (stage_variables, authorizer_context) = self.lists.as_ref()?;
        Some(wit::RequestContext {
            account_id: context.account_id,
            api_id: context.api_id,
            stage: context.stage,
            request_id: context.request_id,
            resource_path: context.resource_path,
            source_ip: context.source_ip,
            domain_name: context.domain_name,
            protocol: context.protocol,
            request_time_epoch: context.request_time_epoch,
            stage_variables,
            principal_id: context.principal_id,
            authorizer_context,
        })
    }
}

fn parameters(entries: &[(String, String)]) -> Vec<wit::ParameterParam<'_>> {
    entries.iter().map(|(name, value)| wit::ParameterParam { name, value }).collect()
}

/// A body, for a plugin that needs it: empty if there is none.
pub(super) fn body<'a>(body: Option<&'a [u8]>, needs: &Needs) -> Option<&'a [u8]> {
    needs.body.then(|| body.unwrap_or_default())
}
