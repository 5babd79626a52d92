//! What the host tells a function about itself, and logs it by.

use std::sync::Arc;

use model::{ErrorBudget, Function, FunctionName};

use crate::function_stats::{FunctionStats, Functions};
use crate::log_rate::LogRate;

/// What is counted for a function that has no qualifier in its ARN.
const LATEST: &str = "$LATEST";

/// Of one version of a function, while it is loaded.
#[derive(Debug)]
pub(crate) struct FunctionFacts {
    pub(crate) name: FunctionName,
    /// As Lambda writes it.
    pub(crate) version: String,
    pub(crate) arn: Arc<str>,
    pub(crate) memory_megabytes: u32,
    pub(crate) error_budget: Option<ErrorBudget>,
    pub(crate) stats: Arc<FunctionStats>,
    pub(crate) log_rate: LogRate,
}

impl FunctionFacts {
    pub(crate) fn new(function: &Function, arn: Arc<str>, functions: &Functions) -> Self {
        let stats = functions.stats(&function.name, qualifier(&arn));
        Self {
            name: function.name.clone(),
            version: function.version.to_string(),
            arn,
            memory_megabytes: function.settings.memory_size.megabytes(),
            error_budget: function.settings.error_budget,
            log_rate: LogRate::new(Arc::clone(&stats)),
            stats,
        }
    }
}

/// The qualifier of `arn:aws:lambda:{region}:{account}:function:{name}:{qualifier}`.
fn qualifier(arn: &str) -> &str {
    arn.split(':').nth(7).unwrap_or(LATEST)
}
