//! `$context` variables that parameter mappings and identity sources may name.
//!
//! Source: API Gateway Developer Guide, "Variables for data transformations".

/// A `$context` variable, parsed. Absent values are a property of the request, not of this type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ContextVariable {
    /// `accountId`
    AccountId,
    /// `apiId`
    ApiId,
    /// `authorizer.{name}`: a key of the authorizer's context, or `principalId`.
    Authorizer(String),
    /// `deploymentId`
    DeploymentId,
    /// `domainName`
    DomainName,
    /// `domainPrefix`
    DomainPrefix,
    /// `extendedRequestId`
    ExtendedRequestId,
    /// `httpMethod`
    HttpMethod,
    /// `isCanaryRequest`: of a stage that has a canary.
    IsCanaryRequest,
    /// `path`: with the stage on the default host name.
    Path,
    /// `protocol`
    Protocol,
    /// `requestId`
    RequestId,
    /// `requestTime`: Common Log Format.
    RequestTime,
    /// `requestTimeEpoch`: milliseconds.
    RequestTimeEpoch,
    /// `resourceId`
    ResourceId,
    /// `resourcePath`
    ResourcePath,
    /// `identity.sourceIp`
    SourceIp,
    /// `stage`
    Stage,
    /// `identity.userAgent`
    UserAgent,
}

impl ContextVariable {
    /// Reads what follows `context.`; none for a variable that is unknown or not supported here.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "accountId" => Self::AccountId,
            "apiId" => Self::ApiId,
            "deploymentId" => Self::DeploymentId,
            "domainName" => Self::DomainName,
            "domainPrefix" => Self::DomainPrefix,
            "extendedRequestId" => Self::ExtendedRequestId,
            "httpMethod" => Self::HttpMethod,
            "identity.sourceIp" => Self::SourceIp,
            "identity.userAgent" => Self::UserAgent,
            "isCanaryRequest" => Self::IsCanaryRequest,
            "path" => Self::Path,
            "protocol" => Self::Protocol,
            "requestId" => Self::RequestId,
            "requestTime" => Self::RequestTime,
            "requestTimeEpoch" => Self::RequestTimeEpoch,
            "resourceId" => Self::ResourceId,
            "resourcePath" => Self::ResourcePath,
            "stage" => Self::Stage,
            other => {
                let key = other.strip_prefix("authorizer.")?;
                return (!key.is_empty()).then(|| Self::Authorizer(key.to_owned()));
            }
        })
    }
}
