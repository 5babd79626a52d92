//! The root key: that of the account itself, which may do everything.
//!
//! There is one at any time. It is made at the first start, or given by whoever starts.

use std::io;

use store::{Account, Store, StoreError, WriteTransaction};

use crate::access_key::{AccessKey, Credentials, KeyOwner};
use crate::port::Ambient;
use crate::session::{Session, SessionOwner};

/// Shorter secrets are guessed.
const SECRET_LENGTH_MIN: usize = 8;

const ID_LENGTH_MAX: usize = 128;

/// Why there is no root key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// A user has a key with this id.
    #[error("the id of the root key is that of a user's key")]
    IdTaken,
    /// A signature could not name it.
    #[error("the id of the root key must be 1 to {ID_LENGTH_MAX} letters, digits and underscores")]
    InvalidId,
    /// It would be guessed.
    #[error("the secret of the root key must have at least {SECRET_LENGTH_MIN} characters")]
    InvalidSecret,
    /// It was made, and nobody could be told; it is void.
    #[error("the root key cannot be written down")]
    Save(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes sure that the account has a root key: the `given` one, which voids any other; else the one
/// that it has; else a new one, which is good only once `save` has written it down.
///
/// # Errors
/// That there is none; what was there before still is.
pub fn ensure_root_key(
    store: &Store,
    ambient: &dyn Ambient,
    given: Option<Credentials>,
    save: impl FnOnce(&Credentials) -> io::Result<()>,
) -> Result<(), RootKeyError> {
    let credentials = match given {
        Some(given) => {
            check(&given)?;
            given
        }
        None if has_root_key(store)? => return Ok(()),
        None => {
            let made = Credentials::generate(ambient);
            save(&made).map_err(RootKeyError::Save)?;
            made
        }
    };
    let key = AccessKey::new(credentials, KeyOwner::Root, ambient.now());
    match store.write(move |transaction| set(transaction, &key)) {
        Err(StoreError::AlreadyExists) => Err(RootKeyError::IdTaken),
        done => Ok(done?),
    }
}

fn check(given: &Credentials) -> Result<(), RootKeyError> {
    let id = &given.access_key_id;
    let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word || !(1..=ID_LENGTH_MAX).contains(&id.len()) {
        return Err(RootKeyError::InvalidId);
    }
    if given.secret_access_key.chars().count() < SECRET_LENGTH_MIN {
        return Err(RootKeyError::InvalidSecret);
    }
    Ok(())
}

fn has_root_key(store: &Store) -> Result<bool, StoreError> {
    store.read(|transaction| {
        let keys = transaction.list::<AccessKey>(Account::row())?;
        Ok(keys.iter().any(|key| key.document.owner == KeyOwner::Root))
    })
}

fn set(transaction: &WriteTransaction<'_>, key: &AccessKey) -> Result<(), StoreError> {
    let mut before = transaction.list::<AccessKey>(Account::row())?;
    before.retain(|found| found.document.owner == KeyOwner::Root);
    let is_same = |found: &AccessKey| found.id == key.id && found.secret == key.secret;
    if before.len() == 1 && before.iter().all(|found| is_same(&found.document)) {
        return Ok(());
    }
    for found in before {
        transaction.delete(found.row)?;
    }
    // What was begun with another key ends with it.
    for session in transaction.list::<Session>(Account::row())? {
        if session.document.owner == SessionOwner::Root {
            transaction.delete(session.row)?;
        }
    }
    transaction.insert(Account::row(), key)?;
    Ok(())
}
