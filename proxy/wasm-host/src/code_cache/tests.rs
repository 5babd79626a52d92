use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use model::Digest;

use super::{CodeCache, CodeKey};
use crate::abi::Abi;
use crate::engine::Engines;

fn cache(directory: &Path) -> CodeCache {
    let engines = Engines::new(1).expect("engines");
    CodeCache::open(directory.join("code"), engines).expect("a cache")
}

fn key(number: u8) -> CodeKey {
    CodeKey { digest: Digest::new([number; 32]), abi: Abi::Sync }
}

/// Puts the code of an empty component there, as that of component `number`.
fn keep(cache: &CodeCache, number: u8) {
    let code =
        cache.engines.of(Abi::Sync).precompile_component(b"\0asm\x0d\0\x01\0").expect("code");
    let draft = cache.draft(key(number)).expect("a draft");
    std::io::Write::write_all(&mut draft.file(), &code).expect("writes");
    cache.keep(key(number), draft).expect("a component");
}

/// As if it was used so many hours ago.
fn age(cache: &CodeCache, number: u8, hours: u32) {
    let path = cache.directory.join(cache.name(key(number)));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) - hours * HOUR;
    File::open(path).and_then(|file| file.set_modified(time)).expect("a time");
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn what_was_not_used_for_the_longest_time_goes_first() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut cache = cache(directory.path());
    keep(&cache, 1);
    let bytes = fs::metadata(cache.directory.join(cache.name(key(1)))).expect("a file").len();
    cache.bytes_max = 3 * bytes;
    for number in [2, 3] {
        keep(&cache, number);
    }
    for (number, hours) in [(1, 3), (2, 2), (3, 1)] {
        age(&cache, number, hours);
    }
    // One that is used is not the oldest any more.
    assert!(cache.find(key(1)).is_some());
    keep(&cache, 4);
    let found = [1, 2, 3, 4].map(|number| cache.find(key(number)).is_some());
    assert_eq!(found, [true, false, true, true]);
}

#[test]
fn draft_that_is_not_kept_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = cache(directory.path());
    drop(cache.draft(key(1)).expect("a draft"));
    let names: Vec<_> = fs::read_dir(&cache.directory).expect("a directory").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn sealed_garbage_is_not_mapped_and_not_found_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = cache(directory.path());
    let draft = cache.draft(key(1)).expect("a draft");
    std::io::Write::write_all(&mut draft.file(), b"no code").expect("writes");
    assert!(cache.keep(key(1), draft).is_err());
    assert!(cache.find(key(1)).is_none());
}
