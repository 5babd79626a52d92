//! What a template is rendered from, and within which bounds.

/// What `$input` and `$stageVariables` show. Names are as the client wrote them; the last of equal
/// names counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs<'a> {
    /// The payload as it came.
    pub body: &'a str,
    pub path: &'a [(&'a str, &'a str)],
    pub query: &'a [(&'a str, &'a str)],
    pub headers: &'a [(&'a str, &'a str)],
    pub stage_variables: &'a [(&'a str, &'a str)],
    pub limits: Limits,
}

/// The bounds of one rendering.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Of one `#foreach`: AWS's.
    pub loop_iterations: u32,
    /// AWS's largest payload.
    pub output_bytes: usize,
    /// Statements, expressions, and what functions look at: bounds the time.
    pub steps: u64,
    /// Calls of macros and `#define`d blocks within each other.
    pub depth: u32,
    /// All that a rendering allocates, whether it is freed or not.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            loop_iterations: 1_000,
            output_bytes: 10 * 1024 * 1024,
            steps: 10_000_000,
            depth: 20,
            memory_bytes: 256 * 1024 * 1024,
        }
    }
}
