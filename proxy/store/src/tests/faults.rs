//! What happens to a data directory: another process, another program's file, a newer version,
//! damage, a full disk; backup and restore.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::sample::{fill, open, shelves, shelves_of, store};
use crate::{Existing, Store, StoreError, WriteTransaction, backup as save, inspect, restore};

fn refusal(directory: &Path) -> String {
    match open(directory) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_data_directory_has_one_process() {
    let (folder, store) = store();
    assert!(refusal(folder.path()).contains("is in use by another process"));
    drop(store);
    open(folder.path()).unwrap();
}

#[test]
fn a_data_directory_is_handed_over_with_all_that_was_written() {
    let (folder, old) = store();
    fill(&old, "a");
    old.hand_over().unwrap();
    let new = open(folder.path()).unwrap();
    fill(&new, "b");
    let refused = old.write(|transaction| {
        transaction.insert(crate::Account::row(), &super::sample::shelf("c")).map(drop)
    });
    assert!(matches!(refused, Err(StoreError::HandedOver)), "{refused:?}");
    assert_eq!(shelves(&old), ["a", "b"], "what is served goes on being read");
    let namespace = model::Namespace::parse("n").unwrap();
    old.key_values().set(&namespace, "key", b"value".to_vec()).unwrap();
    assert_eq!(new.key_values().get(&namespace, "key").unwrap().as_deref(), Some(&b"value"[..]));
    old.hand_over().unwrap();
    drop(old);
    assert_eq!(shelves(&new), ["a", "b"]);
    assert!(refusal(folder.path()).contains("is in use by another process"));
}

#[test]
fn its_files_are_for_their_owner_alone() {
    let (folder, store) = store();
    fill(&store, "a");
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
    }
}

#[test]
fn a_file_that_is_not_ours_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edgeway.db");
    fs::write(&file, "not a database, but longer than the header of one: ".repeat(9)).unwrap();
    let refusal_of_text = refusal(folder.path());
    assert!(refusal_of_text.contains("edgeway.db is damaged"), "{refusal_of_text}");
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(refusal(folder.path()).contains("edgeway.db is not a database of Edgeway"));
}

#[test]
fn a_newer_file_is_refused_with_both_versions() {
    let (folder, store) = store();
    drop(store);
    let file = folder.path().join("edgeway.db");
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refusal = refusal(folder.path());
    assert!(refusal.contains("edgeway.db has version 99, newer than 6"), "{refusal}");
}

#[test]
fn a_damaged_file_is_refused_and_a_backup_restores_it() {
    let (folder, store) = store();
    (0..200).for_each(|number| fill(&store, &number.to_string()));
    let backup = folder.path().join("backup");
    save(folder.path(), &backup).unwrap();
    fill(&store, "after the backup");
    drop(store);
    let file = folder.path().join("edgeway.db");
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    assert!(refusal(folder.path()).contains("edgeway.db is damaged"));
    let kept = restore(&backup, folder.path(), Existing::Keep);
    assert!(matches!(kept, Err(StoreError::FileExists(_))));
    restore(&backup, folder.path(), Existing::Replace).unwrap();
    assert_eq!(shelves(&open(folder.path()).unwrap()).len(), 200);
}

