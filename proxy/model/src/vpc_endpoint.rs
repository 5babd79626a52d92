//! Interface endpoints of VPCs for `execute-api`: the only places where private APIs answer.
//!
//! Source: API Gateway Developer Guide, "Private REST APIs in API Gateway".

use policy::{Decision, InvalidPolicy, Policy, Request};

use crate::InvalidName;

/// An endpoint: here, a listener that is declared to be one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VpcEndpoint {
    /// `aws:SourceVpce`: `vpce-...`
    pub id: String,
    /// `aws:SourceVpc`: `vpc-...`; none if nobody says.
    pub vpc: Option<String>,
}

impl VpcEndpoint {
    /// By the ids of an endpoint and of the VPC that it is in, if that is known.
    ///
    /// # Errors
    /// Which of them is none.
    pub fn parse(id: &str, vpc: Option<&str>) -> Result<Self, InvalidName> {
        let is_id = |text: &str, prefix| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            text.strip_prefix(prefix)
                .is_some_and(|rest| (1..=32).contains(&rest.len()) && rest.bytes().all(allowed))
        };
        if !is_id(id, "vpce-") {
            return Err(InvalidName::new("vpce- and 1-32 of [a-z0-9]", id));
        }
        if let Some(vpc) = vpc.filter(|vpc| !is_id(vpc, "vpc-")) {
            return Err(InvalidName::new("vpc- and 1-32 of [a-z0-9]", vpc));
        }
        Ok(Self { id: id.to_owned(), vpc: vpc.map(str::to_owned) })
    }
}

/// Who may call what through an endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndpointPolicy(Policy);

impl EndpointPolicy {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(document: &str) -> Result<Self, InvalidPolicy> {
        Policy::parse_endpoint(document).map(Self)
    }

    /// What it alone says of a call.
    pub fn evaluate(&self, request: &Request<'_>) -> Decision {
        self.0.evaluate(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_what_they_are_of() {
        assert!(VpcEndpoint::parse("vpce-0a1b", Some("vpc-1")).is_ok());
        for (id, vpc) in [
            ("vpc-1", "vpc-1"),
            ("vpce-", "vpc-1"),
            ("vpce-A", "vpc-1"),
            ("vpce-1", "vpce-1"),
            ("vpce-1", ""),
        ] {
            assert!(VpcEndpoint::parse(id, Some(vpc)).is_err(), "{id} {vpc}");
        }
    }
}
