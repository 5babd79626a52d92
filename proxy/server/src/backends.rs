//! Arguments that say where this machine has what APIs name.

use std::sync::Arc;

use anyhow::anyhow;
use model::{Backends, Issuer, ServiceEndpoint, ServiceKey, UpstreamTarget};

use crate::arguments::Node;

/// `NAME=URL`: where a VPC link leads.
#[derive(Clone, Debug)]
pub(crate) struct VpcLink {
    name: String,
    target: Arc<UpstreamTarget>,
}

impl VpcLink {
    /// Reads one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, url) = named(text)?;
        Ok(Self { name, target: Arc::new(target(url)?) })
    }
}

/// `NAME=URL`, with an access key after it: where a service of AWS is.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    name: String,
    endpoint: ServiceEndpoint,
}

impl Service {
    /// Reads one: `s3=http://127.0.0.1:9000,access-key-id=ID,secret-access-key-file=FILE`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, rest) = named(text)?;
        let mut parts = rest.split(',');
        let target = Arc::new(target(parts.next().unwrap_or_default())?);
        let (mut id, mut secret, mut session_token) = (None, None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("access-key-id", value)) => id = Some(value.to_owned()),
                Some(("secret-access-key", value)) => secret = Some(value.to_owned()),
                Some(("secret-access-key-file", file)) => secret = Some(read_secret(file)?),
                Some(("session-token", value)) => session_token = Some(value.to_owned()),
                Some(("session-token-file", file)) => session_token = Some(read_secret(file)?),
                _ => {
                    return Err(format!(
                        "has no setting {:?}; there are access-key-id, secret-access-key, \
                         secret-access-key-file, session-token, session-token-file",
                        part.split('=').next().unwrap_or_default()
                    ));
                }
            }
        }
        let key = match (id, secret) {
            (Some(access_key_id), Some(secret_access_key)) => {
                ServiceKey { access_key_id, secret_access_key, session_token }
            }
            (None, None) if session_token.is_none() => ServiceKey::default(),
            _ => return Err("must have an access key and its secret, or neither".to_owned()),
        };
        Ok(Self { name, endpoint: ServiceEndpoint { target, key: Arc::new(key) } })
    }
}

/// `ID=ISSUER`, with the address of its keys after it: whose tokens those of a user pool are.
#[derive(Clone, Debug)]
pub(crate) struct UserPool {
    id: String,
    issuer: String,
    jwks_uri: Option<String>,
}

impl UserPool {
    /// Reads one: `us-east-1_A=https://issuer.example,jwks-uri=https://issuer.example/keys`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (id, rest) = named(text)?;
        let (name, jwks_uri) = match rest.split_once(',') {
            None => (rest, None),
            Some((name, setting)) => match setting.strip_prefix("jwks-uri=") {
                Some(uri) => (name, Some(uri)),
                None => {
                    let setting = setting.split('=').next().unwrap_or_default();
                    return Err(format!("has no setting {setting:?}; there is jwks-uri"));
                }
            },
        };
        // Whether it may be in clear text, another argument says.
        Issuer::in_clear_text(name, jwks_uri)?;
        Ok(Self { id, issuer: name.to_owned(), jwks_uri: jwks_uri.map(str::to_owned) })
    }
}

fn read_secret(file: &str) -> Result<String, String> {
    let read = std::fs::read_to_string(file);
    let text =
        read.map_err(|error| format!("names the file {file}, which cannot be read: {error}"))?;
    Ok(text.trim_end().to_owned())
}

/// A name, and what is said of it.
fn named(text: &str) -> Result<(String, &str), String> {
    match text.split_once('=') {
        Some((name, rest)) if !name.is_empty() => Ok((name.to_owned(), rest)),
        _ => Err("must be NAME=URL".to_owned()),
    }
}

fn target(url: &str) -> Result<UpstreamTarget, String> {
    let target = UpstreamTarget::parse(url);
    target.ok_or_else(|| format!("must be http://HOST:PORT or https://HOST:PORT, got {url:?}"))
}

/// Of these arguments.
///
/// # Errors
/// What is wrong with one, beside others.
pub(crate) fn of(node: &Node) -> anyhow::Result<Backends> {
    let links = node.vpc_links.iter();
    let links = links.map(|link| (link.name.clone(), Arc::clone(&link.target)));
    let services = node.services.iter();
    let services = services.map(|service| (service.name.clone(), service.endpoint.clone()));
    let mut backends = Backends {
        vpc_links: Arc::new(links.collect()),
        services: Arc::new(services.collect()),
        user_pools: Arc::default(),
        insecure_issuers: Arc::new(node.insecure_issuers.iter().cloned().collect()),
    };
    let pools = node.user_pools.iter().map(|UserPool { id, issuer, jwks_uri }| {
        let issuer = backends.issuer(issuer, jwks_uri.as_deref());
        let issuer = issuer.map_err(|problem| anyhow!("the user pool {id} {problem}"))?;
        Ok((id.clone(), Arc::new(issuer)))
    });
    let pools: anyhow::Result<_> = pools.collect();
    backends.user_pools = Arc::new(pools?);
    Ok(backends)
}
