//! How much a function may send and be sent.

use std::time::Duration;

/// Bounds of a function's outgoing requests. Beside them, no request outlives the call that sent it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OutboundLimits {
    /// Requests of the function at once.
    pub concurrency: u32,
    /// Requests of one call at once.
    pub call_concurrency: u32,
    /// Requests of one call.
    pub call_requests: u32,
    /// From the look-up of the name to the end of the TLS handshake.
    pub connect_timeout: Duration,
    /// Body of a request.
    pub request_bytes_max: u64,
    /// Body of a response.
    pub response_bytes_max: u64,
    /// A request with all of its response; none for the rest of the call.
    pub timeout: Option<Duration>,
}

impl OutboundLimits {
    /// Bodies: as much as Lambda streams. They pass through in small parts.
    pub const DEFAULT: Self = Self {
        concurrency: 128,
        call_concurrency: 32,
        call_requests: 1_000,
        connect_timeout: Duration::from_secs(10),
        request_bytes_max: 200 * 1024 * 1024,
        response_bytes_max: 200 * 1024 * 1024,
        timeout: None,
    };

    /// Requests at once: as many as all functions of a node may have.
    pub const CONCURRENCY_MAX: u32 = 512;

    /// Requests of one call: one a millisecond for the longest call behind an API, and more.
    pub const CALL_REQUESTS_MAX: u32 = 100_000;

    /// Of a body: 1 GiB.
    pub const BYTES_MAX: u64 = 1024 * 1024 * 1024;

    /// For a connection: servers that are there answer within seconds.
    pub const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(60);

    /// For a request: no call is longer.
    pub const TIMEOUT_MAX: Duration = Duration::from_secs(900);
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
