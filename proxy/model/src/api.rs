//! An API as its owner describes it: resources, methods, authorizers and functions.

use std::sync::Arc;

use http::Method as HttpMethod;

use crate::{
    ApiId, ApiKeySource, Authorizer, AuthorizerIndex, BODY_BYTES_MAX, BinaryMediaTypes, CacheKey,
    Cors, EndpointType, Function, FunctionIndex, GatewayResponses, Integration, JwtAuthorization,
    PathTemplate, RequestValidation, ResourceId, ResourcePolicy,
};

/// A REST API, described but not yet deployed: no plugin is loaded and no route compiled.
#[derive(Clone, Debug)]
pub struct Api {
    /// Identity; the first label of the default host name.
    pub id: ApiId,
    /// `ApiName` of the metrics.
    pub name: String,
    /// In the order of the document.
    pub resources: Vec<Resource>,
    /// What [`MethodAuthorization::Custom`] points into.
    pub authorizers: Vec<Authorizer>,
    /// What every [`FunctionIndex`] points into.
    pub functions: Vec<Function>,
    /// `binaryMediaTypes`.
    pub binary_media_types: BinaryMediaTypes,
    /// `minimumCompressionSize`; none: responses are not compressed.
    pub minimum_compression_size: Option<CompressionSize>,
    /// Who may call, whatever the methods say; none: whom the methods let in.
    pub policy: Option<ResourcePolicy>,
    /// `apiKeySource`
    pub api_key_source: ApiKeySource,
    /// Where it answers; a private one only whom its policy lets call.
    pub endpoint_type: EndpointType,
    /// Answers tell clients of their limits: `RateLimit`, `RateLimit-Policy` and `Retry-After`.
    pub has_rate_limit_headers: bool,
    /// `disableExecuteApiEndpoint`: it is reached at custom domain names alone.
    pub is_default_endpoint_disabled: bool,
    /// What clients get in place of an answer, where the API says it.
    pub gateway_responses: GatewayResponses,
    /// Of answers that no resource gives.
    pub cors: Option<Arc<Cors>>,
}

/// From how many bytes on a response is compressed: 0 to 10,485,760.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CompressionSize(usize);

impl CompressionSize {
    /// None outside the limits.
    pub fn from_bytes(bytes: u64) -> Option<Self> {
        usize::try_from(bytes).ok().filter(|bytes| *bytes <= BODY_BYTES_MAX).map(Self)
    }

    /// In bytes.
    pub fn bytes(self) -> usize {
        self.0
    }
}

/// One path of an API.
#[derive(Clone, Debug)]
pub struct Resource {
    /// `requestContext.resourceId`.
    pub id: ResourceId,
    /// `/pets/{id}`.
    pub path: PathTemplate,
    /// At most one for each [`MethodKey`].
    pub methods: Vec<Method>,
    /// Of its answers.
    pub cors: Option<Arc<Cors>>,
}

/// One method of a resource: who may call it, and what answers.
#[derive(Clone, Debug)]
pub struct Method {
    /// Which HTTP methods it answers.
    pub key: MethodKey,
    /// Who may call.
    pub authorization: MethodAuthorization,
    /// `apiKeyRequired`: and with a key of a plan for the stage.
    pub is_api_key_required: bool,
    /// What is checked of a request before anything is done with it.
    pub validation: RequestValidation,
    /// Run in this order before the integration.
    pub request_transforms: Vec<FunctionIndex>,
    /// What answers.
    pub integration: Integration,
    /// What tells its cached responses apart, where they are cached.
    pub cache_key: CacheKey,
    /// Run in this order after the integration.
    pub response_transforms: Vec<FunctionIndex>,
}

/// `authorizationType` of a method.
#[derive(Clone, Debug)]
pub enum MethodAuthorization {
    /// `AWS_IAM`: who signs, if policies let them.
    AwsIam,
    /// `CUSTOM`: a Lambda authorizer decides.
    Custom(AuthorizerIndex),
    /// `COGNITO_USER_POOLS`, and `CUSTOM` with an authorizer of type `JWT`: a token of an issuer.
    Jwt(JwtAuthorization),
    /// `NONE`: everyone may call.
    None,
}

/// Which HTTP methods a [`Method`] answers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MethodKey {
    /// `ANY`: each [`Verb`] that the resource has no method of its own for.
    Any,
    /// This one.
    Verb(Verb),
}

impl MethodKey {
    /// `GET`, `ANY`, ...: as `httpMethod` in the control API and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::Verb(verb) => verb.as_str(),
        }
    }
}

/// The HTTP methods a REST API can have: what `ANY` stands for (AWS, "Set up a method").
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Verb {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Verb {
    /// Every one, in the order of the enum: `ALL[verb as usize] == verb`.
    pub const ALL: [Self; 7] =
        [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put];

    /// None for a method that no REST API can have, such as TRACE.
    pub fn from_http(method: &HttpMethod) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == method.as_str())
    }

    /// In upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// As the `http` crate's type.
    pub fn to_http(self) -> HttpMethod {
        match self {
            Self::Delete => HttpMethod::DELETE,
            Self::Get => HttpMethod::GET,
            Self::Head => HttpMethod::HEAD,
            Self::Options => HttpMethod::OPTIONS,
            Self::Patch => HttpMethod::PATCH,
            Self::Post => HttpMethod::POST,
            Self::Put => HttpMethod::PUT,
        }
    }
}
