//! Blobs: shared by digest, gone with their last user.

use model::Digest;

use super::sample::{Shelf, shelf, store};
use crate::{Account, Store, StoreError};

fn put(store: &Store, id: &str, bytes: &'static [u8]) -> Digest {
    let shelf = shelf(id);
    store
        .write(move |transaction| {
            let row = transaction.insert(Account::row(), &shelf)?;
            transaction.put_blob(row, bytes)?;
            transaction.put_blob(row, bytes)
        })
        .unwrap()
}

fn remove(store: &Store, id: &'static str) {
    store
        .write(move |transaction| {
            let stored = transaction.get::<Shelf>(Account::row(), id)?.unwrap();
            transaction.delete(stored.row)
        })
        .unwrap();
}

#[test]
fn equal_bytes_are_kept_once_and_as_long_as_somebody_uses_them() {
    let (_folder, store) = store();
    let digest = put(&store, "a", b"code");
    assert_eq!(put(&store, "b", b"code"), digest);
    let read = || store.read(|transaction| transaction.blob(digest)).unwrap();
    assert_eq!(read().as_deref(), Some(b"code".as_slice()));
    remove(&store, "a");
    assert!(read().is_some());
    remove(&store, "b");
    assert_eq!(read(), None);
}

#[test]
fn a_released_blob_goes() {
    let (_folder, store) = store();
    let digest = put(&store, "a", b"code");
    let after = store.write(move |transaction| {
        let stored = transaction.get::<Shelf>(Account::row(), "a")?.unwrap();
        transaction.release_blob(stored.row, digest)?;
        transaction.blob(digest)
    });
    assert_eq!(after.unwrap(), None);
}

#[test]
fn bytes_that_changed_on_the_disk_are_refused() {
    let (folder, store) = store();
    let digest = put(&store, "a", b"code");
    let file = folder.path().join("edgeway.db");
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute("UPDATE blobs SET bytes = x'00'", []).unwrap();
    let read = store.read(|transaction| transaction.blob(digest));
    assert!(matches!(read, Err(StoreError::Damaged { .. })));
}

#[test]
fn a_blob_gets_another_user_without_its_bytes() {
    let (_folder, store) = store();
    let digest = put(&store, "a", b"code");
    let use_it = |digest| {
        let shelf = shelf("b");
        store.write(move |transaction| {
            let row = match transaction.get::<Shelf>(Account::row(), "b")? {
                Some(stored) => stored.row,
                None => transaction.insert(Account::row(), &shelf)?,
            };
            transaction.use_blob(row, digest)
        })
    };
    assert!(use_it(digest).unwrap());
    assert!(!use_it(crate::digest(b"other")).unwrap());
    remove(&store, "a");
    assert!(store.read(|transaction| transaction.has_blob(digest)).unwrap());
    remove(&store, "b");
    assert!(!store.read(|transaction| transaction.has_blob(digest)).unwrap());
}
