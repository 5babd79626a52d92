//! `x-amazon-apigateway-authorizer` of type `cognito_user_pools`.
//!
//! Source: API Gateway Developer Guide, "Integrate a REST API with an Amazon Cognito user pool".

use std::sync::Arc;

use model::{Issuer, JwtAuthorizerKind};

use crate::authorizer;
use crate::document::Scope;
use crate::node::{Object, all};

/// Reads whose tokens let in.
pub(crate) fn kind(object: &Object<'_>, scope: &Scope<'_>) -> Option<JwtAuthorizerKind> {
    if let Some(node) = object.get("authorizerUri") {
        node.report("is for token and request authorizers; remove it, no function is called");
    }
    let audience = object.optional("identityValidationExpression", None, |node| {
        authorizer::validation(node, scope).map(Some)
    });
    let (pools, ttl) = (pools(object, scope), authorizer::ttl(object));
    Some(JwtAuthorizerKind::UserPools { pools: pools?, audience: audience?, ttl: ttl? })
}

fn pools(object: &Object<'_>, scope: &Scope<'_>) -> Option<Vec<Arc<Issuer>>> {
    let node = object.required("providerARNs", "write a list of ARNs of user pools")?;
    let arns = node.list()?;
    if arns.is_empty() {
        node.report("must name a user pool; write the ARN of one");
        return None;
    }
    all(arns.iter().map(|arn| {
        let pool = model::user_pool(arn.text()?, &scope.backends.user_pools);
        pool.map_err(|problem| arn.report(problem)).ok()
    }))
}
