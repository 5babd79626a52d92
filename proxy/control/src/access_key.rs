//! Access keys: whose signatures are good.

use serde::{Deserialize, Serialize};
use store::{Account, Document, Store};

use crate::port::Ambient;
use crate::refusal::Refusal;

/// A key that requests are signed with.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessKey {
    id: String,
    pub(crate) secret: String,
    pub(crate) owner: KeyOwner,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyOwner {
    /// The account itself, which may do everything.
    Root,
}

impl Document for AccessKey {
    type Owner = Account;
    const KIND: &'static str = "access-key";

    fn id(&self) -> &str {
        &self.id
    }
}

/// An access key with its secret, as its owner gets it.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// `AKIA...`
    pub access_key_id: String,
    /// What signatures are made with.
    pub secret_access_key: String,
}

impl Credentials {
    /// New ones, which nobody can guess.
    pub fn generate(ambient: &dyn Ambient) -> Self {
        const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const SECRET_ALPHABET: &[u8] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let id = crate::call::random_text(ambient, 16, ID_ALPHABET);
        Self {
            access_key_id: format!("AKIA{id}"),
            secret_access_key: crate::call::random_text(ambient, 40, SECRET_ALPHABET),
        }
    }
}

/// Whether the account has a root key.
///
/// # Errors
/// That the store cannot be read.
pub fn has_root_key(store: &Store) -> Result<bool, Refusal> {
    store.read(|transaction| {
        let keys = transaction.list::<AccessKey>(Account::row())?;
        Ok(keys.iter().any(|key| key.document.owner == KeyOwner::Root))
    })
}

/// Makes these the only credentials of the account itself: every root key before is void.
///
/// # Errors
/// That the id is one's that is not the account's, and that the store cannot be written.
pub fn set_root_key(store: &Store, credentials: &Credentials) -> Result<(), Refusal> {
    let key = AccessKey {
        id: credentials.access_key_id.clone(),
        secret: credentials.secret_access_key.clone(),
        owner: KeyOwner::Root,
    };
    store.write(move |transaction| {
        let before = transaction.list::<AccessKey>(Account::row())?;
        let is_same = |before: &AccessKey| before.id == key.id && before.secret == key.secret;
        let mut root = before.iter().filter(|found| found.document.owner == KeyOwner::Root);
        if root.clone().count() == 1 && root.all(|found| is_same(&found.document)) {
            return Ok(());
        }
        for found in before.iter().filter(|found| found.document.owner == KeyOwner::Root) {
            transaction.delete(found.row)?;
        }
        transaction.insert(Account::row(), &key)?;
        Ok(())
    })
}
