//! Processes of the binary, with what they say, where nobody else listens.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::client::Connection;
use crate::gateway::end;
use crate::log::Log;
use crate::patience::try_for;
use crate::ports;

/// For a gateway that has to compile 18 MB of Python on a loaded machine.
const START_PATIENCE: Duration = Duration::from_secs(300);

/// One that answers on its ports.
pub(crate) struct Listening {
    pub(crate) child: Child,
    pub(crate) stderr: Log,
    pub(crate) http: u16,
    pub(crate) control: u16,
}

impl Listening {
    /// Starts what `command` makes of the ports that it is given, HTTP and control.
    #[track_caller]
    pub(crate) fn start(command: impl Fn(u16, u16) -> Command) -> Self {
        const ATTEMPTS_MAX: usize = 5;
        for _ in 0..ATTEMPTS_MAX {
            let (http, control) = (ports::free(), ports::free());
            let (mut child, stderr) = spawn(&mut command(http, control));
            let is_open = |port| Connection::try_open(port).is_ok();
            let started = try_for(START_PATIENCE, || {
                if child.try_wait().unwrap().is_some() {
                    return Some(false);
                }
                (is_open(http) && is_open(control)).then_some(true)
            });
            match started {
                Some(true) => return Self { child, stderr, http, control },
                Some(false) => {
                    let log = stderr.whole();
                    // Somebody else took the port between our look and the start.
                    assert!(log.contains("ddress already in use"), "it did not start:\n{log}");
                }
                None => {
                    end(&mut child);
                    panic!("it does not start in time:\n{}", stderr.text());
                }
            }
        }
        panic!("every port was taken");
    }
}

/// A process whose stderr is read.
pub(crate) fn spawn(command: &mut Command) -> (Child, Log) {
    let mut child = command
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = Log::read(child.stderr.take().unwrap());
    (child, stderr)
}
