//! Temporary access keys, which STS makes: of users, of the account, and of who became a role.

use serde::{Deserialize, Serialize};
use store::{Account, Document, WriteTransaction};

use crate::access_key::Credentials;
use crate::call::random_text;
use crate::port::Ambient;
use crate::query::{QueryRefusal, QueryRefusalKind};

/// Keys that are good at once, of all owners: beyond it, whoever asks is to come again.
const SESSIONS_MAX: usize = 5_000;

/// Of one owner, so that nobody keeps the others from having any.
const OWNER_SESSIONS_MAX: usize = 500;

/// A key that is good for a while, if it is sent with its token.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) owner: SessionOwner,
    /// What the session may do at most, beside what its owner may.
    pub(crate) policy: Option<String>,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
}

/// Whose key it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SessionOwner {
    /// Somebody who became a role.
    Role {
        /// Its name: the role may be deleted, and made again by the same name, and is another then.
        role: String,
        id: String,
        session: String,
    },
    Root,
    /// A user, by its unique id.
    User(String),
}

impl Document for Session {
    type Owner = Account;
    const KIND: &'static str = "sts-session";
    const SEALED: &'static [&'static str] = &["/secret", "/token"];

    fn id(&self) -> &str {
        &self.id
    }
}

impl Session {
    pub(crate) fn new(
        ambient: &dyn Ambient,
        owner: SessionOwner,
        issued: i64,
        seconds: u32,
    ) -> Self {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let Credentials { access_key_id, secret_access_key } = Credentials::generate(ambient);
        Self {
            id: access_key_id.replacen("AKIA", "ASIA", 1),
            secret: secret_access_key,
            token: random_text(ambient, 128, ALPHABET),
            owner,
            policy: None,
            issued,
            expires: issued + i64::from(seconds),
        }
    }

    /// Keeps it, and no longer those that are over.
    pub(crate) fn keep(&self, transaction: &WriteTransaction<'_>) -> Result<(), QueryRefusal> {
        let (mut count, mut of_owner) = (0, 0);
        for stored in transaction.list::<Self>(Account::row())? {
            if stored.document.expires <= self.issued {
                transaction.delete(stored.row)?;
            } else {
                count += 1;
                of_owner += usize::from(stored.document.owner == self.owner);
            }
        }
        if SESSIONS_MAX <= count || OWNER_SESSIONS_MAX <= of_owner {
            return Err(QueryRefusal::new(QueryRefusalKind::Throttling, "Rate exceeded"));
        }
        transaction.insert(Account::row(), self)?;
        Ok(())
    }
}
