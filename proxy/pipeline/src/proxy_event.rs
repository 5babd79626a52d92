//! The Lambda proxy event, payload format 1.0, written straight from the exchange.
//!
//! Source: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration";
//! the order of keys and what is null are as recorded from AWS.

mod headers;

use std::borrow::Cow;

use http::HeaderMap;
use http::header::USER_AGENT;
use mutual_tls::PeerCertificate;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::authorize::{Caller, VerifiedToken};
use crate::context::{domain_prefix, request_time};
use crate::exchange::Exchange;
use crate::query::Pair;
pub(crate) use headers::{forwarded_for, single_values};

use headers::{EventHeaders, MultiValueHeaders, SingleValueHeaders};

/// The event of a proxy integration, and without its body of a REQUEST authorizer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyEvent<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: SingleValueHeaders<'a>,
    multi_value_headers: MultiValueHeaders<'a>,
    query_string_parameters: Option<SingleValues<'a>>,
    multi_value_query_string_parameters: Option<MultiValues<'a>>,
    path_parameters: Option<Entries<'a>>,
    stage_variables: Option<Entries<'a>>,
    request_context: RequestContext<'a>,
    #[serde(flatten)]
    payload: Option<Payload<'a>>,
}

/// The part of a proxy event that an authorizer does not get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payload<'a> {
    /// Null when empty.
    pub(crate) body: Option<Cow<'a, str>>,
    pub(crate) is_base64_encoded: bool,
}

/// What an event is made from, beside the exchange: the request as transforms left it.
pub(crate) struct EventParts<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a [Pair<'a>],
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) payload: Option<Payload<'a>>,
}

impl<'a> ProxyEvent<'a> {
    pub(crate) fn new(exchange: &'a Exchange<'_>, parts: EventParts<'a>) -> Self {
        let headers = EventHeaders::shared(exchange.request, parts.headers);
        let path_parameters: Vec<_> = exchange.path_parameters().collect();
        let variables = exchange.stage.variables.iter();
        let variables: Vec<_> = variables.map(|(name, value)| (&**name, &**value)).collect();
        Self {
            resource: exchange.resource.path.as_str(),
            path: exchange.event_path(),
            http_method: exchange.verb.as_str(),
            headers: SingleValueHeaders(headers.clone()),
            multi_value_headers: MultiValueHeaders(headers),
            query_string_parameters: (!parts.query.is_empty()).then_some(SingleValues(parts.query)),
            multi_value_query_string_parameters: (!parts.query.is_empty())
                .then_some(MultiValues(parts.query)),
            path_parameters: (!path_parameters.is_empty()).then_some(Entries(path_parameters)),
            stage_variables: (!variables.is_empty()).then_some(Entries(variables)),
            request_context: RequestContext::new(exchange, parts.caller),
            payload: parts.payload,
        }
    }
}

/// `requestContext` alone, as a text that may be a header: DEL is the one character that JSON lets
/// stand and a header does not.
pub(crate) fn request_context(exchange: &Exchange<'_>, caller: &Caller) -> String {
    let context = RequestContext::new(exchange, Some(caller));
    serde_json::to_string(&context).unwrap_or_default().replace('\x7f', "\\u007f")
}

/// Names and values, names unique.
struct Entries<'a>(Vec<(&'a str, &'a str)>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// `queryStringParameters`: the last value of each name, by name.
struct SingleValues<'a>(&'a [Pair<'a>]);

impl Serialize for SingleValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let grouped = grouped(self.0);
        let mut map = serializer.serialize_map(Some(grouped.len()))?;
        for (name, values) in grouped {
            map.serialize_entry(name, &values.last())?;
        }
        map.end()
    }
}

/// `multiValueQueryStringParameters`
struct MultiValues<'a>(&'a [Pair<'a>]);

impl Serialize for MultiValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(grouped(self.0))
    }
}

/// Values by name. Names are sorted together, so that many of them cost no more than sorting.
fn grouped<'p>(pairs: &'p [Pair<'_>]) -> Vec<(&'p str, Vec<&'p str>)> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|a, b| pairs[*a].0.cmp(&pairs[*b].0));
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::with_capacity(pairs.len());
    for index in order {
        let (name, value) = &pairs[index];
        match groups.last_mut() {
            Some((known, values)) if known == name => values.push(value),
            _ => groups.push((name, vec![value])),
        }
    }
    groups
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<AuthorizerContext<'a>>,
    deployment_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    extended_request_id: &'a str,
    http_method: &'a str,
    identity: Identity<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_canary_request: Option<bool>,
    path: &'a str,
    protocol: &'a str,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: u64,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
}

