//! The `.cwasm` files: written once, read again, replaced when they are damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::setup::{Setup, host_with, invoke, settings};

async fn load_and_call(cache_dir: &Path) {
    let host = host_with(settings(cache_dir, 4));
    let plugin = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&plugin, "1").await, "1");
}

fn code_files(cache_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache_dir).expect("a directory");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a time")
}

#[tokio::test]
async fn compiled_code_is_kept_for_this_user_only_and_used_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache_dir = directory.path().join("data").join("code");
    load_and_call(&cache_dir).await;
    let mode = fs::metadata(&cache_dir).expect("a directory").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let files = code_files(&cache_dir);
    let extensions: Vec<_> = files.iter().filter_map(|path| path.extension()).collect();
    assert_eq!(extensions, ["cwasm", "sha256"]);
    let written = modified(&files[0]);
    load_and_call(&cache_dir).await;
    assert_eq!(modified(&files[0]), written);
}

#[tokio::test]
async fn damaged_code_is_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache_dir = directory.path().join("code");
    load_and_call(&cache_dir).await;
    let code = code_files(&cache_dir).remove(0);
    let sound = fs::read(&code).expect("a file");
    let mut flipped = sound.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for damaged in [&sound[..sound.len() / 2], &flipped[..], b""] {
        fs::write(&code, damaged).expect("writes");
        load_and_call(&cache_dir).await;
        assert_eq!(fs::read(&code).expect("a file").len(), sound.len());
    }
}

#[tokio::test]
async fn directory_that_cannot_be_written_costs_time_only() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache_dir = directory.path().join("code");
    let host = host_with(settings(&cache_dir, 4));
    fs::remove_dir(&cache_dir).expect("removes");
    let plugin = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&plugin, "1").await, "1");
}
