//! Which function does which operation.
//!
//! Each family of resources lists its own; a test holds that with those that are refused by name
//! they are all that the table of operations has.

use std::collections::HashMap;
use std::sync::LazyLock;

use store::{ReadTransaction, WriteTransaction};

use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::{Refusal, RefusalKind};
use crate::{
    account, api_key, authorizer, deployment, documentation, gateway_response, integration, method,
    payload_model, request_validator, resource, rest_api, stage, tag, usage_plan, vpc_link,
};

/// What does an operation, within one transaction.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&Call, &ReadTransaction<'_>) -> Result<Answer, Refusal>),
    Write(fn(&Call, &WriteTransaction<'_>) -> Result<Answer, Refusal>),
}

/// Every operation that is done.
pub(crate) static HANDLERS: LazyLock<HashMap<&'static str, Handler>> = LazyLock::new(|| {
    let families: &[&[(&str, Handler)]] = &[
        account::HANDLERS,
        api_key::HANDLERS,
        authorizer::HANDLERS,
        deployment::HANDLERS,
        documentation::HANDLERS,
        gateway_response::HANDLERS,
        integration::HANDLERS,
        method::HANDLERS,
        payload_model::HANDLERS,
        request_validator::HANDLERS,
        resource::HANDLERS,
        rest_api::HANDLERS,
        stage::HANDLERS,
        tag::HANDLERS,
        usage_plan::HANDLERS,
        vpc_link::HANDLERS,
    ];
    families.iter().copied().flatten().copied().collect()
});

/// Every operation that is not done yet.
#[cfg(test)]
pub(crate) const REFUSED: &[&str] = &[
    "CreateBasePathMapping",
    "CreateDomainName",
    "CreateDomainNameAccessAssociation",
    "DeleteBasePathMapping",
    "DeleteClientCertificate",
    "DeleteDomainName",
    "DeleteDomainNameAccessAssociation",
    "GenerateClientCertificate",
    "GetBasePathMapping",
    "GetBasePathMappings",
    "GetClientCertificate",
    "GetClientCertificates",
    "GetDomainName",
    "GetDomainNameAccessAssociations",
    "GetDomainNames",
    "GetExport",
    "GetModelTemplate",
    "GetSdk",
    "GetSdkType",
    "GetSdkTypes",
    "GetUsage",
    "ImportApiKeys",
    "ImportDocumentationParts",
    "ImportRestApi",
    "PutRestApi",
    "RejectDomainNameAccessAssociation",
    "TestInvokeAuthorizer",
    "TestInvokeMethod",
    "UpdateBasePathMapping",
    "UpdateClientCertificate",
    "UpdateDomainName",
    "UpdateUsage",
];

/// What an operation answers that is not done yet.
pub(crate) fn not_implemented(operation: &str) -> Refusal {
    Refusal::new(
        RefusalKind::NotImplemented,
        format!("The operation {operation} is not implemented by this gateway"),
    )
}
