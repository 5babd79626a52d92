//! `--listener`: addresses where requests come in, and what their connections are.

use std::net::SocketAddr;
use std::sync::Arc;

use model::{AddressRange, EndpointType, PublicEndpoint, VpcEndpoint};

use crate::arrival::ArrivalEndpoint;
use crate::endpoint_policy_file::EndpointPolicyFile;
use crate::file_certificate::CertificateFiles;
use crate::followed_file::Followed;

/// An address, and what is declared of it.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    /// None in clear text.
    pub(crate) tls: Option<CertificateFiles>,
    /// What its connections come to, and where policies are.
    pub(crate) endpoint: ListenerEndpoint<EndpointPolicyFile>,
    /// Where connections come from that begin with a header of the PROXY protocol, which is believed; nobody else is let
    /// in. None: there are no headers.
    pub(crate) trusted_proxies: Option<Vec<AddressRange>>,
}

/// What the connections of a listener come to.
#[derive(Clone, Debug)]
pub(crate) enum ListenerEndpoint<P> {
    /// One place that is in no VPC.
    Public(PublicEndpoint),
    /// Endpoints of VPCs.
    Vpc {
        named: NamedEndpoint,
        /// Who may call what through any of them; none: everybody everything.
        policy: Option<P>,
    },
}

/// Which endpoint of a VPC connections come to.
#[derive(Clone, Debug)]
pub(crate) enum NamedEndpoint {
    /// This one.
    One(Arc<VpcEndpoint>),
    /// That which the header of the PROXY protocol names.
    Told {
        /// The VPC that all of them are in, if it is known.
        vpc: Option<String>,
    },
}

impl NamedEndpoint {
    /// The endpoint of a connection, of which a trusted proxy names this one.
    fn of(&self, told: Option<&str>) -> Result<Arc<VpcEndpoint>, String> {
        match (self, told) {
            (Self::One(endpoint), None) => Ok(Arc::clone(endpoint)),
            (Self::One(endpoint), Some(id)) if id == endpoint.id => Ok(Arc::clone(endpoint)),
            (Self::One(_), Some(id)) => Err(format!("it came through another endpoint: {id:?}")),
            (Self::Told { .. }, None) => Err("the header names no endpoint of a VPC".to_owned()),
            (Self::Told { vpc }, Some(id)) => {
                let endpoint = VpcEndpoint::parse(id, vpc.as_deref());
                endpoint.map(Arc::new).map_err(|error| error.to_string())
            }
        }
    }
}

impl<P> ListenerEndpoint<P> {
    /// What they come to that is in no VPC.
    pub(crate) fn public(&self) -> Option<PublicEndpoint> {
        match self {
            Self::Public(public) => Some(*public),
            Self::Vpc { .. } => None,
        }
    }

    /// The same with policies that are read from where they are.
    pub(crate) fn with_policies<Q, E>(
        self,
        read: impl FnOnce(P) -> Result<Q, E>,
    ) -> Result<ListenerEndpoint<Q>, E> {
        Ok(match self {
            Self::Public(public) => ListenerEndpoint::Public(public),
            Self::Vpc { named, policy } => {
                ListenerEndpoint::Vpc { named, policy: policy.map(read).transpose()? }
            }
        })
    }
}

impl ListenerEndpoint<Arc<Followed<EndpointPolicyFile>>> {
    /// What a connection came to, of which a trusted proxy names this endpoint of a VPC.
    ///
    /// # Errors
    /// Why the connection cannot be one of these.
    pub(crate) fn of(&self, told: Option<&str>) -> Result<ArrivalEndpoint, String> {
        Ok(match self {
            Self::Public(public) => ArrivalEndpoint::Public(*public),
            Self::Vpc { named, policy } => {
                ArrivalEndpoint::Vpc { endpoint: named.of(told)?, policy: policy.clone() }
            }
        })
    }
}

/// `vpcEndpoint=*`: the one that a proxy names.
const TOLD: &str = "*";

/// What may be said of an address, each once but for sources.
#[derive(Default)]
struct Settings<'t> {
    endpoint_type: Option<&'t str>,
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
                "endpointType" => &mut settings.endpoint_type,
                "policy" => &mut settings.policy,
                "tlsCertificate" => &mut settings.tls_certificate,
                "tlsKey" => &mut settings.tls_key,
                "vpc" => &mut settings.vpc,
                "vpcEndpoint" => &mut settings.vpc_endpoint,
                _ => {
                    return Err(format!(
                        "has no setting {name:?}; there are endpointType, policy, tlsCertificate, tlsKey, trustedProxies, vpc, vpcEndpoint"
                    ));
                }
            };
            if value.is_empty() || setting.replace(value).is_some() {
                return Err(format!("must have one value of {name}, as {name}=VALUE"));
            }
        }
        Ok(settings)
    }

    /// What connections come to, where proxies may tell more of it.
    fn endpoint(&self, is_told: bool) -> Result<ListenerEndpoint<EndpointPolicyFile>, String> {
        let named = match (self.vpc_endpoint, self.vpc) {
            (None, None) => {
                if self.policy.is_some() {
                    return Err("must have vpcEndpoint, whose policy it is".to_owned());
                }
                return self.public().map(ListenerEndpoint::Public);
            }
            (Some(TOLD), vpc) if is_told => {
                // Which is told is none that is known now: this is of the VPC.
                VpcEndpoint::parse("vpce-1", vpc).map_err(|error| error.to_string())?;
                NamedEndpoint::Told { vpc: vpc.map(str::to_owned) }
            }
            (Some(TOLD), _) => {
                return Err("must have trustedProxies, who tell which endpoint * is".to_owned());
            }
            (Some(id), Some(vpc)) => {
                let endpoint = VpcEndpoint::parse(id, Some(vpc));
                NamedEndpoint::One(Arc::new(endpoint.map_err(|error| error.to_string())?))
            }
            _ => return Err("must have vpcEndpoint and vpc, or neither".to_owned()),
        };
        if self.endpoint_type.is_some() {
            return Err("must have endpointType or vpcEndpoint, not both: at the endpoint of a VPC private APIs answer, and no others".to_owned());
        }
        let policy = self.policy.map(|file| EndpointPolicyFile(file.into()));
        Ok(ListenerEndpoint::Vpc { named, policy })
    }

    /// `endpointType`, of what is in no VPC.
    fn public(&self) -> Result<PublicEndpoint, String> {
        let Some(text) = self.endpoint_type else { return Ok(PublicEndpoint::Any) };
        match EndpointType::parse(text) {
            Some(EndpointType::Edge) => Ok(PublicEndpoint::Edge),
            Some(EndpointType::Regional) => Ok(PublicEndpoint::Regional),
            Some(EndpointType::Private) => {
                Err("must have vpcEndpoint and vpc in place of endpointType=PRIVATE".to_owned())
            }
            None => {
                Err(format!("must have endpointType=EDGE or endpointType=REGIONAL, got {text:?}"))
            }
        }
    }
}

