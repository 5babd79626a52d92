//! What a policy is asked about.

use std::fmt;

use crate::caller::Caller;
use crate::context::ConditionContext;

/// One request, as policies see it (IAM User Guide, "The request context").
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What is to be done: `execute-api:Invoke`. Compared without case.
    pub action: &'a str,
    /// Values of the condition keys and policy variables.
    pub context: &'a dyn ConditionContext,
    /// Who asks; `None` when nobody has been authenticated (anonymous).
    pub principal: Option<&'a Caller<'a>>,
    /// ARN of what it is to be done to, with the concrete path:
    /// `arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/GET/pets/1`. Compared with case.
    pub resource: &'a str,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("action", &self.action)
            .field("principal", &self.principal)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
