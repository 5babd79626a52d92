//! Access keys: whose signatures are good.
//!
//! Verifying needs the secret itself, so it is here, and nowhere else in the store: sealed. It is not
//! printed: no type with a secret has `Debug`.

use serde::{Deserialize, Serialize};
use store::{Account, Document};

use crate::call::random_text;
use crate::port::Ambient;

/// A key that requests are signed with.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) owner: KeyOwner,
    pub(crate) is_active: bool,
    pub(crate) created: i64,
}

/// Whose key it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyOwner {
    /// The account itself, which may do everything.
    Root,
    /// A user, by its unique id.
    User(String),
}

impl Document for AccessKey {
    type Owner = Account;
    const KIND: &'static str = "access-key";
    const SEALED: &'static [&'static str] = &["/secret"];

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
        Self {
            access_key_id: format!("AKIA{}", random_text(ambient, 16, ID_ALPHABET)),
            secret_access_key: random_text(ambient, 40, SECRET_ALPHABET),
        }
    }
}

impl AccessKey {
    pub(crate) fn new(credentials: Credentials, owner: KeyOwner, created: i64) -> Self {
        let Credentials { access_key_id: id, secret_access_key: secret } = credentials;
        Self { id, secret, owner, is_active: true, created }
    }
}
