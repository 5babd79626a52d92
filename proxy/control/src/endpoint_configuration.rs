//! Where an API or a domain name is reached from.

use model::EndpointType;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// `endpointConfiguration`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointConfiguration {
    pub(crate) types: Option<Vec<String>>,
    pub(crate) ip_address_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    vpc_endpoint_ids: Vec<String>,
}

const PRIVATE: &str = "PRIVATE";

impl EndpointConfiguration {
    pub(crate) fn endpoint_type(&self) -> EndpointType {
        match self.types.iter().flatten().any(|found| found == "EDGE") {
            true => EndpointType::Edge,
            false => EndpointType::Regional,
        }
    }

    pub(crate) fn fill_defaults(&mut self) {
        let types = self.types.get_or_insert_with(|| vec!["EDGE".to_owned()]);
        let is_private = types.iter().any(|found| found == PRIVATE);
        let address_type = if is_private { "dualstack" } else { "ipv4" };
        self.ip_address_type.get_or_insert_with(|| address_type.to_owned());
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let types = self.types.as_deref().unwrap_or_default();
        let is_known = |found: &String| ["REGIONAL", "EDGE", PRIVATE].contains(&found.as_str());
        let refusal = if types.is_empty() {
            "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."
        } else if !types.iter().all(is_known) {
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"
        } else if types.len() > 1 {
            "Cannot create an api with multiple Endpoint Types."
        } else {
            return self.check_address_type();
        };
        Err(Refusal::bad_request(refusal))
    }

    fn check_address_type(&self) -> Result<(), Refusal> {
        let is_private = self.is_private();
        match self.ip_address_type.as_deref() {
            Some("ipv4") if is_private => Err(Refusal::bad_request(
                "Only dualstack ipAddressType is supported for Private APIs.",
            )),
            Some("ipv4" | "dualstack") => Ok(()),
            _ => Err(Refusal::bad_request("ipAddressType must be either ipv4 or dualstack.")),
        }
    }

    /// After an update; AWS does not make a private API an edge-optimized one.
    pub(crate) fn check_change(&mut self, before: &Self) -> Result<(), Refusal> {
        if self.is_private() && !before.is_private() {
            self.ip_address_type = Some("dualstack".to_owned());
        }
        self.check()?;
        let becomes_edge = self.types.iter().flatten().any(|found| found == "EDGE");
        if before.is_private() && becomes_edge {
            return Err(Refusal::bad_request(
                "Cannot update endpoint from PRIVATE to EDGE. Please update to REGIONAL first.",
            ));
        }
        Ok(())
    }

    /// The same where everyone may reach it who reaches the node: its limits are those of regional ones.
    pub(crate) fn make_public(&mut self) {
        if self.is_private() {
            self.types = Some(vec!["REGIONAL".to_owned()]);
        }
    }

    pub(crate) fn is_edge(&self) -> bool {
        self.types.iter().flatten().any(|found| found == "EDGE")
    }

    pub(crate) fn is_private(&self) -> bool {
        self.types.iter().flatten().any(|found| found == PRIVATE)
    }
}
