//! `jwtConfiguration` of an authorizer: whose tokens, for whom, and how they are signed.

use model::{Backends, ExpectedClaim, JwtAuthorizer};
use serde::{Deserialize, Serialize};

use crate::input::shown;
use crate::refusal::Refusal;

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
    pub(crate) fn check(&self, backends: &Backends) -> Result<(), Refusal> {
        check_count("issuers", self.issuers.len())?;
        check_count("defaultAlgorithms", self.default_algorithms.len())?;
        self.issuers.iter().try_for_each(|issuer| issuer.check(backends))
    }
}

impl JwtIssuer {
    fn check(&self, backends: &Backends) -> Result<(), Refusal> {
        check_count("audiences", self.audiences.len())?;
        if let Err(problem) = backends.issuer(&self.issuer, None) {
            return Err(Refusal::bad_request(format!("Invalid issuer: it {problem}")));
        }
        if JwtAuthorizer::ENTRIES_MAX < self.additional_claims.len() {
            return Err(count_refusal("additionalClaims"));
        }
        for claim in &self.additional_claims {
            let name = claim.claim_name.as_str();
            if name.is_empty() || ExpectedClaim::RESERVED.contains(&name) {
                return Err(Refusal::bad_request(format!(
                    "Invalid claimName: {}; it must be one that is none of {}",
                    shown(name),
                    ExpectedClaim::RESERVED.join(", ")
                )));
            }
            if JwtAuthorizer::ENTRIES_MAX < claim.expected_values.len() {
                return Err(count_refusal("expectedValues"));
            }
        }
        Ok(())
    }
}

fn check_count(name: &str, count: usize) -> Result<(), Refusal> {
    if (1..=JwtAuthorizer::ENTRIES_MAX).contains(&count) {
        Ok(())
    } else {
        Err(count_refusal(name))
    }
}

fn count_refusal(name: &str) -> Refusal {
    let max = JwtAuthorizer::ENTRIES_MAX;
    Refusal::bad_request(format!("Invalid {name}: there must be 1 to {max}"))
}
