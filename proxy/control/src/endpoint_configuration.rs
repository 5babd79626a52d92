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

impl EndpointConfiguration {
    /// The one type, once it is checked that there is one. Before that, one that has several is private if that is one
    /// of them; documents that are older than the types have none.
    pub(crate) fn endpoint_type(&self) -> EndpointType {
        let has = |wanted| self.found().any(|found| found == Some(wanted));
        [EndpointType::Private, EndpointType::Edge]
            .into_iter()
            .find(|wanted| has(*wanted))
            .unwrap_or(EndpointType::Regional)
    }

    fn found(&self) -> impl Iterator<Item = Option<EndpointType>> {
        self.types.iter().flatten().map(|text| EndpointType::parse(text))
    }

    pub(crate) fn fill_defaults(&mut self) {
        self.types.get_or_insert_with(|| vec!["EDGE".to_owned()]);
        let address_type = if self.is_private() { "dualstack" } else { "ipv4" };
        self.ip_address_type.get_or_insert_with(|| address_type.to_owned());
    }

    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let refusal = match self.found().collect::<Option<Vec<_>>>().as_deref() {
            Some([]) => "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
            None => "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
            Some([_]) => return self.check_address_type(),
            Some(_) => "Cannot create an api with multiple Endpoint Types.",
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
        if before.is_private() && self.is_edge() {
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
        self.endpoint_type() == EndpointType::Edge
    }

    pub(crate) fn is_private(&self) -> bool {
        self.endpoint_type() == EndpointType::Private
    }
}
