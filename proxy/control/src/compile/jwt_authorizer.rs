//! Authorizers that believe tokens of an issuer, compiled.

use std::sync::Arc;

use http::HeaderName;
use jwt::Algorithm;
use model::{
    AuthorizerId, Backends, ExpectedClaim, JwtAuthorization, JwtAuthorizer, JwtAuthorizerKind,
    MethodAuthorization, TrustedIssuer,
};

use super::{Problem, Scope, header_source, ttl};
use crate::authorizer::Authorizer;
use crate::jwt_configuration::{JwtConfiguration, JwtIssuer};
use crate::method::Method;

/// Where tokens are if an authorizer does not say.
const SOURCE_DEFAULT: &str = "method.request.header.Authorization";

impl Scope<'_> {
    /// What a method with such an authorizer asks of a caller; none if it has another.
    pub(super) fn jwt_authorization(
        &mut self,
        method: &Method,
    ) -> Option<Result<MethodAuthorization, Problem>> {
        let id = method.authorizer_id.as_deref()?;
        let mut all = self.picture.authorizers.iter();
        let authorizer = all.find(|authorizer| authorizer.id == id && !authorizer.is_lambda())?;
        let compiled = match self.jwt_authorizers.get(id) {
            Some(compiled) => Ok(Arc::clone(compiled)),
            None => self.jwt_authorizer(authorizer),
        };
        let compiled = compiled
            .map_err(|problem| format!("has the authorizer {} that {problem}", authorizer.name));
        let scopes = method.authorization_scopes.clone().unwrap_or_default();
        Some(
            compiled.map(|authorizer| {
                MethodAuthorization::Jwt(JwtAuthorization { authorizer, scopes })
            }),
        )
    }

    fn jwt_authorizer(&mut self, authorizer: &Authorizer) -> Result<Arc<JwtAuthorizer>, Problem> {
        let source = authorizer.identity_source.as_deref().filter(|source| !source.is_empty());
        let header: HeaderName = header_source(source.unwrap_or(SOURCE_DEFAULT))?;
        let kind = match &authorizer.jwt_configuration {
            Some(configuration) => issuers(configuration, self.backends)?,
            None => self.user_pools(authorizer)?,
        };
        let id = AuthorizerId::parse(&authorizer.id).map_err(|error| error.to_string())?;
        let compiled = Arc::new(JwtAuthorizer { id, name: authorizer.name.clone(), header, kind });
        self.jwt_authorizers.insert(authorizer.id.clone(), Arc::clone(&compiled));
        Ok(compiled)
    }

    fn user_pools(&mut self, authorizer: &Authorizer) -> Result<JwtAuthorizerKind, Problem> {
        let arns = authorizer.provider_arns.iter().flatten();
        let pools = arns.map(|arn| model::user_pool(arn, &self.backends.user_pools));
        let pools = pools.collect::<Result<_, _>>()?;
        Ok(JwtAuthorizerKind::UserPools {
            pools,
            audience: self.validation(authorizer)?,
            ttl: ttl(authorizer)?,
        })
    }
}

fn issuers(
    configuration: &JwtConfiguration,
    backends: &Backends,
) -> Result<JwtAuthorizerKind, Problem> {
    let algorithms = configuration.default_algorithms.iter().map(|name| {
        let algorithm = Algorithm::parse(name);
        algorithm.ok_or_else(|| format!("takes {name}, which is not supported by this gateway"))
    });
    let issuers = configuration.issuers.iter().map(|issuer| trusted(issuer, backends));
    Ok(JwtAuthorizerKind::Issuers {
        algorithms: algorithms.collect::<Result<_, _>>()?,
        issuers: issuers.collect::<Result<_, _>>()?,
    })
}

fn trusted(issuer: &JwtIssuer, backends: &Backends) -> Result<TrustedIssuer, Problem> {
    let claims = issuer.additional_claims.iter().map(|claim| ExpectedClaim {
        name: claim.claim_name.clone(),
        is_required: claim.required,
        values: claim.expected_values.clone(),
    });
    let named = backends.issuer(&issuer.issuer, None);
    Ok(TrustedIssuer {
        issuer: Arc::new(named.map_err(|problem| format!("has an issuer that {problem}"))?),
        audiences: issuer.audiences.clone(),
        claims: claims.collect(),
    })
}
