//! `--listener`: addresses where requests come in, and what their connections are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use model::{AddressRange, EndpointPolicy, VpcEndpoint};

use crate::file_certificate::CertificateFiles;

/// An address, and what is declared of it.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    /// None in clear text.
    pub(crate) tls: Option<CertificateFiles>,
    /// Which endpoint of a VPC its connections came to.
    pub(crate) endpoint: Endpoint,
    /// Where the policy of the endpoint is.
    policy: Option<PathBuf>,
    /// Where connections come from that begin with a header of the PROXY protocol, which is believed; nobody else is let
    /// in. None: there are no headers.
    pub(crate) trusted_proxies: Option<Vec<AddressRange>>,
}

/// Whether connections come to an endpoint of a VPC, where private APIs answer.
#[derive(Clone, Debug)]
pub(crate) enum Endpoint {
    /// They do not: the other APIs answer.
    None,
    /// To this one.
    One(Arc<VpcEndpoint>),
    /// To that which the header of the PROXY protocol names.
    Told {
        /// The VPC that all of them are in, if it is known.
        vpc: Option<String>,
        /// Who may call what through any of them.
        policy: Option<Arc<EndpointPolicy>>,
    },
}

impl Endpoint {
    /// The endpoint of a connection, of which a trusted proxy names this one.
    ///
    /// # Errors
    /// Why the connection cannot be one of these.
    pub(crate) fn of(&self, told: Option<&str>) -> Result<Option<Arc<VpcEndpoint>>, String> {
        match (self, told) {
            (Self::None, _) => Ok(None),
            (Self::One(endpoint), None) => Ok(Some(Arc::clone(endpoint))),
            (Self::One(endpoint), Some(id)) if id == endpoint.id => Ok(Some(Arc::clone(endpoint))),
            (Self::One(_), Some(id)) => Err(format!("it came through another endpoint: {id:?}")),
            (Self::Told { .. }, None) => Err("the header names no endpoint of a VPC".to_owned()),
            (Self::Told { vpc, policy }, Some(id)) => {
                let endpoint = VpcEndpoint::parse(id, vpc.as_deref());
                let endpoint = endpoint.map_err(|error| error.to_string())?;
                Ok(Some(Arc::new(endpoint.with_policy(policy.clone()))))
            }
        }
    }

    /// The same with a policy.
    fn with_policy(self, policy: EndpointPolicy) -> Self {
        let policy = Some(Arc::new(policy));
        match self {
            Self::None => Self::None,
            Self::One(endpoint) => {
                Self::One(Arc::new(Arc::unwrap_or_clone(endpoint).with_policy(policy)))
            }
            Self::Told { vpc, .. } => Self::Told { vpc, policy },
        }
    }
}

/// `vpcEndpoint=*`: the one that a proxy names.
const TOLD: &str = "*";

/// What may be said of an address, each once but for sources.
#[derive(Default)]
struct Settings<'t> {
    policy: Option<&'t str>,
    trusted_proxies: Vec<&'t str>,
    tls_certificate: Option<&'t str>,
    tls_key: Option<&'t str>,
    vpc: Option<&'t str>,
    vpc_endpoint: Option<&'t str>,
}

impl<'t> Settings<'t> {
    fn parse(parts: impl Iterator<Item = &'t str>) -> Result<Self, String> {
        let mut settings = Self::default();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let setting = match name {
                "trustedProxies" => {
                    settings.trusted_proxies.push(value);
                    continue;
                }
                "policy" => &mut settings.policy,
                "tlsCertificate" => &mut settings.tls_certificate,
                "tlsKey" => &mut settings.tls_key,
                "vpc" => &mut settings.vpc,
                "vpcEndpoint" => &mut settings.vpc_endpoint,
                _ => {
                    return Err(format!(
                        "has no setting {name:?}; there are policy, tlsCertificate, tlsKey, trustedProxies, vpc, vpcEndpoint"
                    ));
                }
            };
            if value.is_empty() || setting.replace(value).is_some() {
                return Err(format!("must have one value of {name}, as {name}=VALUE"));
            }
        }
        Ok(settings)
    }
}

