//! `x-amazon-apigateway-policy`: the resource policy of the API.

use model::{ApiId, ResourcePolicy};

use crate::node::Object;
use crate::pseudo_parameter::PseudoParameters;

pub(crate) const NAME: &str = "x-amazon-apigateway-policy";

/// None of an API whose id is not known: what is wrong with that was reported.
pub(crate) fn read(
    root: &Object<'_>,
    api: Option<&ApiId>,
    pseudo_parameters: &PseudoParameters<'_>,
) -> Option<Option<ResourcePolicy>> {
    root.optional(NAME, None, |node| {
        let PseudoParameters { account, region } = pseudo_parameters;
        let arn = format!("arn:aws:execute-api:{region}:{account}:{}", api?);
        let policy = ResourcePolicy::expand(&node.value().to_string(), &arn)
            .and_then(|expanded| ResourcePolicy::parse(&expanded));
        policy
            .map_err(|error| node.report(format!("is no resource policy: {error}")))
            .ok()
            .map(Some)
    })
}
