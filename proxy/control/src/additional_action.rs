//! Actions that a call needs beside that of its HTTP method: who may change an API may not yet open it.
//!
//! Source: Service Authorization Reference, "Actions defined by Amazon API Gateway Management".

use serde::Deserialize;

use crate::input::Input;

/// Each with the resource if it is another one than the call's.
pub(crate) fn of(operation: &str, input: &Input) -> Vec<(&'static str, Option<String>)> {
    let on_domain_name = |action| vec![(action, input.text("domainNameArn").map(str::to_owned))];
    let given = |action, is_given: bool| is_given.then_some((action, None));
    let of_call = |actions: [Option<_>; 2]| actions.into_iter().flatten().collect();
    match operation {
        "CreateDomainName" => {
            of_call([given("apigateway:UpdateDomainNamePolicy", input.has("policy")), None])
        }
        "CreateDomainNameAccessAssociation" => on_domain_name("apigateway:CreateAccessAssociation"),
        "CreateRestApi" => {
            of_call([given("apigateway:UpdateRestApiPolicy", input.has("policy")), None])
        }
        "RejectDomainNameAccessAssociation" => on_domain_name("apigateway:RejectAccessAssociation"),
        "UpdateDomainName" => of_call([
            given("apigateway:UpdateDomainNamePolicy", changes(input, "/policy")),
            given(
                "apigateway:UpdateDomainNameManagementPolicy",
                changes(input, "/managementPolicy"),
            ),
        ]),
        "UpdateRestApi" => {
            of_call([given("apigateway:UpdateRestApiPolicy", changes(input, "/policy")), None])
        }
        _ => Vec::new(),
    }
}

fn changes(input: &Input, member: &str) -> bool {
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
        paths.any(|path| path.starts_with(member))
    })
}
