//! What is here of API Gateway's second API (`apigatewayv2`): domain names with all that leads to REST APIs.
//!
//! Its paths begin with `/v2`, which no policy names. It shares its documents with the first API.

use crate::call::Identity;
use crate::route::Routed;
use crate::service::Handler;
use crate::{base_path_mapping, domain_name, routing_rule, tag};

/// Every operation that is done.
pub(crate) fn handlers() -> impl Iterator<Item = (&'static str, Handler)> {
    let families: [&[(&str, Handler)]; 4] = [
        base_path_mapping::API_MAPPING_HANDLERS,
        domain_name::HANDLERS_V2,
        routing_rule::HANDLERS,
        tag::HANDLERS,
    ];
    families.into_iter().flatten().copied()
}

/// What a caller must be allowed: the action, and the resource.
///
/// Source: Service Authorization Reference, "Actions defined by Amazon API Gateway Management V2". Routing rules have
/// actions of their own, and ARNs with an account; where none is named, it is about all of a domain name.
pub(crate) fn asked(
    identity: &Identity,
    routed: &Routed,
    query: &[(String, String)],
) -> (String, String) {
    let Identity { account, region } = identity;
    let parameter = |wanted: &str| {
        let found = routed.parameters.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let action = match routed.operation.name.as_str() {
        "PutRoutingRule" => "UpdateRoutingRule",
        name if name.ends_with("RoutingRule") || name.ends_with("RoutingRules") => name,
        _ => {
            let path = routed.path();
            let path = path.strip_prefix("/v2").unwrap_or(&path);
            let action = format!("apigateway:{}", routed.operation.verb);
            return (action, format!("arn:aws:apigateway:{region}::{path}"));
        }
    };
    let domain_name = parameter("domainName").unwrap_or_default();
    let id = query.iter().find(|(name, id)| name == "domainNameId" && !id.is_empty());
    let domain_name = match id {
        Some((_, id)) => format!("{domain_name}+{id}"),
        None => domain_name.to_owned(),
    };
    let rule = parameter("routingRuleId").unwrap_or("*");
    let path = format!("/domainnames/{domain_name}/routingrules/{rule}");
    (format!("apigateway:{action}"), format!("arn:aws:apigateway:{region}:{account}:{path}"))
}

#[cfg(test)]
pub(crate) const PARTIAL: &[(&str, &str)] = &[
    ("CreateApiMapping", "of REST APIs"),
    (
        "CreateDomainName",
        "as that of the first API; a certificate is named by its ARN, and clients are shown the HTTPS listener's own",
    ),
    ("UpdateApiMapping", "as CreateApiMapping"),
    ("UpdateDomainName", "as CreateDomainName"),
];

/// Every operation that is not done.
#[cfg(test)]
pub(crate) const REFUSED: &[&str] = &[
    "CreateApi",
    "CreateAuthorizer",
    "CreateDeployment",
    "CreateIntegration",
    "CreateIntegrationResponse",
    "CreateModel",
    "CreatePortal",
    "CreatePortalProduct",
    "CreateProductPage",
    "CreateProductRestEndpointPage",
    "CreateRoute",
    "CreateRouteResponse",
    "CreateStage",
    "CreateVpcLink",
    "DeleteAccessLogSettings",
    "DeleteApi",
    "DeleteAuthorizer",
    "DeleteCorsConfiguration",
    "DeleteDeployment",
    "DeleteIntegration",
    "DeleteIntegrationResponse",
    "DeleteModel",
    "DeletePortal",
    "DeletePortalProduct",
    "DeletePortalProductSharingPolicy",
    "DeleteProductPage",
    "DeleteProductRestEndpointPage",
    "DeleteRoute",
    "DeleteRouteRequestParameter",
    "DeleteRouteResponse",
    "DeleteRouteSettings",
    "DeleteStage",
    "DeleteVpcLink",
    "DisablePortal",
    "ExportApi",
    "GetApi",
    "GetApis",
    "GetAuthorizer",
    "GetAuthorizers",
    "GetDeployment",
    "GetDeployments",
    "GetIntegration",
    "GetIntegrationResponse",
    "GetIntegrationResponses",
    "GetIntegrations",
    "GetModel",
    "GetModelTemplate",
    "GetModels",
    "GetPortal",
    "GetPortalProduct",
    "GetPortalProductSharingPolicy",
    "GetProductPage",
    "GetProductRestEndpointPage",
    "GetRoute",
    "GetRouteResponse",
    "GetRouteResponses",
    "GetRoutes",
    "GetStage",
    "GetStages",
    "GetVpcLink",
    "GetVpcLinks",
    "ImportApi",
    "ListPortalProducts",
    "ListPortals",
    "ListProductPages",
    "ListProductRestEndpointPages",
    "PreviewPortal",
    "PublishPortal",
    "PutPortalProductSharingPolicy",
    "ReimportApi",
    "ResetAuthorizersCache",
    "UpdateApi",
    "UpdateAuthorizer",
    "UpdateDeployment",
    "UpdateIntegration",
    "UpdateIntegrationResponse",
    "UpdateModel",
    "UpdatePortal",
    "UpdatePortalProduct",
    "UpdateProductPage",
    "UpdateProductRestEndpointPage",
    "UpdateRoute",
    "UpdateRouteResponse",
    "UpdateStage",
    "UpdateVpcLink",
];