impl Listener {
    /// Reads one: `ADDR,tlsCertificate=FILE,tlsKey=FILE,vpcEndpoint=vpce-ID,vpc=vpc-ID,trustedProxies=RANGE`,
    /// `ADDR,endpointType=EDGE`.
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
        let endpoint = settings.endpoint(trusted_proxies.is_some())?;
        Ok(Self { address, tls, endpoint, trusted_proxies })
    }

    /// One for all, of which nothing is declared.
    pub(crate) fn plain(address: SocketAddr, tls: Option<CertificateFiles>) -> Self {
        let endpoint = ListenerEndpoint::Public(PublicEndpoint::Any);
        Self { address, tls, endpoint, trusted_proxies: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a connection came to, of which a proxy tells this.
    fn came_to(
        endpoint: ListenerEndpoint<EndpointPolicyFile>,
        told: Option<&str>,
    ) -> Result<String, String> {
        let endpoint = endpoint.with_policies(|file| Err(format!("{file:?} is not read")));
        Ok(match endpoint?.of(told)? {
            ArrivalEndpoint::Public(public) => format!("{public:?}"),
            ArrivalEndpoint::Vpc { endpoint, .. } => {
                format!("{} {}", endpoint.id, endpoint.vpc.as_deref().unwrap_or("-"))
            }
        })
    }

    #[test]
    fn a_listener_is_what_is_said_of_it() {
        let text =
            "127.0.0.1:8443,vpc=vpc-1,vpcEndpoint=vpce-1,tlsCertificate=/a/c.pem,tlsKey=k.pem";
        let listener = Listener::parse(text).unwrap();
        assert_eq!(came_to(listener.endpoint, None).unwrap(), "vpce-1 vpc-1");
        let tls = listener.tls.unwrap();
        assert_eq!((tls.chain.to_str(), tls.key.to_str()), (Some("/a/c.pem"), Some("k.pem")));
        let plain = Listener::parse("[::1]:8081").unwrap();
        assert!(plain.tls.is_none() && plain.trusted_proxies.is_none());
        assert_eq!(came_to(plain.endpoint, Some("vpce-1")).unwrap(), "Any");
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
            came_to(Listener::parse(&text).unwrap().endpoint, told)
        };
        assert_eq!(of("vpcEndpoint=*", Some("vpce-1")).unwrap(), "vpce-1 -");
        assert_eq!(of("vpcEndpoint=*,vpc=vpc-1", Some("vpce-2")).unwrap(), "vpce-2 vpc-1");
        assert_eq!(of("vpcEndpoint=vpce-1,vpc=vpc-1", None).unwrap(), "vpce-1 vpc-1");
        for (settings, told) in [
            ("vpcEndpoint=*", None),
            ("vpcEndpoint=*", Some("x")),
            ("vpcEndpoint=vpce-1,vpc=vpc-1", Some("vpce-2")),
        ] {
            assert!(of(settings, told).is_err(), "{settings} {told:?}");
        }
    }

    #[test]
    fn a_listener_is_for_one_type_of_endpoints_or_both() {
        for (settings, expected) in [
            ("", "Any"),
            (",endpointType=EDGE", "Edge"),
            (",endpointType=REGIONAL,trustedProxies=10.0.0.0/8", "Regional"),
        ] {
            let listener = Listener::parse(&format!("127.0.0.1:8081{settings}")).unwrap();
            assert_eq!(came_to(listener.endpoint, None).unwrap(), expected);
        }
        for (settings, reason) in [
            ("endpointType=PRIVATE", "must have vpcEndpoint and vpc in place of"),
            ("endpointType=edge", "got \"edge\""),
            ("endpointType=EDGE,endpointType=REGIONAL", "one value of endpointType"),
            ("endpointType=EDGE,vpcEndpoint=vpce-1,vpc=vpc-1", "endpointType or vpcEndpoint"),
            ("endpointType=EDGE,policy=x", "must have vpcEndpoint, whose policy"),
        ] {
            let refused = Listener::parse(&format!("127.0.0.1:8081,{settings}")).unwrap_err();
            assert!(refused.contains(reason), "{settings}: {refused}");
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
