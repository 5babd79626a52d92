//! `--listener`: addresses that are endpoints of VPCs, where private APIs answer.

use std::net::SocketAddr;
use std::sync::Arc;

use model::VpcEndpoint;

/// An address in clear text, and which endpoint it is.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) endpoint: Arc<VpcEndpoint>,
}

impl Listener {
    /// Reads one: `ADDR,vpcEndpoint=vpce-ID,vpc=vpc-ID`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let address = parts.next().unwrap_or_default();
        let parsed = address.parse();
        let address =
            parsed.map_err(|_| format!("must begin with ADDRESS:PORT, got {address:?}"))?;
        let (mut id, mut vpc) = (None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("vpcEndpoint", value)) if id.is_none() => id = Some(value),
                Some(("vpc", value)) if vpc.is_none() => vpc = Some(value),
                _ => {
                    let name = part.split('=').next().unwrap_or_default();
                    return Err(format!(
                        "has no setting {name:?}, or has it twice; there are vpcEndpoint and vpc"
                    ));
                }
            }
        }
        let (Some(id), Some(vpc)) = (id, vpc) else {
            return Err(
                "must say vpcEndpoint=vpce-ID and vpc=vpc-ID: it serves private APIs".into()
            );
        };
        let endpoint = VpcEndpoint::parse(id, vpc).map_err(|error| error.to_string())?;
        Ok(Self { address, endpoint: Arc::new(endpoint) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "8081,vpcEndpoint=vpce-1,vpc=vpc-1",
            "127.0.0.1:8081",
            "127.0.0.1:8081,vpcEndpoint=vpce-1",
            "127.0.0.1:8081,vpcEndpoint=1,vpc=vpc-1",
            "127.0.0.1:8081,vpcEndpoint=vpce-1,vpc=vpc-1,vpc=vpc-2",
            "127.0.0.1:8081,vpcEndpoint=vpce-1,vpc=vpc-1,tls=x",
        ] {
            assert!(Listener::parse(text).is_err(), "{text}");
        }
    }
}
