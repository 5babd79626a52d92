//! What leads requests of a domain name to its APIs: base path mappings, routing rules, or both.
//!
//! The two APIs have names of their own for the same: mappings are called API mappings in the second.

use serde::{Deserialize, Serialize};

/// `routingMode`, by its names in the first API.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum RoutingMode {
    #[default]
    #[serde(rename = "BASE_PATH_MAPPING_ONLY", alias = "API_MAPPING_ONLY")]
    MappingsOnly,
    #[serde(rename = "ROUTING_RULE_ONLY")]
    RulesOnly,
    #[serde(
        rename = "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
        alias = "ROUTING_RULE_THEN_API_MAPPING"
    )]
    RulesThenMappings,
}

impl RoutingMode {
    /// Its name in the second API.
    pub(crate) fn name_v2(self) -> &'static str {
        match self {
            Self::MappingsOnly => "API_MAPPING_ONLY",
            Self::RulesOnly => "ROUTING_RULE_ONLY",
            Self::RulesThenMappings => "ROUTING_RULE_THEN_API_MAPPING",
        }
    }
}
