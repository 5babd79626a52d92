//! Key-value namespaces for tests of a plugin outside a gateway: in memory, one set for each
//! thread, every namespace granted. Keeps the gateway's rules for keys, values and order, but not
//! the size of a namespace.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use super::HostError;

const KEY_BYTES_MAX: usize = 512;
const VALUE_BYTES_MAX: usize = 1024 * 1024;
const LISTED_KEYS_MAX: u32 = 1_000;

type Values = BTreeMap<(String, String), Vec<u8>>;

thread_local! {
    static VALUES: RefCell<Values> = const { RefCell::new(Values::new()) };
}

pub(super) fn get(namespace: &str, key: &str) -> Result<Option<Vec<u8>>, HostError> {
    let at = at(namespace, key)?;
    Ok(VALUES.with_borrow(|values| values.get(&at).cloned()))
}

pub(super) fn set(namespace: &str, key: &str, value: &[u8]) -> Result<(), HostError> {
    let at = at(namespace, key)?;
    let value = checked(value)?;
    VALUES.with_borrow_mut(|values| values.insert(at, value));
    Ok(())
}

pub(super) fn delete(namespace: &str, key: &str) -> Result<bool, HostError> {
    let at = at(namespace, key)?;
    Ok(VALUES.with_borrow_mut(|values| values.remove(&at).is_some()))
}

pub(super) fn list_keys(
    namespace: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, HostError> {
    let start = match after {
        Some(after) if prefix <= after => Bound::Excluded((namespace.to_owned(), after.to_owned())),
        _ => Bound::Included((namespace.to_owned(), prefix.to_owned())),
    };
    Ok(VALUES.with_borrow(|values| {
        values
            .range((start, Bound::Unbounded))
            .map(|((namespace, key), _)| (namespace, key))
            .take_while(|(found, key)| *found == namespace && key.starts_with(prefix))
            .take(limit.min(LISTED_KEYS_MAX) as usize)
            .map(|(_, key)| key.clone())
            .collect()
    }))
}

pub(super) fn compare_and_set(
    namespace: &str,
    key: &str,
    expected: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<bool, HostError> {
    let at = at(namespace, key)?;
    let new = new.map(checked).transpose()?;
    Ok(VALUES.with_borrow_mut(|values| {
        if values.get(&at).map(Vec::as_slice) != expected {
            return false;
        }
        match new {
            Some(value) => values.insert(at, value),
            None => values.remove(&at),
        };
        true
    }))
}

pub(super) fn increment(namespace: &str, key: &str, delta: i64) -> Result<i64, HostError> {
    let sum = match get(namespace, key)? {
        None => delta,
        Some(value) => std::str::from_utf8(&value)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
            .and_then(|number| number.checked_add(delta))
            .ok_or(HostError::NotAnInteger)?,
    };
    set(namespace, key, sum.to_string().as_bytes())?;
    Ok(sum)
}

fn at(namespace: &str, key: &str) -> Result<(String, String), HostError> {
    if key.is_empty() || KEY_BYTES_MAX < key.len() {
        return Err(HostError::InvalidKey);
    }
    Ok((namespace.to_owned(), key.to_owned()))
}

fn checked(value: &[u8]) -> Result<Vec<u8>, HostError> {
    if VALUE_BYTES_MAX < value.len() {
        return Err(HostError::ValueTooLarge);
    }
    Ok(value.to_vec())
}