impl<'a> RequestContext<'a> {
    fn new(exchange: &'a Exchange<'_>, caller: Option<&'a Caller>) -> Self {
        let request = exchange.request;
        let deployment = &exchange.stage.deployment;
        Self {
            account_id: exchange.snapshot.account().as_str(),
            api_id: deployment.api().id.as_str(),
            authorizer: caller.and_then(AuthorizerContext::new),
            deployment_id: deployment.id().as_str(),
            domain_name: request.host(),
            domain_prefix: domain_prefix(request.host()),
            extended_request_id: request.extended_request_id(),
            http_method: exchange.verb.as_str(),
            identity: Identity::new(exchange, caller),
            is_canary_request: exchange.stage.is_canary(),
            path: exchange.context_path,
            protocol: request.protocol(),
            request_id: request.request_id(),
            request_time: request_time(request.time_epoch_millis),
            request_time_epoch: request.time_epoch_millis,
            resource_id: exchange.resource.id.as_str(),
            resource_path: exchange.resource.path.as_str(),
            stage: exchange.stage.name.as_str(),
        }
    }
}

/// Null where it is of AWS identities, and nobody signed.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    access_key: Option<&'a str>,
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a str>,
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_cert: Option<ClientCert<'a>>,
    cognito_authentication_provider: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    cognito_identity_pool_id: Option<&'a str>,
    principal_org_id: Option<&'a str>,
    source_ip: String,
    user: Option<&'a str>,
    user_agent: Option<&'a str>,
    user_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpce_id: Option<&'a str>,
}

/// `identity.clientCert`
#[derive(Serialize)]
struct ClientCert<'a> {
    #[serde(rename = "clientCertPem")]
    pem: &'a str,
    #[serde(rename = "issuerDN")]
    issuer_dn: &'a str,
    #[serde(rename = "serialNumber")]
    serial_number: &'a str,
    #[serde(rename = "subjectDN")]
    subject_dn: &'a str,
    validity: Validity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Validity<'a> {
    not_after: &'a str,
    not_before: &'a str,
}

impl<'a> ClientCert<'a> {
    fn new(certificate: &'a PeerCertificate) -> Self {
        Self {
            pem: &certificate.pem,
            issuer_dn: &certificate.issuer_dn,
            serial_number: &certificate.serial_number,
            subject_dn: &certificate.subject_dn,
            validity: Validity {
                not_after: &certificate.not_after,
                not_before: &certificate.not_before,
            },
        }
    }
}

impl<'a> Identity<'a> {
    fn new(exchange: &'a Exchange<'_>, caller: Option<&'a Caller>) -> Self {
        let signer = caller.and_then(Caller::signer);
        let identity = signer.map(|signer| &*signer.identity);
        let endpoint = exchange.request.vpc_endpoint();
        let id = identity.map(|identity| identity.id.as_str());
        Self {
            access_key: signer.map(|signer| signer.access_key_id.as_str()),
            account_id: identity.map(|identity| identity.account.as_str()),
            api_key: exchange.api_key(caller),
            api_key_id: caller.and_then(Caller::api_key_id),
            caller: id,
            client_cert: exchange.peer_certificate.map(ClientCert::new),
            source_ip: exchange.request.source_ip.to_string(),
            user: id,
            user_agent: exchange.request.header(&USER_AGENT),
            user_arn: identity.map(|identity| identity.arn.as_str()),
            vpc_id: endpoint.and_then(|endpoint| endpoint.vpc.as_deref()),
            vpce_id: endpoint.map(|endpoint| endpoint.id.as_str()),
            ..Self::default()
        }
    }
}

/// `requestContext.authorizer`
enum AuthorizerContext<'a> {
    /// What the authorizer said, as text.
    Decision {
        principal_id: &'a str,
        integration_latency_millis: u64,
        entries: &'a [(String, String)],
    },
    /// What the token claims.
    Token(&'a VerifiedToken),
}

impl<'a> AuthorizerContext<'a> {
    fn new(caller: &'a Caller) -> Option<Self> {
        if let Some(token) = caller.token() {
            return Some(Self::Token(token));
        }
        let latency = caller.authorizer_latency()?.as_millis();
        Some(Self::Decision {
            principal_id: caller.principal_id()?,
            integration_latency_millis: u64::try_from(latency).unwrap_or(u64::MAX),
            entries: caller.context(),
        })
    }
}

impl Serialize for AuthorizerContext<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Decision { principal_id, integration_latency_millis, entries } => {
                let mut map = serializer.serialize_map(Some(entries.len() + 2))?;
                for (name, value) in *entries {
                    map.serialize_entry(name, value)?;
                }
                map.serialize_entry("principalId", principal_id)?;
                map.serialize_entry("integrationLatency", integration_latency_millis)?;
                map.end()
            }
            Self::Token(token) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("claims", &Entries(token.claims().collect()))?;
                map.end()
            }
        }
    }
}
