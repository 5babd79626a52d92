//! The lines that a process writes, kept as they come, so that a test can wait for one.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::patience::{PATIENCE, Stopwatch};

/// Lines of one stream; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    lines: Mutex<Lines>,
    changed: Condvar,
}

#[derive(Default)]
struct Lines {
    text: String,
    is_complete: bool,
}

impl Log {
    /// Reads a stream to its end.
    pub(crate) fn read(stream: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let shared = Arc::clone(&log.0);
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                shared.lines.lock().unwrap().text.push_str(&String::from_utf8_lossy(&line));
                shared.changed.notify_all();
                line.clear();
            }
            shared.lines.lock().unwrap().is_complete = true;
            shared.changed.notify_all();
        });
        log
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        self.0.lines.lock().unwrap().text.clone()
    }

    /// Everything, once the stream is at its end.
    pub(crate) fn whole(&self) -> String {
        self.wait(|lines| lines.is_complete.then(|| lines.text.clone())).unwrap_or_else(|text| text)
    }

    /// Waits until the text has `part`.
    #[track_caller]
    pub(crate) fn wait_for(&self, part: &str) {
        self.wait_for_count(part, 1);
    }

    /// Waits until the text has `part` so many times.
    #[track_caller]
    pub(crate) fn wait_for_count(&self, part: &str, count: usize) {
        let found = self.wait(|lines| (lines.text.matches(part).count() >= count).then_some(()));
        if let Err(text) = found {
            panic!("{count} of {part:?} did not come; what came is:\n{text}");
        }
    }

    fn wait<T>(&self, mut find: impl FnMut(&Lines) -> Option<T>) -> Result<T, String> {
        let stopwatch = Stopwatch::start();
        let mut lines = self.0.lines.lock().unwrap();
        loop {
            if let Some(found) = find(&lines) {
                return Ok(found);
            }
            let left = PATIENCE.saturating_sub(stopwatch.elapsed());
            if left.is_zero() || lines.is_complete {
                return Err(lines.text.clone());
            }
            lines = self.0.changed.wait_timeout(lines, left).unwrap().0;
        }
    }
}
