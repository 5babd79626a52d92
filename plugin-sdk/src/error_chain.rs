//! An error and its causes as one line of text, for the gateway's log.

use std::error::Error;

/// `outer: cause: cause of the cause`.
pub(crate) fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
