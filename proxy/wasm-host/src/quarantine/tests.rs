//! The machine against a plain account of every call.

use std::num::NonZeroU32;
use std::time::Duration;

use model::QuarantinePolicy;
use proptest::prelude::*;

use super::*;
use crate::clock;

fn budget(errors: u32, window: u64, quarantine: u64) -> ErrorBudget {
    ErrorBudget {
        errors: NonZeroU32::new(errors).expect("more than none"),
        window: Duration::from_secs(window),
        quarantine: Duration::from_secs(quarantine),
        policy: QuarantinePolicy::Fail,
    }
}

/// Calls at these seconds with these outcomes, one after the other: what became of each.
#[track_caller]
fn check(budget: ErrorBudget, calls: &[(u64, Outcome)], expected: &[(Admission, Option<Change>)]) {
    let begin = clock::now();
    let quarantine = Quarantine::new(budget);
    let seen: Vec<_> = calls
        .iter()
        .map(|(second, outcome)| {
            let now = begin + Duration::from_secs(*second);
            let admission = quarantine.admit(now);
            let change = match admission {
                Admission::Refused => None,
                _ => quarantine.end(admission, *outcome, now),
            };
            (admission, change)
        })
        .collect();
    assert_eq!(seen, expected);
}

const CALL: (Admission, Option<Change>) = (Admission::Call, None);
const LAST_CALL: (Admission, Option<Change>) = (Admission::Call, Some(Change::Quarantined));
const REFUSED: (Admission, Option<Change>) = (Admission::Refused, None);
const FAILED_PROBE: (Admission, Option<Change>) = (Admission::Probe, None);
const GOOD_PROBE: (Admission, Option<Change>) = (Admission::Probe, Some(Change::Released));

use Outcome::{Abandoned, Fault, Success};

#[test]
fn one_more_fault_than_the_budget_is_too_many() {
    check(
        budget(2, 60, 30),
        &[(0, Fault), (1, Success), (2, Fault), (3, Fault), (4, Success)],
        &[CALL, CALL, CALL, LAST_CALL, REFUSED],
    );
}

#[test]
fn faults_that_left_the_window_do_not_count() {
    check(
        budget(1, 60, 30),
        &[(0, Fault), (60, Fault), (119, Fault), (119, Success)],
        &[CALL, CALL, LAST_CALL, REFUSED],
    );
}

#[test]
fn probe_decides_after_the_quarantine() {
    check(
        budget(1, 60, 30),
        &[
            (0, Fault),
            (0, Fault),
            (29, Success),
            (30, Fault),
            (59, Success),
            (60, Success),
            (61, Fault),
            (61, Fault),
        ],
        &[CALL, LAST_CALL, REFUSED, FAILED_PROBE, REFUSED, GOOD_PROBE, CALL, LAST_CALL],
    );
}

#[test]
fn abandoned_probe_is_followed_by_another() {
    check(
        budget(1, 60, 1),
        &[(0, Fault), (0, Fault), (10, Abandoned), (10, Success)],
        &[CALL, LAST_CALL, FAILED_PROBE, GOOD_PROBE],
    );
}

#[test]
fn one_call_probes_at_a_time() {
    let begin = clock::now();
    let quarantine = Quarantine::new(budget(1, 60, 1));
    for _ in 0..2 {
        quarantine.end(quarantine.admit(begin), Fault, begin);
    }
    let later = begin + Duration::from_secs(1);
    assert_eq!(quarantine.admit(later), Admission::Probe);
    assert_eq!(quarantine.admit(later), Admission::Refused);
    // Of a call that began before the quarantine.
    assert_eq!(quarantine.end(Admission::Call, Success, later), None);
    assert_eq!(quarantine.end(Admission::Call, Fault, later), None);
    assert_eq!(quarantine.admit(later), Admission::Refused);
    assert_eq!(quarantine.end(Admission::Probe, Success, later), Some(Change::Released));
    assert_eq!(quarantine.admit(later), Admission::Call);
}

proptest! {
    /// Whatever happens, in any stretch of the window no more than the budget's faults and the one
    /// beyond it are answered by the function, and a function that works is let through in the end.
    #[test]
    fn faults_within_a_window_are_bounded(
        errors in 1_u32..5,
        window in 1_u64..20,
        quarantine in 1_u64..20,
        calls in prop::collection::vec((0_u64..10, 0..3_u8), 1..200),
    ) {
        let budget = budget(errors, window, quarantine);
        let begin = clock::now();
        let machine = Quarantine::new(budget);
        let mut second = 0;
        let mut faults = Vec::new();
        for (pause, outcome) in calls {
            second += pause;
            let now = begin + Duration::from_secs(second);
            let outcome = [Abandoned, Fault, Success][usize::from(outcome)];
            let admission = machine.admit(now);
            if admission == Admission::Refused {
                continue;
            }
            machine.end(admission, outcome, now);
            if admission == Admission::Call && outcome == Fault {
                faults.push(second);
            }
            let recent = faults.iter().filter(|at| second - **at < window.min(quarantine)).count();
            prop_assert!(recent <= errors as usize + 1, "{recent} faults at {second}");
        }
        let now = begin + Duration::from_secs(second + quarantine);
        let admission = machine.admit(now);
        prop_assert!(admission != Admission::Refused);
        machine.end(admission, Success, now);
        prop_assert_eq!(machine.admit(now), Admission::Call);
    }
}
