//! `jwtConfiguration` of an authorizer: whose tokens, for whom, and how they are signed.

use model::Issuer;
use serde::{Deserialize, Serialize};

use crate::input::shown;
use crate::refusal::Refusal;

/// What is checked of every token, so that it is no additional claim.
const RESERVED_CLAIMS: [&str; 7] = ["aud", "exp", "iat", "iss", "nbf", "scope", "scp"];

/// Of each list: beyond it, a configuration is a mistake.
const ENTRIES_MAX: usize = 50;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JwtConfiguration {
    pub(crate) issuers: Vec<JwtIssuer>,
    pub(crate) default_algorithms: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JwtIssuer {
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) additional_claims: Vec<AdditionalClaim>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdditionalClaim {
    pub(crate) claim_name: String,
    /// `SINGLE_STRING`
    format: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) expected_values: Vec<String>,
}

impl JwtConfiguration {
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_count("issuers", self.issuers.len())?;
        check_count("defaultAlgorithms", self.default_algorithms.len())?;
        self.issuers.iter().try_for_each(JwtIssuer::check)
    }
}

impl JwtIssuer {
    fn check(&self) -> Result<(), Refusal> {
        check_count("audiences", self.audiences.len())?;
        if let Err(problem) = Issuer::new(&self.issuer, None) {
            return Err(Refusal::bad_request(format!("Invalid issuer: it {problem}")));
        }
        if ENTRIES_MAX < self.additional_claims.len() {
            return Err(count_refusal("additionalClaims"));
        }
        for claim in &self.additional_claims {
            let name = claim.claim_name.as_str();
            if name.is_empty() || RESERVED_CLAIMS.contains(&name) {
                return Err(Refusal::bad_request(format!(
                    "Invalid claimName: {}; it must be one that is none of {}",
                    shown(name),
                    RESERVED_CLAIMS.join(", ")
                )));
            }
            if ENTRIES_MAX < claim.expected_values.len() {
                return Err(count_refusal("expectedValues"));
            }
        }
        Ok(())
    }
}

fn check_count(name: &str, count: usize) -> Result<(), Refusal> {
    if (1..=ENTRIES_MAX).contains(&count) { Ok(()) } else { Err(count_refusal(name)) }
}

fn count_refusal(name: &str) -> Refusal {
    Refusal::bad_request(format!("Invalid {name}: there must be 1 to {ENTRIES_MAX}"))
}
