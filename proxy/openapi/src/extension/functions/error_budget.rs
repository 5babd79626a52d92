//! `errorBudget` of a function: how often it may break before it is left alone for a while.

use std::num::NonZeroU32;
use std::time::Duration;

use model::{ErrorBudget, QuarantinePolicy};

use crate::field::Field;
use crate::node::{Node, Object};

const FIELDS: &[Field] = &[
    Field::Known("errors"),
    Field::Known("seconds"),
    Field::Known("quarantineSeconds"),
    Field::Known("policy"),
];

/// An hour: a function that is out of service for longer wants a person.
const SECONDS_MAX: u64 = 3_600;

pub(super) fn read(node: &Node<'_>) -> Option<ErrorBudget> {
    let object = node.object()?;
    object.check_fields("errorBudget", FIELDS);
    let errors = object
        .required("errors", "write how many calls may break before the function is left alone")
        .and_then(|node| errors(&node));
    let window = seconds(&object, "seconds", ErrorBudget::WINDOW_DEFAULT);
    let quarantine = seconds(&object, "quarantineSeconds", ErrorBudget::WINDOW_DEFAULT);
    let policy =
        object.optional("policy", QuarantinePolicy::default(), |node| match node.text()? {
            "fail" => Some(QuarantinePolicy::Fail),
            "skip" => Some(QuarantinePolicy::Skip),
            _ => {
                node.report_mismatch("fail or skip", "");
                None
            }
        });
    Some(ErrorBudget { errors: errors?, window: window?, quarantine: quarantine?, policy: policy? })
}

fn errors(node: &Node<'_>) -> Option<NonZeroU32> {
    let errors = node.as_integer().and_then(|errors| u32::try_from(errors).ok());
    let errors = errors.filter(|errors| *errors <= ErrorBudget::ERRORS_MAX);
    let errors = errors.and_then(NonZeroU32::new);
    if errors.is_none() {
        node.report_mismatch(
            &format!("1-{}", ErrorBudget::ERRORS_MAX),
            "remove errorBudget for a function that is never left alone",
        );
    }
    errors
}

fn seconds(object: &Object<'_>, name: &str, default: Duration) -> Option<Duration> {
    object.optional(name, default, |node| {
        let seconds = node.as_integer().filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
        if seconds.is_none() {
            node.report_mismatch(&format!("1-{SECONDS_MAX}"), "");
        }
        seconds.map(Duration::from_secs)
    })
}
