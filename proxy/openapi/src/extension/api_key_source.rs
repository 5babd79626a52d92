//! `x-amazon-apigateway-api-key-source`: where the API key of a request is.

use model::ApiKeySource;

use crate::node::Object;

pub(crate) const NAME: &str = "x-amazon-apigateway-api-key-source";

/// The header if the document does not say; none if something was reported.
pub(crate) fn read(root: &Object<'_>) -> Option<ApiKeySource> {
    let Some(node) = root.get(NAME) else {
        return Some(ApiKeySource::default());
    };
    match node.text()? {
        "AUTHORIZER" => Some(ApiKeySource::Authorizer),
        "HEADER" => Some(ApiKeySource::Header),
        _ => {
            node.report_mismatch("HEADER or AUTHORIZER", "there is no other source of API keys");
            None
        }
    }
}
