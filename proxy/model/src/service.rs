//! Integrations with AWS services: what their address means as an HTTP request, and who signs it.
//!
//! `arn:aws:apigateway:{region}:{subdomain.service|service}:{path|action}/{service_api}` names a
//! service, not a server: where that is, is configuration.
//!
//! Source: API Gateway REST API Reference, "Integration.uri"; the protocols of the services as their
//! models have them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::{
    Backend, Connection, ContentHandling, HttpEndpoint, HttpVerb, IntegrationTimeout,
    RequestMapping, RequestMappings, RequestSource, RequestTarget, ResponseTransfer, Scheme,
    ServerTrust, UpstreamTarget, UriTemplate,
};

/// Where services are, by the name that addresses have for them: `sqs`.
pub type Services = HashMap<String, ServiceEndpoint>;

/// A server that speaks the protocol of a service.
#[derive(Clone, Debug)]
pub struct ServiceEndpoint {
    /// Where it is.
    pub target: Arc<UpstreamTarget>,
    /// What requests for it are signed with.
    pub key: Arc<ServiceKey>,
}

/// An access key at a service.
#[derive(Clone, Eq, PartialEq)]
pub struct ServiceKey {
    /// `AKIA...`
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of a temporary key: `X-Amz-Security-Token`.
    pub session_token: Option<String>,
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceKey").field("access_key_id", &self.access_key_id).finish()
    }
}

/// Where a key is not told: enough for servers that check no signature, and still look at what it
/// says of service and region.
impl Default for ServiceKey {
    fn default() -> Self {
        let name = || "edgeway".to_owned();
        Self { access_key_id: name(), secret_access_key: name(), session_token: None }
    }
}

/// What a request for a service is signed as.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceSignature {
    /// As signatures call it: `sqs`, and `ses` for `email`.
    pub service: String,
    /// That of the address.
    pub region: String,
    /// The node's own for the service.
    pub key: Arc<ServiceKey>,
    /// Who is said to call.
    pub credentials: ServiceCredentials,
}

/// `credentials` of an integration with a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServiceCredentials {
    /// `arn:aws:iam::*:user/*`: the request is signed with the key that signed the call.
    Caller,
    /// None: with the node's.
    Node,
    /// With the node's, if this role is there and lets it.
    Role(String),
}

/// An address, as the HTTP request that it means.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    /// At the service's server.
    pub uri: UriTemplate,
    /// The way there.
    pub connection: Connection,
    /// What the request has unless the integration says otherwise.
    pub defaults: Vec<RequestMapping>,
    /// Of the node.
    pub signature: ServiceSignature,
}

/// Services whose actions are JSON: what `X-Amz-Target` begins with, and the version of the format.
const JSON_SERVICES: &[(&str, &str, &str)] = &[
    ("athena", "AmazonAthena", "1.1"),
    ("cognito-idp", "AWSCognitoIdentityProviderService", "1.1"),
    ("dynamodb", "DynamoDB_20120810", "1.0"),
    ("ecs", "AmazonEC2ContainerServiceV20141113", "1.1"),
    ("firehose", "Firehose_20150804", "1.1"),
    ("glue", "AWSGlue", "1.1"),
    ("kinesis", "Kinesis_20131202", "1.1"),
    ("kms", "TrentService", "1.1"),
    ("logs", "Logs_20140328", "1.1"),
    ("secretsmanager", "secretsmanager", "1.1"),
    ("ssm", "AmazonSSM", "1.1"),
    ("states", "AWSStepFunctions", "1.0"),
];

/// Services whose actions are queries: the version that they are asked for in.
const QUERY_SERVICES: &[(&str, &str)] = &[
    ("autoscaling", "2011-01-01"),
    ("cloudformation", "2010-05-15"),
    ("ec2", "2016-11-15"),
    ("email", "2010-12-01"),
    ("iam", "2010-05-08"),
    ("monitoring", "2010-08-01"),
    ("rds", "2014-10-31"),
    ("sns", "2010-03-31"),
    ("sqs", "2012-11-05"),
    ("sts", "2011-06-15"),
];

const FORM: &str = "arn:aws:apigateway:{region}:{service}:path/{path} or \
     arn:aws:apigateway:{region}:{service}:action/{action}";

impl ServiceCall {
    /// Whether an address is one of a service, be it known or not, and not of a function. Region and account may
    /// be variables of CloudFormation, which have colons.
    pub fn is_address(uri: &str) -> bool {
        let Some((_, rest)) = uri.split_once(":apigateway:") else { return false };
        let end = [":path/", ":action/"].iter().filter_map(|what| rest.find(what)).min();
        let host = end.and_then(|end| rest[..end].rsplit(':').next());
        uri.starts_with("arn:") && host != Some("lambda")
    }

