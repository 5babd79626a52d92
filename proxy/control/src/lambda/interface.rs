//! What a component exports, as it is kept: [`model::Interface`] in JSON.

use http::HeaderName;
use model::{HeaderNeeds, Interface, Needs};
use serde::{Deserialize, Serialize};

/// The kinds that a component exports, and what it asked to be given as each.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct StoredInterface {
    authorizer: Option<StoredNeeds>,
    event_function: bool,
    http_handler: bool,
    request_transform: Option<StoredNeeds>,
    response_transform: Option<StoredNeeds>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct StoredNeeds {
    headers: StoredHeaders,
    query: bool,
    context: bool,
    body: bool,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum StoredHeaders {
    All,
    Named(Vec<String>),
    None,
}

impl From<&Interface> for StoredInterface {
    fn from(interface: &Interface) -> Self {
        let needs = |needs: &Option<Needs>| needs.as_ref().map(StoredNeeds::from);
        Self {
            authorizer: needs(&interface.authorizer),
            event_function: interface.event_function,
            http_handler: interface.http_handler,
            request_transform: needs(&interface.request_transform),
            response_transform: needs(&interface.response_transform),
        }
    }
}

impl From<&StoredInterface> for Interface {
    fn from(stored: &StoredInterface) -> Self {
        let needs = |needs: &Option<StoredNeeds>| needs.as_ref().map(Needs::from);
        Self {
            authorizer: needs(&stored.authorizer),
            event_function: stored.event_function,
            http_handler: stored.http_handler,
            request_transform: needs(&stored.request_transform),
            response_transform: needs(&stored.response_transform),
        }
    }
}

impl From<&Needs> for StoredNeeds {
    fn from(needs: &Needs) -> Self {
        let headers = match &needs.headers {
            HeaderNeeds::All => StoredHeaders::All,
            HeaderNeeds::Named(names) => {
                StoredHeaders::Named(names.iter().map(ToString::to_string).collect())
            }
            HeaderNeeds::None => StoredHeaders::None,
        };
        Self { headers, query: needs.query, context: needs.context, body: needs.body }
    }
}

impl From<&StoredNeeds> for Needs {
    fn from(stored: &StoredNeeds) -> Self {
        let headers = match &stored.headers {
            StoredHeaders::All => HeaderNeeds::All,
            StoredHeaders::Named(names) => {
                // They were header names when they were kept.
                let names = names.iter().filter_map(|name| HeaderName::try_from(name).ok());
                HeaderNeeds::Named(names.collect())
            }
            StoredHeaders::None => HeaderNeeds::None,
        };
        Self { headers, query: stored.query, context: stored.context, body: stored.body }
    }
}
