//! The end of what one call logs, for whoever hands one to the call: Lambda's `LogType: Tail`, and the
//! explanation of a request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Lambda: "the last 4 KB of the execution log".
const TAIL_BYTES_MAX: usize = 4 * 1024;

/// Shared by the call and by who reads it afterwards.
#[derive(Clone, Debug, Default)]
pub struct LogTail(Arc<Mutex<VecDeque<u8>>>);

impl LogTail {
    /// Adds a message as a line of its own, whatever is in it.
    pub fn add(&self, message: &str) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(message.bytes().chain([b'\n']));
        let surplus = tail.len().saturating_sub(TAIL_BYTES_MAX);
        tail.drain(..surplus);
    }

    /// The last 4 KB of all lines so far, each with its end; what is cut is the beginning of the first.
    pub fn bytes(&self) -> Vec<u8> {
        let tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tail.iter().copied().collect()
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}