impl Listener {
    /// Reads one: `ADDR,tlsCertificate=FILE,tlsKey=FILE,vpcEndpoint=vpce-ID,vpc=vpc-ID,trustedProxies=RANGE`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let address = parts.next().unwrap_or_default();
        let parsed = address.parse();
        let address =
            parsed.map_err(|_| format!("must begin with ADDRESS:PORT, got {address:?}"))?;
        let settings = Settings::parse(parts)?;
        let tls = match (settings.tls_certificate, settings.tls_key) {
            (None, None) => None,
            (Some(chain), Some(key)) => {
                Some(CertificateFiles { chain: chain.into(), key: key.into() })
            }
            _ => return Err("must have tlsCertificate and tlsKey, or neither".to_owned()),
        };
        let ranges = settings.trusted_proxies.iter().map(|text| AddressRange::parse(text));
        let ranges: Result<Vec<_>, _> = ranges.collect();
        let ranges =
            ranges.map_err(|error| format!("has trustedProxies, each of which {error}"))?;
        let trusted_proxies = Some(ranges).filter(|ranges| !ranges.is_empty());
        let endpoint = match (settings.vpc_endpoint, settings.vpc) {
            (None, None) => Endpoint::None,
            (Some(TOLD), vpc) if trusted_proxies.is_some() => {
                // Which is told is none that is known now: this is of the VPC.
                VpcEndpoint::parse("vpce-1", vpc).map_err(|error| error.to_string())?;
                Endpoint::Told { vpc: vpc.map(str::to_owned), policy: None }
            }
            (Some(TOLD), _) => {
                return Err("must have trustedProxies, who tell which endpoint * is".to_owned());
            }
            (Some(id), Some(vpc)) => {
                let endpoint = VpcEndpoint::parse(id, Some(vpc));
                Endpoint::One(Arc::new(endpoint.map_err(|error| error.to_string())?))
            }
            _ => return Err("must have vpcEndpoint and vpc, or neither".to_owned()),
        };
        if settings.policy.is_some() && matches!(endpoint, Endpoint::None) {
            return Err("must have vpcEndpoint, whose policy it is".to_owned());
        }
        let policy = settings.policy.map(PathBuf::from);
        Ok(Self { address, tls, endpoint, policy, trusted_proxies })
    }

    /// One for all, of which nothing is declared.
    pub(crate) fn plain(address: SocketAddr, tls: Option<CertificateFiles>) -> Self {
        Self { address, tls, endpoint: Endpoint::None, policy: None, trusted_proxies: None }
    }

    /// What connections came to, with its policy.
    ///
    /// # Errors
    /// Why the policy is none.
    pub(crate) fn read_endpoint(&self) -> anyhow::Result<Endpoint> {
        let endpoint = self.endpoint.clone();
        let Some(file) = &self.policy else { return Ok(endpoint) };
        let context = || format!("read the policy {} of an endpoint of a VPC", file.display());
        let text = std::fs::read_to_string(file).with_context(context)?;
        Ok(endpoint.with_policy(EndpointPolicy::parse(&text).with_context(context)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_what_is_said_of_it() {
        let text =
            "127.0.0.1:8443,vpc=vpc-1,vpcEndpoint=vpce-1,tlsCertificate=/a/c.pem,tlsKey=k.pem";
        let listener = Listener::parse(text).unwrap();
        assert_eq!(listener.endpoint.of(None).unwrap().unwrap().id, "vpce-1");
        let tls = listener.tls.unwrap();
        assert_eq!((tls.chain.to_str(), tls.key.to_str()), (Some("/a/c.pem"), Some("k.pem")));
        let plain = Listener::parse("[::1]:8081").unwrap();
        assert!(plain.tls.is_none() && plain.trusted_proxies.is_none());
        assert_eq!(plain.endpoint.of(Some("vpce-1")), Ok(None));
    }

    #[test]
    fn proxies_are_trusted_by_their_ranges() {
        let text = "127.0.0.1:8081,trustedProxies=10.0.0.0/8,trustedProxies=192.0.2.1";
        let trusted = Listener::parse(text).unwrap().trusted_proxies.unwrap();
        let is_trusted = |ip: &str| trusted.iter().any(|range| range.contains(ip.parse().unwrap()));
        assert!(is_trusted("10.1.2.3") && is_trusted("::ffff:192.0.2.1"));
        assert!(!is_trusted("192.0.2.2") && !is_trusted("::1"));
    }

    #[test]
    fn a_trusted_proxy_names_the_endpoint() {
        let of = |settings: &str, told| {
            let text = format!("127.0.0.1:8081,trustedProxies=10.0.0.0/8,{settings}");
            let endpoint = Listener::parse(&text).unwrap().endpoint.of(told)?.unwrap();
            Ok((endpoint.id.clone(), endpoint.vpc.clone()))
        };
        let found = |id: &str, vpc: Option<&str>| Ok((id.to_owned(), vpc.map(str::to_owned)));
        assert_eq!(of("vpcEndpoint=*", Some("vpce-1")), found("vpce-1", None));
        assert_eq!(of("vpcEndpoint=*,vpc=vpc-1", Some("vpce-2")), found("vpce-2", Some("vpc-1")));
        assert_eq!(of("vpcEndpoint=vpce-1,vpc=vpc-1", None), found("vpce-1", Some("vpc-1")));
        for (settings, told) in [
            ("vpcEndpoint=*", None),
            ("vpcEndpoint=*", Some("x")),
            ("vpcEndpoint=vpce-1,vpc=vpc-1", Some("vpce-2")),
        ] {
            let refused: Result<_, String> = of(settings, told);
            assert!(refused.is_err(), "{settings} {told:?}");
        }
    }

    #[test]
    fn what_is_no_listener_is_refused() {
        for text in [
            "",
            "8081,vpcEndpoint=vpce-1,vpc=vpc-1",
            "127.0.0.1:8081,vpcEndpoint=vpce-1",
            "127.0.0.1:8081,vpcEndpoint=1,vpc=vpc-1",
            "127.0.0.1:8081,vpcEndpoint=vpce-1,vpc=vpc-1,vpc=vpc-2",
            "127.0.0.1:8081,vpcEndpoint=vpce-1,vpc=vpc-1,tls=x",
            "127.0.0.1:8081,tlsCertificate=x",
            "127.0.0.1:8081,tlsCertificate=x,tlsKey=",
            "127.0.0.1:8081,policy=x",
            "127.0.0.1:8081,vpcEndpoint=*",
            "127.0.0.1:8081,vpcEndpoint=*,vpc=1,trustedProxies=10.0.0.0/8",
            "127.0.0.1:8081,trustedProxies=",
            "127.0.0.1:8081,trustedProxies=10.0.0.0/33",
            "127.0.0.1:8081,",
        ] {
            assert!(Listener::parse(text).is_err(), "{text}");
        }
    }
}
