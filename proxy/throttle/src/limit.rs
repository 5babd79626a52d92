//! Rate and burst.

use std::time::Duration;

/// No bucket takes longer than that to be full again: about 100 years. It keeps every sum of times in
/// 64 bits.
const FULL_AGAIN_NANOS_MAX: u64 = 100 * 365 * 24 * 60 * 60 * 1_000_000_000;

const NANOS_PER_SECOND: f64 = 1e9;

/// How often: so many at once, and then so many a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    rate: f64,
    burst: u32,
    /// Nanoseconds until a token is back; none if nothing is ever let through.
    token_nanos: Option<u64>,
}

impl Limit {
    /// A rate in tokens a second. Without a rate, or a burst, nothing is let through (AWS); what is no
    /// number is no rate.
    ///
    /// A rate that would take more than 100 years to fill the bucket is one that fills it in 100.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts of floats saturate, and it is positive"
    )]
    pub fn new(rate: f64, burst: u32) -> Self {
        let token_nanos = (0.0 < rate && 0 < burst).then(|| {
            // Rounded up: never more than the rate.
            let nanos = (NANOS_PER_SECOND / rate).ceil() as u64;
            nanos.clamp(1, FULL_AGAIN_NANOS_MAX / u64::from(burst))
        });
        Self { rate, burst, token_nanos }
    }

    /// Tokens a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The size of the bucket.
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// How long an empty bucket takes to be full; none if nothing is ever let through.
    pub fn fill_time(&self) -> Option<Duration> {
        self.token_nanos.map(|nanos| Duration::from_nanos(nanos * u64::from(self.burst)))
    }

    pub(crate) fn token_nanos(&self) -> Option<u64> {
        self.token_nanos
    }
}
