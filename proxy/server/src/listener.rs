//! `--listener`: addresses where requests come in, and what their connections are.

use std::net::SocketAddr;
use std::sync::Arc;

use model::VpcEndpoint;

use crate::file_certificate::CertificateFiles;

/// An address, and what is declared of it.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    /// None in clear text.
    pub(crate) tls: Option<CertificateFiles>,
    /// Which endpoint of a VPC it is, where private APIs answer; none: where the others do.
    pub(crate) vpc_endpoint: Option<Arc<VpcEndpoint>>,
}

/// What may be said of an address, each once.
#[derive(Default)]
struct Settings<'t> {
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
                "tlsCertificate" => &mut settings.tls_certificate,
                "tlsKey" => &mut settings.tls_key,
                "vpc" => &mut settings.vpc,
                "vpcEndpoint" => &mut settings.vpc_endpoint,
                _ => {
                    return Err(format!(
                        "has no setting {name:?}; there are tlsCertificate, tlsKey, vpc, vpcEndpoint"
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
    /// Reads one: `ADDR,tlsCertificate=FILE,tlsKey=FILE,vpcEndpoint=vpce-ID,vpc=vpc-ID`.
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
        let vpc_endpoint = match (settings.vpc_endpoint, settings.vpc) {
            (None, None) => None,
            (Some(id), Some(vpc)) => {
                let endpoint = VpcEndpoint::parse(id, vpc).map_err(|error| error.to_string())?;
                Some(Arc::new(endpoint))
            }
            _ => return Err("must have vpcEndpoint and vpc, or neither".to_owned()),
        };
        Ok(Self { address, tls, vpc_endpoint })
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
        assert_eq!(listener.vpc_endpoint.unwrap().id, "vpce-1");
        let tls = listener.tls.unwrap();
        assert_eq!((tls.chain.to_str(), tls.key.to_str()), (Some("/a/c.pem"), Some("k.pem")));
        let plain = Listener::parse("[::1]:8081").unwrap();
        assert!(plain.tls.is_none() && plain.vpc_endpoint.is_none());
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
            "127.0.0.1:8081,",
        ] {
            assert!(Listener::parse(text).is_err(), "{text}");
        }
    }
}
