//! The calls of one version of a function, as they are counted and weighed against its error budget.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{CallFault, QuarantinePolicy};

use crate::clock;
use crate::error_cause::{CallEnd, ErrorCause};
use crate::function_facts::FunctionFacts;
use crate::quarantine::{Admission, Change, Outcome, Quarantine};

/// Of one version.
pub(crate) struct Calls {
    facts: Arc<FunctionFacts>,
    budget: Option<Budget>,
}

struct Budget {
    quarantine: Quarantine,
    policy: QuarantinePolicy,
}

/// A call that is being made. Dropped before its end, it was cancelled.
pub(crate) struct Call<'a> {
    calls: &'a Calls,
    admission: Admission,
    begun: Instant,
    /// For the client: no time of the call's.
    waited: Duration,
    end: CallEnd,
}

impl Calls {
    pub(crate) fn new(facts: Arc<FunctionFacts>) -> Self {
        let budget = facts
            .error_budget
            .map(|budget| Budget { quarantine: Quarantine::new(budget), policy: budget.policy });
        Self { facts, budget }
    }

    /// A call, unless the function is in quarantine.
    pub(crate) fn begin(&self) -> Result<Call<'_>, CallFault> {
        let begun = clock::now();
        let admission = match &self.budget {
            Some(budget) => budget.quarantine.admit(begun),
            None => Admission::Call,
        };
        if admission == Admission::Refused {
            self.facts.stats.quarantine_refused();
            return Err(CallFault::Quarantined);
        }
        let end = CallEnd::Made(Some(ErrorCause::Cancelled));
        Ok(Call { calls: self, admission, begun, waited: Duration::ZERO, end })
    }

    /// The same for a transform: none if the function's policy is that it changes nothing meanwhile.
    pub(crate) fn begin_transform(&self) -> Result<Option<Call<'_>>, CallFault> {
        match (self.begin(), &self.budget) {
            (Err(_), Some(Budget { policy: QuarantinePolicy::Skip, .. })) => Ok(None),
            (begun, _) => begun.map(Some),
        }
    }

    fn weigh(&self, admission: Admission, end: CallEnd, now: Instant) {
        let Some(budget) = &self.budget else {
            return;
        };
        let outcome = match end {
            CallEnd::Made(Some(cause)) if cause.is_fault() => Outcome::Fault,
            CallEnd::Made(Some(ErrorCause::Cancelled)) | CallEnd::Throttled => Outcome::Abandoned,
            CallEnd::Made(_) => Outcome::Success,
        };
        let function = self.facts.name.as_str();
        match budget.quarantine.end(admission, outcome, now) {
            Some(Change::Quarantined) => {
                self.facts.stats.quarantined();
                tracing::error!(function, "a function broke too often and is in quarantine");
            }
            Some(Change::Released) => {
                self.facts.stats.released();
                tracing::info!(function, "a function works again and left its quarantine");
            }
            None => {}
        }
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        if self.budget.as_ref().is_some_and(|budget| budget.quarantine.is_closed()) {
            self.facts.stats.released();
        }
    }
}

impl Call<'_> {
    /// For so long the call waited for its client.
    pub(crate) fn without(mut self, waited: Duration) -> Self {
        self.waited = waited;
        self
    }

    /// The call came to this.
    pub(crate) fn end<T, E>(mut self, outcome: &Result<T, E>)
    where
        for<'e> CallEnd: From<&'e E>,
    {
        self.end = match outcome {
            Ok(_) => CallEnd::Made(None),
            Err(error) => CallEnd::from(error),
        };
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let now = clock::now();
        let stats = &self.calls.facts.stats;
        match self.end {
            CallEnd::Made(cause) => {
                let took = now.saturating_duration_since(self.begun);
                stats.call_ended(took.saturating_sub(self.waited), cause);
            }
            CallEnd::Throttled => stats.throttled(),
        }
        self.calls.weigh(self.admission, self.end, now);
    }
}
