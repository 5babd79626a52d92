//! The services of AWS that are here, and which function does which of their operations.
//!
//! Each family of resources lists its own; a test holds that with those that are refused by name
//! they are all that the table of operations has.

use std::collections::HashMap;
use std::sync::LazyLock;

use store::{ReadTransaction, WriteTransaction};

use crate::answer::Answer;
use crate::call::Call;
use crate::operation::Table;
use crate::refusal::{Refusal, RefusalKind};
use crate::trust_store::TrustStoreLocation;
use crate::{
    account, api_key, authorizer, base_path_mapping, client_certificate, deployment, documentation,
    domain_name, domain_name_access_association, gateway_response, integration, lambda, method,
    payload_model, request_validator, resource, rest_api, sdk_type, stage, tag, test_invoke,
    usage_plan, v2, vpc_link,
};

/// What does an operation, within one transaction.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// The same as a write, after a trust store is fetched if the first says from where.
    Fetch(
        fn(&Call, &ReadTransaction<'_>) -> Result<Option<TrustStoreLocation>, Refusal>,
        fn(&Call, &WriteTransaction<'_>) -> Result<Answer, Refusal>,
    ),
    Read(fn(&Call, &ReadTransaction<'_>) -> Result<Answer, Refusal>),
    /// A write that needs what API keys have used to the last request.
    Used(fn(&Call, &WriteTransaction<'_>) -> Result<Answer, Refusal>),
    Write(fn(&Call, &WriteTransaction<'_>) -> Result<Answer, Refusal>),
}

/// A service of AWS whose API is here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    ApiGateway,
    /// The second API of API Gateway, beneath `/v2`.
    ApiGatewayV2,
    Lambda,
}

type Handlers = HashMap<&'static str, Handler>;

impl Service {
    pub(crate) const ALL: [Self; 3] = [Self::ApiGateway, Self::ApiGatewayV2, Self::Lambda];

    /// What requests are signed for.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::ApiGateway | Self::ApiGatewayV2 => "apigateway",
            Self::Lambda => "lambda",
        }
    }

    /// All operations that AWS has.
    pub(crate) fn table(self) -> &'static Table {
        static API_GATEWAY: LazyLock<Table> = LazyLock::new(|| {
            read(Service::ApiGateway, include_str!("../operations/apigateway.json"))
        });
        static API_GATEWAY_V2: LazyLock<Table> = LazyLock::new(|| {
            read(Service::ApiGatewayV2, include_str!("../operations/apigatewayv2.json"))
        });
        static LAMBDA: LazyLock<Table> =
            LazyLock::new(|| read(Service::Lambda, include_str!("../operations/lambda.json")));
        match self {
            Self::ApiGateway => &API_GATEWAY,
            Self::ApiGatewayV2 => &API_GATEWAY_V2,
            Self::Lambda => &LAMBDA,
        }
    }

    /// Every operation that is done.
    pub(crate) fn handlers(self) -> &'static Handlers {
        static API_GATEWAY_V2: LazyLock<Handlers> = LazyLock::new(|| v2::handlers().collect());
        static LAMBDA: LazyLock<Handlers> = LazyLock::new(|| lambda::handlers().collect());
        match self {
            Self::ApiGateway => &API_GATEWAY,
            Self::ApiGatewayV2 => &API_GATEWAY_V2,
            Self::Lambda => &LAMBDA,
        }
    }
}

fn read(service: Service, table: &str) -> Table {
    Table::read(service, table).expect("the table is checked in, and a test reads it")
}

static API_GATEWAY: LazyLock<Handlers> = LazyLock::new(|| {
    let families: &[&[(&str, Handler)]] = &[
        account::HANDLERS,
        api_key::HANDLERS,
        authorizer::HANDLERS,
        base_path_mapping::HANDLERS,
        client_certificate::HANDLERS,
        deployment::HANDLERS,
        documentation::HANDLERS,
        domain_name::HANDLERS,
        domain_name_access_association::HANDLERS,
        gateway_response::HANDLERS,
        integration::HANDLERS,
        method::HANDLERS,
        payload_model::HANDLERS,
        request_validator::HANDLERS,
        resource::HANDLERS,
        rest_api::HANDLERS,
        sdk_type::HANDLERS,
        stage::HANDLERS,
        tag::HANDLERS,
        test_invoke::HANDLERS,
        usage_plan::HANDLERS,
        vpc_link::HANDLERS,
    ];
    families.iter().copied().flatten().copied().collect()
});

#[cfg(test)]
impl Service {
    /// Every operation that is not done yet.
    pub(crate) fn refused(self) -> &'static [&'static str] {
        match self {
            Self::ApiGateway => REFUSED,
            Self::ApiGatewayV2 => v2::REFUSED,
            Self::Lambda => lambda::REFUSED,
        }
    }

    /// What is missing of operations that are done in part.
    pub(crate) fn partial(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ApiGateway => PARTIAL,
            Self::ApiGatewayV2 => v2::PARTIAL,
            Self::Lambda => lambda::PARTIAL,
        }
    }
}

