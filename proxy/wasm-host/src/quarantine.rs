//! Leaves a function alone for a while that broke more often than its error budget allows.
//!
//! [`Machine`] decides and is pure: the caller passes `now`. [`Quarantine`] shares one between
//! threads; a call of a function that works costs one load.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use model::ErrorBudget;

/// Of one version of a function.
#[derive(Debug)]
pub(crate) struct Quarantine {
    /// Whether every call is let through, so that the machine need not be asked.
    is_open: AtomicBool,
    machine: Mutex<Machine>,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admission {
    /// As ever.
    Call,
    /// To see whether the function works again. One at a time.
    Probe,
    /// Not now.
    Refused,
}

/// What a call came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Nobody waited for its end.
    Abandoned,
    /// The function broke.
    Fault,
    /// It answered.
    Success,
}

/// What changed with an outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// The function is in quarantine from now on.
    Quarantined,
    /// It works again.
    Released,
}

/// The state of one budget.
#[derive(Debug)]
struct Machine {
    budget: ErrorBudget,
    /// When the function broke, within the window; one more than the budget at most.
    faults: VecDeque<Instant>,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Probing,
    Quarantined { since: Instant },
    Working,
}

impl Quarantine {
    pub(crate) fn new(budget: ErrorBudget) -> Self {
        Self { is_open: AtomicBool::new(true), machine: Mutex::new(Machine::new(budget)) }
    }

    /// Whether a call may be made. One that may is to be followed by [`Self::end`].
    pub(crate) fn admit(&self, now: Instant) -> Admission {
        if self.is_open.load(Ordering::Relaxed) {
            return Admission::Call;
        }
        self.machine().admit(now)
    }

    /// Takes what a call came to.
    pub(crate) fn end(
        &self,
        admission: Admission,
        outcome: Outcome,
        now: Instant,
    ) -> Option<Change> {
        if admission == Admission::Call && outcome != Outcome::Fault {
            return None;
        }
        let mut machine = self.machine();
        let change = machine.end(admission, outcome, now);
        self.is_open.store(machine.state == State::Working, Ordering::Relaxed);
        change
    }

    /// Whether the function is in quarantine.
    pub(crate) fn is_closed(&self) -> bool {
        !self.is_open.load(Ordering::Relaxed)
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    fn new(budget: ErrorBudget) -> Self {
        Self { budget, faults: VecDeque::new(), state: State::Working }
    }

    fn admit(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Working => Admission::Call,
            State::Quarantined { since }
                if now.saturating_duration_since(since) >= self.budget.quarantine =>
            {
                self.state = State::Probing;
                Admission::Probe
            }
            State::Probing | State::Quarantined { .. } => Admission::Refused,
        }
    }

    fn end(&mut self, admission: Admission, outcome: Outcome, now: Instant) -> Option<Change> {
        match (admission, outcome) {
            (Admission::Call, Outcome::Fault) if self.state == State::Working => self.fault(now),
            (Admission::Probe, Outcome::Success) => {
                self.state = State::Working;
                self.faults.clear();
                Some(Change::Released)
            }
            (Admission::Probe, Outcome::Fault) => {
                self.state = State::Quarantined { since: now };
                None
            }
            // The next call tries.
            (Admission::Probe, Outcome::Abandoned) => {
                let since = now.checked_sub(self.budget.quarantine).unwrap_or(now);
                self.state = State::Quarantined { since };
                None
            }
            // Of calls that began before the quarantine, or that were not made.
            _ => None,
        }
    }

    fn fault(&mut self, now: Instant) -> Option<Change> {
        let window = self.budget.window;
        while self.faults.front().is_some_and(|at| now.saturating_duration_since(*at) >= window) {
            self.faults.pop_front();
        }
        self.faults.push_back(now);
        let allowed = usize::try_from(self.budget.errors.get()).unwrap_or(usize::MAX);
        if self.faults.len() <= allowed {
            return None;
        }
        self.faults.clear();
        self.state = State::Quarantined { since: now };
        Some(Change::Quarantined)
    }
}

#[cfg(test)]
mod tests;