    /// Reads the address of a service.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub fn parse(uri: &str, services: &Services) -> Result<Self, String> {
        let shown = || uri.chars().take(200).collect::<String>();
        let wrong = || format!("must be {FORM}, got {:?}", shown());
        let parts: Vec<&str> = uri.splitn(6, ':').collect();
        let ["arn", partition, "apigateway", region, host, resource] = parts[..] else {
            return Err(wrong());
        };
        if !partition.starts_with("aws") || region.is_empty() {
            return Err(wrong());
        }
        let (subdomain, service) = match host.rsplit_once('.') {
            Some((subdomain, service)) => (Some(subdomain), service),
            None => (None, host),
        };
        let endpoint = services.get(service).ok_or_else(|| {
            format!(
                "calls the AWS service {service:?}, and this node does not know where that is; tell \
                 it: --service {service}=http://HOST:PORT"
            )
        })?;
        let request = match resource.split_once('/') {
            Some(("action", action)) => Request::of_action(service, action).ok_or_else(wrong)?,
            Some(("path", path)) => Request::of_path(path),
            _ => return Err(wrong()),
        };
        let (uri, connection) = endpoint.address(service, subdomain, &request.path_and_query);
        let uri = UriTemplate::parse(&uri).map_err(|error| error.to_string())?;
        let signature = ServiceSignature {
            service: if service == "email" { "ses" } else { service }.to_owned(),
            region: region.to_owned(),
            key: Arc::clone(&endpoint.key),
            credentials: ServiceCredentials::Node,
        };
        Ok(Self { uri, connection, defaults: request.defaults, signature })
    }
}

/// What an integration says beside its address.
pub struct ServiceSettings {
    /// `integrationHttpMethod`
    pub verb: HttpVerb,
    /// `requestParameters`: they win over what the address implies.
    pub mappings: RequestMappings,
    /// `contentHandling`
    pub content_handling: Option<ContentHandling>,
    /// `timeoutInMillis`
    pub timeout: IntegrationTimeout,
    /// `credentials`
    pub credentials: ServiceCredentials,
}

impl ServiceCall {
    /// The upstream that it is.
    pub fn into_endpoint(self, settings: ServiceSettings) -> HttpEndpoint {
        let ServiceSettings { verb, mappings, content_handling, timeout, credentials } = settings;
        let Self { uri, connection, mut defaults, signature } = self;
        let said = mappings.entries();
        defaults.retain(|default| said.iter().all(|mapping| mapping.target != default.target));
        defaults.extend(said.iter().cloned());
        HttpEndpoint {
            uri,
            connection,
            verb,
            mappings: RequestMappings::new(defaults, Backend::Aws),
            content_handling,
            timeout,
            trust: ServerTrust::Authorities,
            transfer: ResponseTransfer::Buffered,
            signature: Some(Arc::new(ServiceSignature { credentials, ..signature })),
        }
    }
}

impl ServiceEndpoint {
    /// The address of a path, and the way there. A bucket of S3 is the first segment of the path: not
    /// every server that speaks S3 has host names for them. Other subdomains are for the `Host` header.
    fn address(
        &self,
        service: &str,
        subdomain: Option<&str>,
        path_and_query: &str,
    ) -> (String, Connection) {
        let UpstreamTarget { scheme, host, port, .. } = &*self.target;
        let scheme = match scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        match subdomain {
            Some(bucket) if service == "s3" => {
                let path = format!("/{bucket}{path_and_query}");
                (format!("{scheme}://{host}:{port}{path}"), Connection::Direct)
            }
            Some(subdomain) => (
                format!("{scheme}://{subdomain}.{host}:{port}{path_and_query}"),
                Connection::Link(Arc::clone(&self.target)),
            ),
            None => (format!("{scheme}://{host}:{port}{path_and_query}"), Connection::Direct),
        }
    }
}

/// What an address asks of a service.
struct Request {
    path_and_query: String,
    defaults: Vec<RequestMapping>,
}

impl Request {
    /// The method's body and headers say the rest.
    fn of_path(path: &str) -> Self {
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self { path_and_query: format!("{slash}{path}"), defaults: Vec::new() }
    }

    /// An action by its name, with parameters after it. None without a name.
    fn of_action(service: &str, action: &str) -> Option<Self> {
        let (name, parameters) = match action.split_once(['&', '?']) {
            Some((name, parameters)) => (name, parameters),
            None => (action, ""),
        };
        if name.is_empty() {
            return None;
        }
        let json = JSON_SERVICES.iter().find(|(known, ..)| *known == service);
        if let Some((_, prefix, version)) = json {
            let separator = if parameters.is_empty() { "" } else { "?" };
            return Some(Self {
                path_and_query: format!("/{separator}{parameters}"),
                defaults: vec![
                    literal("x-amz-target", format!("{prefix}.{name}")),
                    literal("content-type", format!("application/x-amz-json-{version}")),
                ],
            });
        }
        let mut path_and_query = format!("/?Action={name}");
        let has_version = parameters.split('&').any(|pair| pair.starts_with("Version="));
        let version = QUERY_SERVICES.iter().find(|(known, _)| *known == service && !has_version);
        if let Some((_, version)) = version {
            path_and_query += &format!("&Version={version}");
        }
        if !parameters.is_empty() {
            path_and_query += &format!("&{parameters}");
        }
        let form = literal("content-type", "application/x-www-form-urlencoded".to_owned());
        Some(Self { path_and_query, defaults: vec![form] })
    }
}

fn literal(header: &'static str, value: String) -> RequestMapping {
    let target = RequestTarget::Header(http::HeaderName::from_static(header));
    RequestMapping { target, source: RequestSource::Literal(value) }
}

#[cfg(test)]
mod tests;
