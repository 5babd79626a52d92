//! The limits that more than one crate must agree on, each with its reason.

use std::time::Duration;

/// Largest request body, and largest response body that is held in memory: AWS's payload limit.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Largest header block of a request: AWS counts names, values and line ends.
pub const HEADER_BYTES_MAX: usize = 10_240;

/// Largest path and query of a request: the same as for its headers, as AWS counts both together for
/// HTTP APIs.
pub const TARGET_BYTES_MAX: usize = 10_240;

/// Largest header block that a function's result may have. AWS documents none; this is more than
/// clients accept, and small enough that repeated headers cost nothing.
pub const RESPONSE_HEADER_BYTES_MAX: usize = 64 * 1024;

/// What a header line takes beyond its name and value: `": "` and CR LF.
pub const HEADER_LINE_OVERHEAD_BYTES: usize = 4;

/// What an integration may take when nothing is said, and the longest of an API at AWS's edge (AWS).
pub const INTEGRATION_TIMEOUT_DEFAULT: Duration = Duration::from_millis(29_000);

/// Longest an integration of a regional or private API may take until its response is complete (AWS).
pub const INTEGRATION_TIMEOUT_MAX: Duration = Duration::from_millis(300_000);

/// Longest a response may stream (AWS).
pub const STREAM_TIME_MAX: Duration = Duration::from_millis(900_000);

/// Longest a response that streams may be silent (AWS).
pub const STREAM_SILENCE_MAX: Duration = Duration::from_millis(300_000);

/// The same of an API at AWS's edge.
pub const EDGE_STREAM_SILENCE_MAX: Duration = Duration::from_millis(30_000);

/// Shortest integration timeout that can be asked for (AWS).
pub const INTEGRATION_TIMEOUT_MIN: Duration = Duration::from_millis(50);

/// Largest event that a function is called with later (AWS, since 2025). An event that is waited for has the size of a
/// body.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// Largest result of a function: Lambda's limit for a synchronous invocation.
pub const FUNCTION_RESULT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Longest ARN of a method with its path: beyond it AWS answers 414.
pub const METHOD_ARN_BYTES_MAX: usize = 1_600;

/// Resources of one API (AWS's default quota is 300; this is where a document is a mistake).
pub const RESOURCES_MAX: usize = 10_000;
