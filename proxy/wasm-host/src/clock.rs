//! The clocks of the machine: the only place in this crate that reads them.
//!
//! Guests read time through WASI, which has its own view of the same clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// For deadlines and idle times.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970 at a time from now.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn epoch_millis_after(delay: Duration) -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from((since_epoch + delay).as_millis()).unwrap_or(u64::MAX)
}

/// What the times of files are compared with.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn system_now() -> SystemTime {
    SystemTime::now()
}
