//! The outside things that the control API needs, as traits that the shell implements.

use model::{Digest, FunctionName, Plugin};

/// Time and randomness.
pub trait Ambient: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Fills with bytes that nobody can guess: keys are made of them.
    fn fill(&self, bytes: &mut [u8]);
}

/// The functions that integrations and authorizers may name.
pub trait Functions: Send + Sync {
    /// The component of a function as it is now, by its name and its version or alias.
    fn find(&self, name: &FunctionName, qualifier: Option<&str>) -> Option<Plugin>;

    /// The component that a deployment was made with.
    fn pinned(&self, name: &FunctionName, digest: Digest) -> Option<Plugin>;
}
