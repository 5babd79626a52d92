//! The environment of a guest, which is its configuration.

/// The value of a variable, if it is set.
#[expect(clippy::disallowed_methods, reason = "what a guest reads is its function's configuration")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
