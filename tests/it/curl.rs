//! `curl`, for what a raw socket does not speak: HTTP/2 and TLS.

use std::process::{Command, Output};

/// What `curl` prints, when it succeeds.
#[track_caller]
pub(crate) fn curl(arguments: &[&str]) -> String {
    let output = run(arguments);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl {arguments:?}: {log}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `curl` complains of, when it fails.
#[track_caller]
pub(crate) fn curl_fails(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "curl {arguments:?} succeeds");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run(arguments: &[&str]) -> Output {
    Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "30"])
        .args(arguments)
        .output()
        .expect("curl is installed")
}
