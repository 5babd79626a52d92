//! Actions that a call needs beside that of its HTTP method: who may change an API may not yet open it.
//!
//! Source: Service Authorization Reference, "Actions defined by Amazon API Gateway Management".

use serde::Deserialize;

use crate::input::Input;

/// The action, and the resource if it is another one than the call's.
pub(crate) fn of(operation: &str, input: &Input) -> Option<(&'static str, Option<String>)> {
    let on_domain_name = || input.text("domainNameArn").map(str::to_owned);
    let (action, resource) = match operation {
        "CreateDomainName" if input.has("policy") => ("apigateway:UpdateDomainNamePolicy", None),
        "CreateDomainNameAccessAssociation" => {
            ("apigateway:CreateAccessAssociation", on_domain_name())
        }
        "CreateRestApi" if input.has("policy") => ("apigateway:UpdateRestApiPolicy", None),
        "RejectDomainNameAccessAssociation" => {
            ("apigateway:RejectAccessAssociation", on_domain_name())
        }
        "UpdateDomainName" if changes_policy(input) => ("apigateway:UpdateDomainNamePolicy", None),
        "UpdateRestApi" if changes_policy(input) => ("apigateway:UpdateRestApiPolicy", None),
        _ => return None,
    };
    Some((action, resource))
}

fn changes_policy(input: &Input) -> bool {
    #[derive(Deserialize)]
    struct Members {
        #[serde(rename = "patchOperations", default)]
        operations: Vec<PatchPath>,
    }
    #[derive(Deserialize)]
    struct PatchPath {
        path: Option<String>,
    }
    input.parse().is_ok_and(|members: Members| {
        let mut paths = members.operations.iter().filter_map(|it| it.path.as_deref());
        paths.any(|path| path.starts_with("/policy"))
    })
}