#[test]
fn a_restore_does_not_play_the_old_log_into_the_new_file() {
    let (folder, store) = store();
    fill(&store, "kept");
    let backup = folder.path().join("backup");
    save(folder.path(), &backup).unwrap();
    fill(&store, "dropped");
    // As after `kill -9`: the log is left, with what was written last.
    let copy = tempfile::tempdir().unwrap();
    for name in ["edgeway.db", "edgeway.db-wal"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    restore(&backup, copy.path(), Existing::Replace).unwrap();
    assert_eq!(shelves(&open(copy.path()).unwrap()), ["kept"]);
}

#[test]
fn a_backup_is_whole_and_overwrites_nothing() {
    let (folder, store) = store();
    fill(&store, "a");
    let backup = folder.path().join("backup");
    save(folder.path(), &backup).unwrap();
    assert!(matches!(save(folder.path(), &backup), Err(StoreError::FileExists(_))));
    let other = tempfile::tempdir().unwrap();
    let running = restore(&backup, folder.path(), Existing::Replace);
    assert!(matches!(running, Err(StoreError::InUse(_))));
    restore(&backup, other.path(), Existing::Keep).unwrap();
    assert_eq!(shelves(&open(other.path()).unwrap()), ["a"]);
    let nothing = folder.path().join("nothing");
    assert!(restore(&nothing, other.path(), Existing::Replace).is_err());
    fs::write(&nothing, "").unwrap();
    let empty = restore(&nothing, other.path(), Existing::Replace);
    assert!(matches!(empty, Err(StoreError::Foreign(_))));
    assert_eq!(shelves(&open(other.path()).unwrap()), ["a"]);
}

#[test]
fn the_state_is_read_beside_who_works_with_it() {
    let (folder, store) = store();
    fill(&store, "a");
    let seen = || inspect(folder.path(), shelves_of);
    assert_eq!(seen().unwrap(), ["a"]);
    drop(store);
    assert_eq!(seen().unwrap(), ["a"]);
    let nothing = tempfile::tempdir().unwrap();
    let refused = inspect(nothing.path(), shelves_of);
    assert!(refused.unwrap_err().to_string().contains("edgeway.db cannot be used"));
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn a_full_disk_refuses_the_write_and_keeps_what_was_there() {
    let (_folder, store) = store();
    fill(&store, "a");
    limit(&store, 1);
    let mut refused = None;
    for number in 0..1_000 {
        let id = format!("{number}{}", "x".repeat(4_000));
        let write = move |transaction: &WriteTransaction<'_>| {
            let shelf = super::sample::shelf(&id);
            transaction.insert(crate::Account::row(), &shelf).map(drop)
        };
        if let Err(error) = store.write(write) {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(StoreError::Full)));
    limit(&store, 1_000_000);
    fill(&store, "b");
    let left = shelves(&store);
    assert_eq!((left.first().unwrap().as_str(), left.last().unwrap().as_str()), ("a", "b"));
}

/// What plays a full disk.
fn limit(store: &Store, pages: u32) {
    let set = move |transaction: &WriteTransaction<'_>| {
        transaction.connection.pragma_update(None, "max_page_count", pages)?;
        Ok::<_, StoreError>(())
    };
    store.write(set).unwrap();
}

#[test]
fn writes_that_wait_together_fail_together_on_a_full_disk() {
    let (_folder, store) = store();
    fill(&store, "kept");
    limit(&store, 1);
    let (go, wait) = mpsc::channel();
    let insert = |id: String| {
        move |transaction: &WriteTransaction<'_>| {
            transaction.insert(crate::Account::row(), &super::sample::shelf(&id)).map(drop)
        }
    };
    let results = thread::scope(|scope| {
        // The writer waits in the first one, so that the others are of one batch with it.
        let first = scope.spawn(|| {
            store.write(move |transaction| {
                wait.recv().unwrap();
                insert("first".to_owned())(transaction)
            })
        });
        let large = scope.spawn(|| store.write(insert("x".repeat(100_000))));
        let last = scope.spawn(|| store.write(insert("last".to_owned())));
        thread::park_timeout(Duration::from_millis(100));
        go.send(()).unwrap();
        [first, large, last].map(|thread| thread.join().unwrap())
    });
    // One that is not of the batch may have been done.
    let is_acknowledged = results.iter().map(Result::is_ok).collect::<Vec<_>>();
    let refused = results.iter().filter_map(|result| result.as_ref().err());
    for error in refused {
        assert!(matches!(error, StoreError::Full | StoreError::ReadOnly), "{error}");
    }
    assert!(!is_acknowledged[1]);
    let expected = [("first", is_acknowledged[0]), ("last", is_acknowledged[2])];
    let kept = shelves(&store);
    for (id, is_there) in expected {
        assert_eq!(kept.contains(&id.to_owned()), is_there, "{id}: {results:?}");
    }
    limit(&store, 1_000_000);
    fill(&store, "after");
    assert!(shelves(&store).contains(&"after".to_owned()));
}

#[test]
fn a_database_that_another_process_locks_is_read_and_not_written() {
    let (folder, store) = store();
    fill(&store, "a");
    let other = Connection::open(folder.path().join("edgeway.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.write(|transaction| {
        transaction.insert(crate::Account::row(), &super::sample::shelf("b")).map(drop)
    });
    assert!(matches!(refused, Err(StoreError::Locked)), "{refused:?}");
    assert_eq!(shelves(&store), ["a"]);
    other.execute_batch("ROLLBACK").unwrap();
    fill(&store, "c");
    assert_eq!(shelves(&store), ["a", "c"]);
}
