//! Authorizers that believe tokens of an issuer: user pools and JWT authorizers of a REST API.
//!
//! Source: API Gateway Developer Guide, "Control access to REST APIs using Amazon Cognito user pools as an
//! authorizer"; API Gateway REST API Reference, "JwtConfiguration".

use std::sync::Arc;

use http::HeaderName;
use jwt::Algorithm;
use regex::Regex;

use crate::{AuthorizerId, AuthorizerTtl, Issuer};

/// Whose tokens let a caller in.
#[derive(Clone, Debug)]
pub struct JwtAuthorizer {
    /// Identity.
    pub id: AuthorizerId,
    /// As its owner calls it.
    pub name: String,
    /// The header that holds the token.
    pub header: HeaderName,
    /// What tokens must be.
    pub kind: JwtAuthorizerKind,
}

impl JwtAuthorizer {
    /// Of each list of its configuration: beyond it, that is a mistake.
    pub const ENTRIES_MAX: usize = 50;

    /// `defaultAlgorithms`: those that AWS takes.
    pub const ALGORITHMS: [(&'static str, Algorithm); 6] = [
        ("RS256", Algorithm::Rs256),
        ("RS384", Algorithm::Rs384),
        ("RS512", Algorithm::Rs512),
        ("ES256", Algorithm::Es256),
        ("ES384", Algorithm::Es384),
        ("ES512", Algorithm::Es512),
    ];
}

/// What the tokens of an authorizer must be.
#[derive(Clone, Debug)]
pub enum JwtAuthorizerKind {
    /// `JWT`
    Issuers {
        /// Each with what is expected of its tokens.
        issuers: Vec<TrustedIssuer>,
        /// `defaultAlgorithms`: how they may be signed.
        algorithms: Vec<Algorithm>,
    },
    /// `COGNITO_USER_POOLS`
    UserPools {
        /// Of `providerARNs`.
        pools: Vec<Arc<Issuer>>,
        /// `identityValidationExpression`: what `aud` must match in full.
        audience: Option<Regex>,
        /// How long a signature that was verified is believed.
        ttl: AuthorizerTtl,
    },
}

/// One of `jwtConfiguration.issuers`.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// Who it is.
    pub issuer: Arc<Issuer>,
    /// One of these must be the `aud` of a token or, if that has none, its `client_id`.
    pub audiences: Vec<String>,
    /// `additionalClaims`
    pub claims: Vec<ExpectedClaim>,
}

/// One of `additionalClaims`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedClaim {
    /// `claimName`
    pub name: String,
    /// Whether a token must have it.
    pub is_required: bool,
    /// `expectedValues`, if any: with case.
    pub values: Vec<String>,
}

impl ExpectedClaim {
    /// What is checked of every token, so that it is no additional claim.
    pub const RESERVED: [&str; 7] = ["aud", "exp", "iat", "iss", "nbf", "scope", "scp"];
}

/// A method's authorizer, and what it asks of a caller.
#[derive(Clone, Debug)]
pub struct JwtAuthorization {
    /// Whose tokens.
    pub authorizer: Arc<JwtAuthorizer>,
    /// `authorizationScopes`: a token must have one of them, if there are any.
    pub scopes: Vec<String>,
}
