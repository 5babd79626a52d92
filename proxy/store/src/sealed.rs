//! Documents as they stand in the file: what of them is secret is apart, and sealed.

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::migration::PAGE;
use crate::secrets_key::{Place, SealError, SecretsKey};
use crate::{Document, StoreError};

/// A document as it is written.
pub(crate) struct Written {
    /// JSON, with null where a secret was.
    pub(crate) body: String,
    /// None of a kind without secrets.
    pub(crate) secrets: Option<Vec<u8>>,
    /// The second name.
    pub(crate) alias: Option<String>,
}

/// The members of a document that are secret, in the order of [`Document::SEALED`].
pub(crate) struct Secrets(Vec<Value>);

impl Secrets {
    /// Takes the members at some pointers out of a document.
    pub(crate) fn take(document: &mut Value, pointers: &[&str]) -> Self {
        let take = |pointer: &&str| document.pointer_mut(pointer).map_or(Value::Null, Value::take);
        Self(pointers.iter().map(take).collect())
    }

    pub(crate) fn seal(&self, key: &SecretsKey, place: Place<'_>) -> Result<Vec<u8>, StoreError> {
        let members = serde_json::to_vec(&self.0).map_err(|_| StoreError::sealed(place))?;
        key.seal(place, members).map_err(|SealError| StoreError::no_randomness())
    }

    pub(crate) fn open(
        key: &SecretsKey,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Self, StoreError> {
        let opened = key.open(place, sealed).map_err(|SealError| StoreError::sealed(place))?;
        serde_json::from_slice(&opened).map(Self).map_err(|_| StoreError::sealed(place))
    }

    /// What stands for the one at a position, where that is a second name.
    pub(crate) fn name(&self, key: &SecretsKey, kind: &str, position: usize) -> Option<String> {
        self.0.get(position)?.as_str().map(|secret| key.name(kind, secret))
    }

    /// A second name, as another key makes it; the same if it is none of a secret.
    pub(crate) fn renamed(
        &self,
        alias: String,
        kind: &str,
        [from, to]: [&SecretsKey; 2],
    ) -> String {
        let is_it = |position: &usize| self.name(from, kind, *position).as_ref() == Some(&alias);
        let named = (0..self.0.len()).find(is_it);
        named.and_then(|position| self.name(to, kind, position)).unwrap_or(alias)
    }
}

/// How a document is written.
pub(crate) fn write<D: Document>(
    key: &SecretsKey,
    owner: i64,
    document: &D,
) -> Result<Written, StoreError> {
    const {
        assert!(match D::SECRET_NAME {
            Some(position) => position < D::SEALED.len(),
            None => true,
        });
    }
    let failed = |source| StoreError::document::<D>(source);
    if D::SEALED.is_empty() {
        let body = serde_json::to_string(document).map_err(failed)?;
        return Ok(Written { body, secrets: None, alias: document.alias() });
    }
    let mut value = serde_json::to_value(document).map_err(failed)?;
    let place = Place { owner, kind: D::KIND, id: document.id() };
    let secrets = Secrets::take(&mut value, D::SEALED);
    let alias = match D::SECRET_NAME {
        Some(position) => secrets.name(key, D::KIND, position),
        None => document.alias(),
    };
    let secrets = secrets.seal(key, place)?;
    Ok(Written { body: value.to_string(), secrets: Some(secrets), alias })
}

/// What was written, with its secrets.
pub(crate) fn read<D: Document>(
    key: &SecretsKey,
    place: Place<'_>,
    body: &str,
    secrets: Option<&[u8]>,
) -> Result<D, StoreError> {
    let failed = |source| StoreError::document::<D>(source);
    let Secrets(members) = Secrets::open(key, place, secrets.unwrap_or_default())?;
    let mut document: Value = serde_json::from_str(body).map_err(failed)?;
    for (pointer, member) in D::SEALED.iter().zip(members) {
        if let Some(place) = document.pointer_mut(pointer) {
            *place = member;
        }
    }
    serde_json::from_value(document).map_err(failed)
}

/// A document with secrets, as it stands in the file.
pub(crate) struct SealedRow {
    owner: i64,
    pub(crate) kind: String,
    id: String,
    pub(crate) alias: Option<String>,
    pub(crate) secrets: Vec<u8>,
}

impl SealedRow {
    pub(crate) fn place(&self) -> Place<'_> {
        Place { owner: self.owner, kind: &self.kind, id: &self.id }
    }

    /// A page of them, after a row.
    pub(crate) fn page(
        connection: &Connection,
        after: i64,
    ) -> Result<Vec<(i64, Self)>, StoreError> {
        let sql = "SELECT row, owner, kind, id, alias, sealed FROM documents
                   WHERE sealed IS NOT NULL AND row > ? ORDER BY row LIMIT ?";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![after, PAGE], |row| {
            let sealed = Self {
                owner: row.get(1)?,
                kind: row.get(2)?,
                id: row.get(3)?,
                alias: row.get(4)?,
                secrets: row.get(5)?,
            };
            Ok((row.get(0)?, sealed))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
