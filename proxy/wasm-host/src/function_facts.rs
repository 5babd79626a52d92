//! What the host tells a function about itself, and logs it by.

use std::sync::Arc;

use model::{Function, FunctionName};

/// What Lambda calls a function that has no version in its ARN.
const LATEST: &str = "$LATEST";

/// Of one loaded function.
#[derive(Debug)]
pub(crate) struct FunctionFacts {
    pub(crate) name: FunctionName,
    pub(crate) arn: Arc<str>,
    pub(crate) memory_megabytes: u32,
}

impl FunctionFacts {
    pub(crate) fn new(function: &Function, arn: Arc<str>) -> Self {
        Self {
            name: function.name.clone(),
            arn,
            memory_megabytes: function.settings.memory_size.megabytes(),
        }
    }

    /// The qualifier of `arn:aws:lambda:{region}:{account}:function:{name}:{qualifier}`.
    pub(crate) fn version(&self) -> &str {
        self.arn.split(':').nth(7).unwrap_or(LATEST)
    }
}
