//! Documents as they stand in the file: what of them is secret is apart, and sealed.

use serde_json::Value;

use crate::secrets_key::{Place, SealError, SecretsKey};
use crate::{Document, StoreError};

/// A document as it is written.
pub(crate) struct Written {
    /// JSON, with null where a secret was.
    pub(crate) body: String,
    /// None of a kind without secrets.
    pub(crate) secrets: Option<Vec<u8>>,
}

/// How a document is written.
pub(crate) fn write<D: Document>(
    key: &SecretsKey,
    owner: i64,
    document: &D,
) -> Result<Written, StoreError> {
    let failed = |source| StoreError::document::<D>(source);
    if D::SEALED.is_empty() {
        let body = serde_json::to_string(document).map_err(failed)?;
        return Ok(Written { body, secrets: None });
    }
    let mut value = serde_json::to_value(document).map_err(failed)?;
    let place = Place { owner, kind: D::KIND, id: document.id() };
    let secrets = seal(key, place, &mut value, D::SEALED)?;
    Ok(Written { body: value.to_string(), secrets: Some(secrets) })
}

/// Takes the members at some pointers out of a document, and seals them.
pub(crate) fn seal(
    key: &SecretsKey,
    place: Place<'_>,
    document: &mut Value,
    pointers: &[&str],
) -> Result<Vec<u8>, StoreError> {
    let take = |pointer: &&str| document.pointer_mut(pointer).map_or(Value::Null, Value::take);
    let members: Value = pointers.iter().map(take).collect();
    let sealed = key.seal(place, members.to_string().into_bytes());
    sealed.map_err(|SealError| StoreError::no_randomness())
}

/// What was written, with its secrets.
pub(crate) fn read<D: Document>(
    key: &SecretsKey,
    place: Place<'_>,
    body: &str,
    secrets: Option<&[u8]>,
) -> Result<D, StoreError> {
    let failed = |source| StoreError::document::<D>(source);
    let opened = secrets.and_then(|secrets| key.open(place, secrets).ok());
    let opened = opened.ok_or_else(|| StoreError::sealed(place))?;
    let members: Vec<Value> = serde_json::from_slice(&opened).map_err(failed)?;
    let mut document: Value = serde_json::from_str(body).map_err(failed)?;
    for (pointer, member) in D::SEALED.iter().zip(members) {
        if let Some(place) = document.pointer_mut(pointer) {
            *place = member;
        }
    }
    serde_json::from_value(document).map_err(failed)
}
