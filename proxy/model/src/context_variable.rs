//! `$context` variables that parameter mappings and identity sources may name.
//!
//! Source: API Gateway Developer Guide, "Variables for data transformations".

/// A `$context` variable, parsed. Absent values are a property of the request, not of this type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ContextVariable {
    /// One that AWS knows and no request here has: of identities, certificates and endpoints.
    Absent(&'static str),
    /// `identity.accessKey`: the id of the key that signed.
    AccessKey,
    /// `accountId`
    AccountId,
    /// `apiId`
    ApiId,
    /// `identity.apiKey`: of a method that requires one.
    ApiKey,
    /// `identity.apiKeyId`: of a key that was found good.
    ApiKeyId,
    /// `authorizer.{name}`: a key of the authorizer's context, or `principalId`.
    Authorizer(String),
    /// `identity.accountId`: of who signed.
    CallerAccountId,
    /// `identity.clientCert.*`: of a domain name with mutual TLS.
    PeerCertificate(PeerCertificateField),
    /// `identity.caller`, and `identity.user`: the unique id of who signed.
    CallerId,
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
    /// `identity.userArn`: of who signed.
    UserArn,
    /// `identity.vpceId`: where a private API was called.
    VpcEndpointId,
    /// `identity.vpcId`
    VpcId,
}

/// What a client's certificate says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PeerCertificateField {
    /// `issuerDN`
    IssuerDn,
    /// `validity.notAfter`
    NotAfter,
    /// `validity.notBefore`
    NotBefore,
    /// `clientCertPem`
    Pem,
    /// `serialNumber`
    SerialNumber,
    /// `subjectDN`
    SubjectDn,
}

impl PeerCertificateField {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "clientCertPem" => Self::Pem,
            "issuerDN" => Self::IssuerDn,
            "serialNumber" => Self::SerialNumber,
            "subjectDN" => Self::SubjectDn,
            "validity.notAfter" => Self::NotAfter,
            "validity.notBefore" => Self::NotBefore,
            _ => return None,
        })
    }
}

/// What no request here has a value for.
const ABSENT: &[&str] = &[
    "awsEndpointRequestId",
    "identity.cognitoAuthenticationProvider",
    "identity.cognitoAuthenticationType",
    "identity.cognitoIdentityId",
    "identity.cognitoIdentityPoolId",
    "identity.principalOrgId",
    "wafResponseCode",
    "webaclArn",
];

impl ContextVariable {
    /// Reads what follows `context.`; none for a variable that AWS does not know.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "accountId" => Self::AccountId,
            "apiId" => Self::ApiId,
            "deploymentId" => Self::DeploymentId,
            "domainName" => Self::DomainName,
            "domainPrefix" => Self::DomainPrefix,
            "extendedRequestId" => Self::ExtendedRequestId,
            "httpMethod" => Self::HttpMethod,
            "identity.accessKey" => Self::AccessKey,
            "identity.accountId" => Self::CallerAccountId,
            "identity.caller" | "identity.user" => Self::CallerId,
            "identity.apiKey" => Self::ApiKey,
            "identity.apiKeyId" => Self::ApiKeyId,
            "identity.sourceIp" => Self::SourceIp,
            "identity.userAgent" => Self::UserAgent,
            "identity.userArn" => Self::UserArn,
            "identity.vpcId" => Self::VpcId,
            "identity.vpceId" => Self::VpcEndpointId,
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
                if let Some(absent) = ABSENT.iter().find(|absent| **absent == other) {
                    return Some(Self::Absent(absent));
                }
                if let Some(field) = other.strip_prefix("identity.clientCert.") {
                    return PeerCertificateField::parse(field).map(Self::PeerCertificate);
                }
                let key = other.strip_prefix("authorizer.")?;
                return (!key.is_empty()).then(|| Self::Authorizer(key.to_owned()));
            }
        })
    }
}
