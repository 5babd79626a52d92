//! The `.cwasm` files: written once, read again, replaced when they are not what was written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasm_host::{Host, LoadedPlugin};

use crate::setup::{Setup, host_with, invoke, settings};

/// The code came from the cache.
const CACHED: bool = true;

/// The code came from the compiler.
const COMPILED: bool = false;

async fn load(guest: &str, cache_dir: &Path) -> LoadedPlugin {
    let plugin = Setup::guest(guest).load(&host_with(settings(cache_dir, 4))).await;
    assert_eq!(invoke(&plugin, "1").await, "1");
    plugin
}

#[track_caller]
fn assert_origin(plugin: &LoadedPlugin, cached: bool) {
    assert_eq!(plugin.compile_time().is_none(), cached, "{:?}", plugin.compile_time());
}

/// A directory that nobody else can use.
fn private_directory() -> tempfile::TempDir {
    let mode = Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().expect("a directory")
}

/// A directory that holds the code of `echo`, and the file.
async fn with_echo() -> (tempfile::TempDir, PathBuf) {
    let directory = private_directory();
    assert_origin(&load("echo", directory.path()).await, COMPILED);
    let code = code_files(directory.path()).remove(0);
    (directory, code)
}

fn code_files(cache_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache_dir).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|text| text == "cwasm")).collect();
    paths.sort();
    paths
}

/// As somebody does who has the rights of this process.
fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("removes");
    fs::write(path, bytes).expect("writes");
    fs::set_permissions(path, Permissions::from_mode(0o400)).expect("a mode");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

#[tokio::test]
async fn compiled_code_is_kept_for_this_user_only_and_used_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache_dir = directory.path().join("data").join("code");
    assert_origin(&load("echo", &cache_dir).await, COMPILED);
    let code = code_files(&cache_dir);
    assert_eq!(code.len(), 1);
    assert_eq!(
        [mode(&cache_dir), mode(&cache_dir.join("key")), mode(&code[0])],
        [0o700, 0o600, 0o400]
    );
    let names: Vec<_> = fs::read_dir(&cache_dir).expect("a directory").collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_origin(&load("echo", &cache_dir).await, CACHED);
}

#[tokio::test]
async fn code_that_is_not_what_was_written_is_never_used() {
    let (directory, code) = with_echo().await;
    let sound = fs::read(&code).expect("a file");
    let flipped = |position: usize| {
        let mut bytes = sound.clone();
        bytes[position] ^= 1;
        bytes
    };
    let half = sound.len() / 2;
    let longer = [&sound[..], b"more"].concat();
    for damaged in [
        flipped(0),
        flipped(half),
        flipped(sound.len() - 1),
        sound[..half].to_vec(),
        sound[..sound.len() - 32].to_vec(),
        longer,
        Vec::new(),
        vec![0x7f; 31],
    ] {
        overwrite(&code, &damaged);
        assert_origin(&load("echo", directory.path()).await, COMPILED);
        assert_eq!(fs::read(&code).expect("a file").len(), sound.len());
        assert_origin(&load("echo", directory.path()).await, CACHED);
    }
}

#[tokio::test]
async fn code_under_the_name_of_another_component_is_never_used() {
    let (directory, echo) = with_echo().await;
    Setup::guest("scripted")
        .namespace("counts")
        .load(&host_with(settings(directory.path(), 4)))
        .await;
    let both = code_files(directory.path());
    let scripted = both.iter().find(|path| **path != echo).expect("the other file");
    overwrite(&echo, &fs::read(scripted).expect("a file"));
    assert_origin(&load("echo", directory.path()).await, COMPILED);
}

#[tokio::test]
async fn code_of_another_node_is_never_used() {
    let (directory, echo) = with_echo().await;
    let (other, foreign) = with_echo().await;
    assert_eq!(echo.file_name(), foreign.file_name());
    overwrite(&echo, &fs::read(foreign).expect("a file"));
    assert_origin(&load("echo", directory.path()).await, COMPILED);
    drop(other);
}

#[tokio::test]
async fn lost_or_damaged_key_costs_time_only() {
    let (directory, _) = with_echo().await;
    let key = directory.path().join("key");
    let old = fs::read(&key).expect("a key");
    for damaged in [None, Some(&old[1..]), Some(b"")] {
        fs::remove_file(&key).expect("removes");
        if let Some(bytes) = damaged {
            fs::write(&key, bytes).expect("writes");
            fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("a mode");
        }
        assert_origin(&load("echo", directory.path()).await, COMPILED);
        assert_origin(&load("echo", directory.path()).await, CACHED);
        let new = fs::read(&key).expect("a key");
        assert_eq!(new.len(), old.len());
        assert_ne!(new, old);
    }
}

#[tokio::test]
async fn what_others_may_use_is_refused_with_what_to_do() {
    let (directory, code) = with_echo().await;
    let key = directory.path().join("key");
    for (path, open, private) in [(directory.path(), 0o750, 0o700), (&key, 0o604, 0o600)] {
        fs::set_permissions(path, Permissions::from_mode(open)).expect("a mode");
        let error = Host::new(settings(directory.path(), 4)).expect_err("it is open").to_string();
        let parts = [
            format!("{} is not safe for compiled code", path.display()),
            format!("(mode {open:04o}); close it with `chmod go= {}`", path.display()),
        ];
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        fs::set_permissions(path, Permissions::from_mode(private)).expect("a mode");
    }
    fs::set_permissions(&code, Permissions::from_mode(0o460)).expect("a mode");
    assert_origin(&load("echo", directory.path()).await, COMPILED);
    assert_eq!(mode(&code), 0o400);
}

#[tokio::test]
async fn what_is_of_no_use_any_more_is_removed() {
    let (directory, code) = with_echo().await;
    let file = |name: &str| directory.path().join(name);
    let digest = &code.file_name().expect("a name").to_str().expect("text")[..64];
    let other_engine = file(&format!("{digest}-0123456789abcdef.cwasm"));
    let checksum = file(&format!("{digest}-0123456789abcdef.sha256"));
    let [old_draft, draft, other] = ["old.cwasm.1-0.tmp", "new.cwasm.1-1.tmp", "README"].map(file);
    for path in [&other_engine, &checksum, &old_draft, &draft, &other] {
        fs::write(path, "x").expect("writes");
    }
    fs::File::options()
        .write(true)
        .open(&old_draft)
        .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
        .expect("a time");
    let host = Host::new(settings(directory.path(), 4)).expect("a host");
    for gone in [other_engine, checksum, old_draft] {
        assert!(!gone.exists(), "{}", gone.display());
    }
    for kept in [code, draft, other] {
        assert!(kept.exists(), "{}", kept.display());
    }
    drop(host);
}

#[tokio::test]
async fn directory_that_cannot_be_written_costs_time_only() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache_dir = directory.path().join("code");
    let host = host_with(settings(&cache_dir, 4));
    fs::remove_dir_all(&cache_dir).expect("removes");
    let plugin = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&plugin, "1").await, "1");
    assert_origin(&plugin, COMPILED);
}

#[tokio::test]
async fn code_goes_on_when_its_file_is_removed() {
    let (directory, _) = with_echo().await;
    let plugin = load("echo", directory.path()).await;
    drop(directory);
    assert_eq!(invoke(&plugin, "1").await, "1");
}
