//! How often a function may break before it is left alone for a while.

use std::num::NonZeroU32;
use std::time::Duration;

/// More than `errors` faults within `window` put a function into quarantine.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ErrorBudget {
    /// Faults that are still fine: traps, limits that were met, answers that are not allowed. Not
    /// the errors that a function returns.
    pub errors: NonZeroU32,
    /// Within which they are counted.
    pub window: Duration,
    /// How long the function is not called; then one call tries whether it works again.
    pub quarantine: Duration,
    /// What a call in quarantine comes to.
    pub policy: QuarantinePolicy,
}

/// What becomes of calls of a function in quarantine.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum QuarantinePolicy {
    /// They fail at once, as calls of a function that breaks do. Authorizers always do this.
    #[default]
    Fail,
    /// Transforms change nothing. Whoever relies on a transform for safety must not ask for this.
    Skip,
}

impl ErrorBudget {
    /// The window when only `errors` is given, and the time in quarantine.
    pub const WINDOW_DEFAULT: Duration = Duration::from_secs(60);

    /// Faults that can be allowed: each is remembered until it leaves the window.
    pub const ERRORS_MAX: u32 = 1_000;
}
