//! Where APIs and domain names are reached.
//!
//! Source: API Gateway Developer Guide, "API endpoint types for REST APIs in API Gateway".

/// The one of the `types` of an `endpointConfiguration`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndpointType {
    /// `EDGE`
    Edge,
    /// `PRIVATE`: through endpoints of VPCs alone.
    Private,
    /// `REGIONAL`
    Regional,
}

impl EndpointType {
    /// By its name on AWS.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "EDGE" => Self::Edge,
            "PRIVATE" => Self::Private,
            "REGIONAL" => Self::Regional,
            _ => return None,
        })
    }
}