#[cfg(test)]
const REFUSED: &[&str] =
    &["GetExport", "GetSdk", "ImportDocumentationParts", "ImportRestApi", "PutRestApi"];

/// What an operation answers that is not done yet.
pub(crate) fn not_implemented(operation: &str) -> Refusal {
    Refusal::new(
        RefusalKind::NotImplemented,
        format!("The operation {operation} is not implemented by this gateway"),
    )
}

#[cfg(test)]
const PARTIAL: &[(&str, &str)] = &[
    (
        "CreateAuthorizer",
        "the key set of an issuer is discovered when its first token comes: jwksUri is not shown",
    ),
    (
        "CreateDeployment",
        "refuses by name what the data plane does not have yet: services of AWS, VPC links and user pools that the node is not told of, \
         credentials that are neither a role nor those of the caller; models that bodies are \
         validated against and that are no JSON Schema draft 4, or have a `pattern` with look-around or back-references",
    ),
    (
        "CreateDomainName",
        "a certificate is one that is given (`certificateBody`, also of regional names), else the HTTPS listener's own, whatever ARN is named; `TLS_1_0` \
         is served as `TLS_1_2`, no security policy has post-quantum key exchange, those of FIPS are refused; the trust store of mutual TLS is where `--service s3=URL` or `--truststore-dir DIR` says; `policy` of private ones has the principal `*`, and `managementPolicy` denies and does not allow, as there is one account",
    ),
    (
        "CreateRestApi",
        "`vpcEndpointIds` is kept and says nothing: on AWS \
         it makes host names `{apiId}-{vpceId}`, here the names are for your DNS to make, \
         and who may call through which endpoint is for the resource policy (`aws:SourceVpce`)",
    ),
    (
        "CreateStage",
        "`loggingLevel` and `tracingEnabled` are kept and have no effect (data trace has); `accessLogSettings` are kept \
         and nothing goes to their destination: the access log \
         of the node (`--access-log`) has every request of every stage as JSON, with fields named \
         as the variables of `$context` that formats have",
    ),
    (
        "CreateVpcLink",
        "a name: the configuration of the node says where a link of that name leads, the target is kept and shown",
    ),
    (
        "GenerateClientCertificate",
        "the key is ECDSA P-256, not RSA 2048; backends over HTTPS of a stage with `clientCertificateId` are shown it",
    ),
    ("TestInvokeAuthorizer", "no additionalContext; authorization is not shown"),
    ("TestInvokeMethod", "a method that CreateDeployment refuses is refused as there"),
    ("UpdateDomainName", "as CreateDomainName"),
    ("UpdateRestApi", "as CreateRestApi"),
    ("UpdateStage", "as CreateStage"),
];
