//! Where a request stands: stage, ids, and what the authorizer said.

pub use crate::bindings::host::edgeway::plugin::types::{Parameter, RequestContext};

impl Parameter {
    /// A named value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl RequestContext {
    /// A variable of the stage.
    pub fn stage_variable(&self, name: &str) -> Option<&str> {
        find(&self.stage_variables, name)
    }

    /// A value that the authorizer gave.
    pub fn authorizer_value(&self, name: &str) -> Option<&str> {
        find(&self.authorizer_context, name)
    }
}

/// The last parameter called `name`; names keep their case.
pub(crate) fn find<'a>(parameters: &'a [Parameter], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .rfind(|parameter| parameter.name == name)
        .map(|parameter| parameter.value.as_str())
}
