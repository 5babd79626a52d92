//! A test that is its own child, which works until it is killed.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a test of one function does: with arguments it is the child, without it is the test.
pub(crate) fn main(name: &str, test: fn(), child: fn(folder: &Path, round: u64)) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [flag, folder, round] if flag == CHILD => child(Path::new(folder), round.parse().unwrap()),
        [flag, ..] if flag == "--list" => println!("{name}: test"),
        _ => test(),
    }
}

const CHILD: &str = "--until-it-is-killed";

/// The child at work, and what it prints.
pub(crate) struct Working {
    child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl Working {
    pub(crate) fn start(folder: &Path, round: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, folder.to_str().unwrap(), &round.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Kills it: what it printed before, and was not read yet.
    pub(crate) fn kill(mut self) -> impl Iterator<Item = String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.map_while(Result::ok)
    }
}
