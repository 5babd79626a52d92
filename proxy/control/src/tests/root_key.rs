//! The key of the account itself.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use store::{Account, Store, StoreError};

use super::client::{self, Still};
use crate::session::{Session, SessionOwner};
use crate::{Credentials, RootKeyError, ensure_root_key};

fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), secret_access_key: secret.to_owned() }
}

fn ensure(store: &Store, given: Option<Credentials>) -> Result<Option<Credentials>, RootKeyError> {
    let mut saved = None;
    ensure_root_key(store, &Still(AtomicU64::new(7)), given, |made| {
        saved = Some(made.clone());
        Ok(())
    })?;
    Ok(saved)
}

fn store() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = client::open(folder.path());
    (folder, store)
}

#[test]
fn the_first_start_makes_a_key_and_the_next_keeps_it() {
    let (_folder, store) = store();
    let made = ensure(&store, None).unwrap().unwrap();
    assert_eq!((made.access_key_id.len(), made.secret_access_key.len()), (20, 40));
    let change = store.change();
    assert!(ensure(&store, None).unwrap().is_none());
    assert!(ensure(&store, Some(made)).unwrap().is_none());
    assert_eq!(store.change(), change);
}

#[test]
fn a_key_that_could_not_be_written_down_is_not_good() {
    let (_folder, store) = store();
    let full = |_: &Credentials| Err(io::Error::from(io::ErrorKind::StorageFull));
    let failed = ensure_root_key(&store, &Still(AtomicU64::new(7)), None, full);
    assert!(matches!(failed, Err(RootKeyError::Save(_))));
    assert!(ensure(&store, None).unwrap().is_some());
}

#[test]
fn a_given_key_must_be_one_that_can_sign() {
    let (_folder, store) = store();
    for (id, secret) in [("", "long enough"), ("a/b", "long enough"), ("AKIA", "short")] {
        assert!(ensure(&store, Some(credentials(id, secret))).is_err(), "{id} {secret}");
    }
    assert!(ensure(&store, Some(credentials("admin", "long enough"))).unwrap().is_none());
}

#[test]
fn another_root_key_ends_what_was_begun_with_the_one_before() {
    let (_folder, store) = store();
    ensure(&store, Some(credentials("admin", "long enough"))).unwrap();
    store
        .write(|transaction| {
            for owner in [SessionOwner::Root, SessionOwner::User("AIDA".to_owned())] {
                let random = Still(AtomicU64::new(if owner == SessionOwner::Root { 1 } else { 2 }));
                transaction.insert(Account::row(), &Session::new(&random, owner, 0, 900))?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let owners = || {
        let sessions = store.read(|transaction| transaction.list::<Session>(Account::row()));
        sessions.unwrap().into_iter().map(|stored| stored.document.owner).collect::<Vec<_>>()
    };
    let user = SessionOwner::User("AIDA".to_owned());
    ensure(&store, Some(credentials("admin", "long enough"))).unwrap();
    assert_eq!(owners(), [SessionOwner::Root, user.clone()], "the same key");
    ensure(&store, Some(credentials("admin", "another secret"))).unwrap();
    assert_eq!(owners(), [user]);
}
