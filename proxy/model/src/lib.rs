//! The vocabulary of Edgeway: what an API, a stage, a deployment and a plugin *are*.
//!
//! Pure values, fully parsed: whoever holds one has nothing left to check. No document format and
//! no wire format is known here (see `openapi`), and nothing here does I/O or reads a clock.
//!
//! Three layers, each made from the one before:
//! - [`Api`]: an API as its owner describes it, and its [`Function`]s;
//! - [`Deployment`]: an immutable picture of an API, joined with the plugins it runs, its routes
//!   compiled;
//! - [`Snapshot`]: everything a node serves, swapped whole.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod authorizer;
mod backend;
mod call;
mod callers;
mod canary;
mod config_error;
mod context_variable;
mod cors;
mod denials;
mod deployment;
mod domain;
mod domain_tls;
mod endpoint;
mod endpoint_type;
mod error_budget;
mod function;
mod function_versions;
mod gateway_response;
mod id;
mod integration;
mod issuer;
mod jwt_authorizer;
mod limit;
mod log_tail;
mod mapping;
mod media_type;
mod needless_encoding;
mod outbound;
mod path_template;
mod plugin;
mod private_domain;
mod request_validation;
mod resource_policy;
mod response_cache;
mod route_table;
mod routing_rule;
mod server_certificate;
mod service;
mod snapshot;
mod stage_settings;
mod upstream;
mod uri_template;
mod usage_plan;
mod vpc_endpoint;

pub use api::{Api, CompressionSize, Method, MethodAuthorization, MethodKey, Resource, Verb};
pub use authorizer::{Authorizer, AuthorizerIndex, AuthorizerKind, AuthorizerTtl, IdentitySource};
pub use backend::{Backends, Connection, VpcLinks};
pub use call::{
    Authorization, AuthorizationPolicy, AuthorizationRequest, AuthorizerError, CallContext,
    CallFault, ContextEntry, ContextValue, FunctionError, HandlerResponseHead, HeaderOperation,
    ImmediateResponse, Invocation, InvocationError, QueryOperation, RequestHead, RequestOutcome,
    RequestPatch, ResponseOutcome, ResponsePatch, TransformRequest, TransformResponse,
};
pub use callers::{
    CallerIdentity, CallerKey, CallerKind, CallerSession, Callers, InvalidSession, Permissions,
    Secret,
};
pub use canary::TrafficPercent;
pub use config_error::ConfigError;
pub use context_variable::{ContextVariable, PeerCertificateField};
pub use cors::{AllowedOrigins, Cors};
pub use denials::{Denials, FunctionPermissions};
pub use deployment::Deployment;
pub use domain::{Domain, DomainEndpoint, DomainRoute, DomainTarget, NoDomainRoute, RoutedBy};
pub use domain_tls::{DomainTls, EndpointAccessMode, TlsVersion};
pub use endpoint::{Endpoint, PublicEndpoint};
pub use endpoint_type::EndpointType;
pub use error_budget::{ErrorBudget, QuarantinePolicy};
pub use function::{
    Concurrency, CpuTime, Function, FunctionIndex, FunctionName, FunctionSettings, FunctionTimeout,
    FunctionVersion, MemorySize, Namespace, Reuse,
};
pub use function_versions::FunctionVersions;
pub use gateway_response::{
    DEFAULT_GATEWAY_TEMPLATE, ErrorVariable, GatewayResponse, GatewayResponseSource,
    GatewayResponseType, GatewayResponses, GatewayTemplate, InvalidGatewayResponse, TemplatePiece,
};
pub use id::{
    AccountId, ApiId, AuthorizerId, DeploymentId, Digest, InvalidName, Region, ResourceId,
    StageName,
};
pub use integration::{
    CALLER_CREDENTIALS, ContentHandling, CustomFunctionIntegration, FunctionCredentials,
    FunctionIntegration, HttpEndpoint, HttpIntegration, HttpVerb, Integration, IntegrationResponse,
    IntegrationResponses, IntegrationTimeout, MockIntegration, Passthrough, RequestTemplates,
    ResponseTransfer, UnsupportedMediaType,
};
pub use issuer::{Issuer, KeyLocation, UserPools, user_pool};
pub use jwt_authorizer::{
    ExpectedClaim, JwtAuthorization, JwtAuthorizer, JwtAuthorizerKind, TrustedIssuer,
};
pub use limit::*;
pub use log_tail::LogTail;
pub use mapping::{
    Backend, InvalidMapping, RequestMapping, RequestMappings, RequestSource, RequestTarget,
    ResponseMapping, ResponseSource,
};
pub use media_type::{BinaryMediaTypes, MediaType};
pub use needless_encoding::without_needless_encoding;
pub use outbound::{
    AddressRange, InvalidAddressRange, InvalidDestination, OutboundDestination, OutboundHost,
    OutboundLimits, OutboundScheme,
};
pub use path_template::{InvalidPath, PathSegment, PathTemplate};
pub use plugin::{HeaderNeeds, Interface, Needs, Plugin, PluginKind};
pub use private_domain::PrivateDomain;
pub use request_validation::{BodyModels, RequestValidation, RequiredParameter};
pub use resource_policy::{RESOURCE_POLICY_BYTES_MAX, ResourcePolicy};
pub use response_cache::{
    CACHE_TTL_MAX, CacheCluster, CacheClusterSettings, CacheClusterSize, CacheKey, CacheOwner,
    Caching, InvalidCacheKey, Invalidation, Unauthorized,
};
pub use route_table::{PathValues, RouteTable, Routed};
pub use routing_rule::{
    BasePathCondition, BasePathStripping, HeaderCondition, InvalidCondition, RoutingRule,
};
pub use server_certificate::ServerCertificate;
pub use service::{
    ServiceCall, ServiceCredentials, ServiceEndpoint, ServiceKey, ServiceSettings,
    ServiceSignature, Services,
};
pub use snapshot::{PluginSlot, Snapshot, Stage, Stages};
pub use stage_settings::{MethodSettings, StageSettings};
pub use template::Template;
pub use upstream::{ClientCertificate, ServerTrust, UpstreamTls};
pub use uri_template::{InvalidUri, Scheme, UpstreamTarget, UriPiece, UriTemplate};
pub use usage_plan::{
    ApiKey, ApiKeyDigester, ApiKeySource, ApiKeyValue, ApiKeys, Membership, MethodThrottle,
    PlanStage, UsagePlan,
};
pub use vpc_endpoint::{EndpointPolicy, VpcEndpoint};
