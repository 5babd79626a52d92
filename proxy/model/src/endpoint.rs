//! What a connection came to, and what answers there.

use std::sync::Arc;

use crate::{EndpointPolicy, EndpointType, VpcEndpoint};

/// What a connection came to.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// A place that is in no VPC.
    Public(PublicEndpoint),
    /// An endpoint of a VPC, the only kind of place where what is private answers, and nothing else does.
    Vpc {
        /// Which one.
        endpoint: Arc<VpcEndpoint>,
        /// Who may call what through it; none: everybody everything.
        policy: Option<Arc<EndpointPolicy>>,
    },
}

/// A place that is in no VPC, by what it is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PublicEndpoint {
    /// Whatever is not private: nobody said more of it.
    #[default]
    Any,
    /// What is edge-optimized.
    Edge,
    /// What is regional.
    Regional,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::Public(PublicEndpoint::default())
    }
}

impl Endpoint {
    /// Whether an API of this type answers here.
    pub fn serves(&self, endpoint_type: EndpointType) -> bool {
        match self {
            Self::Public(public) => public.serves(endpoint_type),
            Self::Vpc { .. } => endpoint_type == EndpointType::Private,
        }
    }

    /// The endpoint of a VPC that it is.
    pub fn vpc(&self) -> Option<&VpcEndpoint> {
        match self {
            Self::Public(_) => None,
            Self::Vpc { endpoint, .. } => Some(endpoint),
        }
    }
}

impl PublicEndpoint {
    /// Whether an API or a domain name of this type answers here.
    pub fn serves(self, endpoint_type: EndpointType) -> bool {
        match (self, endpoint_type) {
            (_, EndpointType::Private)
            | (Self::Edge, EndpointType::Regional)
            | (Self::Regional, EndpointType::Edge) => false,
            (Self::Any, EndpointType::Edge | EndpointType::Regional)
            | (Self::Edge, EndpointType::Edge)
            | (Self::Regional, EndpointType::Regional) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_serves_what_it_is_for() {
        use EndpointType::{Edge, Private, Regional};
        let vpc = VpcEndpoint::parse("vpce-1", Some("vpc-1")).unwrap();
        let vpc = Endpoint::Vpc { endpoint: Arc::new(vpc), policy: None };
        for (endpoint, served) in [
            (Endpoint::default(), &[Edge, Regional][..]),
            (Endpoint::Public(PublicEndpoint::Edge), &[Edge]),
            (Endpoint::Public(PublicEndpoint::Regional), &[Regional]),
            (vpc, &[Private]),
        ] {
            for endpoint_type in [Edge, Private, Regional] {
                let expected = served.contains(&endpoint_type);
                assert_eq!(endpoint.serves(endpoint_type), expected, "{endpoint:?}");
            }
        }
    }
}
