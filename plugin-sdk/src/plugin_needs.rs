//! What a plugin asks the gateway to give it. Ask for as little as you can: what is not asked for
//! is not copied into the plugin's memory.

pub use crate::bindings::host::edgeway::plugin::types::{HeaderNeeds, PluginNeeds};

impl PluginNeeds {
    /// Method, path and path parameters (of a response: the status), and nothing else.
    pub fn nothing() -> Self {
        Self { headers: HeaderNeeds::None, query: false, context: false, body: false }
    }

    /// The headers with these names, in any case.
    #[must_use]
    pub fn with_headers<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(|name| name.as_ref().to_ascii_lowercase());
        self.headers = HeaderNeeds::Named(names.collect());
        self
    }

    /// Every header.
    #[must_use]
    pub fn with_all_headers(mut self) -> Self {
        self.headers = HeaderNeeds::All;
        self
    }

    /// The query parameters (requests only).
    #[must_use]
    pub fn with_query(mut self) -> Self {
        self.query = true;
        self
    }

    /// The [`RequestContext`](crate::RequestContext).
    #[must_use]
    pub fn with_context(mut self) -> Self {
        self.context = true;
        self
    }

    /// The whole body, at most 10 MB (transforms only).
    #[must_use]
    pub fn with_body(mut self) -> Self {
        self.body = true;
        self
    }
}
