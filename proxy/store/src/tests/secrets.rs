//! Secrets: nowhere in clear text, bound to their place and their key, and sealed anew.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::sample::{fill, key, open, shelves, store};
use crate::secrets_key::Place;
use crate::{
    Account, DataDirectory, Document, Existing, ReadTransaction, SecretsKey, Store, StoreError,
    backup, backup_sealed_by, inspect, restore, rotate, sealed_by,
};

const SECRET: &str = "0-60-0-30";
const OTHER: &str = "another-secret";

/// Something with a secret that must be there, and one that need not.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Safe {
    id: String,
    combination: String,
    contents: Option<Contents>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Contents {
    owner: String,
    worth: Option<u64>,
}

impl Document for Safe {
    type Owner = Account;
    const KIND: &'static str = "safe";
    const SEALED: &'static [&'static str] = &["/combination", "/contents/worth"];

    fn id(&self) -> &str {
        &self.id
    }
}

/// The same, of whom the secrets do not matter.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct SafeWithoutSecrets {
    id: String,
    contents: Option<Contents>,
}

impl Document for SafeWithoutSecrets {
    type Owner = Account;
    const KIND: &'static str = Safe::KIND;

    fn id(&self) -> &str {
        &self.id
    }
}

fn safe(id: &str, combination: &str) -> Safe {
    let contents = Contents { owner: "owner-of-contents".to_owned(), worth: Some(7_654_321) };
    Safe { id: id.to_owned(), combination: combination.to_owned(), contents: Some(contents) }
}

fn put(store: &Store, safe: &Safe) {
    let safe = safe.clone();
    store.write(move |transaction| transaction.insert(Account::row(), &safe).map(drop)).unwrap();
}

fn get(store: &Store, id: &str) -> Result<Safe, StoreError> {
    store.read(|t| t.get::<Safe>(Account::row(), id)).map(|found| found.unwrap().document)
}

/// A store with one safe, closed.
fn closed_safe() -> TempDir {
    let (folder, store) = store();
    put(&store, &safe("a", SECRET));
    folder
}

/// Whether a text is anywhere in the files of a folder.
fn is_in(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[track_caller]
fn assert_clean(folder: &Path) {
    for secret in [SECRET, OTHER, "7654321"] {
        assert!(!is_in(folder, secret), "{secret}");
    }
}

#[test]
fn a_secret_comes_back_and_is_in_no_file() {
    let (folder, store) = store();
    put(&store, &safe("a", SECRET));
    put(&store, &Safe { contents: None, ..safe("b", SECRET) });
    assert_clean(folder.path());
    assert!(is_in(folder.path(), "owner-of-contents"), "what is no secret is there to be read");
    backup(folder.path(), &folder.path().join("backup")).unwrap();
    assert_eq!(get(&store, "a").unwrap(), safe("a", SECRET));
    assert_eq!(get(&store, "b").unwrap().contents, None);
    store
        .write(|transaction| {
            let mut stored = transaction.get::<Safe>(Account::row(), "a")?.unwrap();
            stored.document.combination = OTHER.to_owned();
            transaction.update(&stored)
        })
        .unwrap();
    assert_eq!(get(&store, "a").unwrap(), safe("a", OTHER));
    drop(store);
    assert_clean(folder.path());
    assert_eq!(get(&open(folder.path()).unwrap(), "a").unwrap(), safe("a", OTHER));
}

#[test]
fn what_is_sealed_twice_is_not_the_same() {
    let place = Place { owner: 1, kind: "safe", id: "a" };
    let sealed = || key(1).seal(place, SECRET.into()).unwrap();
    assert_ne!(sealed(), sealed());
    assert_eq!(key(1).open(place, &sealed()).unwrap(), SECRET.as_bytes());
    let others = [
        Place { owner: 2, ..place },
        Place { kind: "saf", id: "ea", ..place },
        Place { kind: "safer", ..place },
        Place { id: "", ..place },
    ];
    for other in others {
        assert!(key(1).open(other, &sealed()).is_err());
    }
    assert!(key(2).open(place, &sealed()).is_err());
    for length in 0..sealed().len() {
        assert!(key(1).open(place, &sealed()[..length]).is_err(), "{length}");
    }
    for bit in 0..sealed().len() * 8 {
        let mut damaged = sealed();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(key(1).open(place, &damaged).is_err(), "{bit}");
    }
}

#[test]
fn what_is_sealed_opens_at_its_place_alone() {
    let changes = [
        "UPDATE documents SET sealed = (SELECT sealed FROM documents WHERE id = 'b') WHERE id = 'a'",
        "UPDATE documents SET sealed = NULL WHERE id = 'a'",
        "UPDATE documents SET id = 'c' WHERE id = 'a'; UPDATE documents SET id = 'a' WHERE id = 'b'",
    ];
    for change in changes {
        let (folder, store) = store();
        put(&store, &safe("a", SECRET));
        put(&store, &safe("b", OTHER));
        drop(store);
        let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
        connection.execute_batch(change).unwrap();
        drop(connection);
        let found = get(&open(folder.path()).unwrap(), "a");
        let text = found.unwrap_err().to_string();
        assert!(text.contains("the secrets of the safe a are damaged"), "{change}: {text}");
    }
}

#[test]
fn another_key_opens_nothing() {
    let folder = closed_safe();
    let refused = Store::open(DataDirectory::lock(folder.path()).unwrap(), key(2)).map(drop);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("edgeway.db are sealed with the key "), "{refused}");
    assert!(refused.contains(&key(1).id().to_string()), "{refused}");
    assert!(refused.contains(&key(2).id().to_string()), "{refused}");
    assert!(sealed_by(folder.path()).unwrap() == Some(key(1).id()));
    assert_eq!(get(&open(folder.path()).unwrap(), "a").unwrap(), safe("a", SECRET));
}

#[test]
fn who_reads_without_a_key_reads_no_secret() {
    let folder = closed_safe();
    let read = |transaction: &ReadTransaction<'_>| transaction.get::<Safe>(Account::row(), "a");
    let refused = inspect(folder.path(), read).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Document { kind: "safe", .. }), "{refused}");
    let found = inspect(folder.path(), |transaction| {
        transaction.get::<SafeWithoutSecrets>(Account::row(), "a")
    });
    let contents = found.unwrap().unwrap().document.contents.unwrap();
    assert_eq!((contents.owner.as_str(), contents.worth), ("owner-of-contents", None));
}

#[test]
fn keys_are_hexadecimal_digits() {
    let digits = "0123456789abcdefABCDEF0123456789".repeat(2);
    let key = SecretsKey::parse(&format!(" {digits}\n")).unwrap();
    assert_eq!(key.id().to_string().len(), 16);
    assert!(!format!("{key:?}").contains(&digits[..8]));
    let bytes = [0xab; 32];
    assert!(SecretsKey::parse(&"ab".repeat(32)).unwrap().id() == SecretsKey::new(&bytes).id());
    for text in ["", &digits[1..], &format!("{digits}0"), &"+1".repeat(32), &"g0".repeat(32)] {
        let error = SecretsKey::parse(text).unwrap_err().to_string();
        assert!(error.contains("openssl rand -hex 32"), "{error}");
    }
}

#[test]
fn a_backup_keeps_what_is_sealed() {
    let folder = closed_safe();
    let file = folder.path().join("backup");
    backup(folder.path(), &file).unwrap();
    assert!(backup_sealed_by(&file).unwrap() == Some(key(1).id()));
    let other = tempfile::tempdir().unwrap();
    restore(&file, other.path(), Existing::Keep).unwrap();
    assert_clean(other.path());
    assert!(Store::open(DataDirectory::lock(other.path()).unwrap(), key(2)).is_err());
    assert_eq!(get(&open(other.path()).unwrap(), "a").unwrap(), safe("a", SECRET));
}

#[test]
fn another_key_seals_everything_anew() {
    let (folder, store) = store();
    let count = 2_500;
    (0..count).for_each(|number| put(&store, &safe(&number.to_string(), SECRET)));
    fill(&store, "kept");
    let change = store.change();
    drop(store);
    let before = sealed_of(folder.path(), "7");
    let directory = DataDirectory::lock(folder.path()).unwrap();
    assert!(matches!(rotate(&directory, &key(2), &key(3)), Err(StoreError::WrongKey { .. })));
    rotate(&directory, &key(1), &key(2)).unwrap();
    // One that was cut off after it was done is done.
    rotate(&directory, &key(1), &key(2)).unwrap();
    drop(directory);
    assert!(!folder_has(folder.path(), &before), "what the key before opens is gone");
    let store = Store::open(DataDirectory::lock(folder.path()).unwrap(), key(2)).unwrap();
    for number in 0..count {
        let id = number.to_string();
        assert_eq!(get(&store, &id).unwrap(), safe(&id, SECRET));
    }
    assert_eq!(shelves(&store), ["kept"]);
    assert_eq!(store.change(), change);
    drop(store);
    assert!(open(folder.path()).is_err(), "the key before opens nothing");
}

fn sealed_of(folder: &Path, id: &str) -> Vec<u8> {
    let connection = Connection::open(folder.join("edgeway.db")).unwrap();
    let sql = "SELECT sealed FROM documents WHERE id = ?";
    connection.query_row(sql, [id], |row| row.get(0)).unwrap()
}

fn folder_has(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|file| {
        let found = fs::read(file.unwrap().path()).unwrap();
        found.windows(bytes.len()).any(|part| part == bytes)
    })
}

/// As versions without sealed secrets wrote it, `-wal` and free pages with it.
fn in_clear_text(folder: &Path) {
    drop(open(folder).unwrap());
    let connection = Connection::open(folder.join("edgeway.db")).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE documents DROP COLUMN sealed;
             DROP TABLE secrets_key;
             PRAGMA user_version = 2;
             PRAGMA secure_delete = OFF;",
        )
        .unwrap();
    let add = |kind: &str, id: &str, alias: Option<&str>, body: &str| {
        let sql = "INSERT INTO documents (owner, kind, id, alias, change, body) VALUES (1, ?, ?, ?, 0, ?)";
        connection.execute(sql, (kind, id, alias, body)).unwrap();
    };
    let value = value_of_clients();
    add("api-key", "k", Some(&value), &format!(r#"{{"id":"k","value":"{value}","enabled":true}}"#));
    add("access-key", "AKIA", None, &format!(r#"{{"id":"AKIA","secret":"{SECRET}"}}"#));
    add("sts-session", "ASIA", None, &format!(r#"{{"secret":"{SECRET}","token":"{OTHER}"}}"#));
    let of_function =
        format!(r#"{{"configuration":{{"environment":{{"K":"{SECRET}"}}}},"running":null}}"#);
    add("function-version", "1", None, &of_function);
    let certificate = format!(r#"{{"serverCertificate":{{"privateKey":"{SECRET}"}}}}"#);
    add("domain-name", "d", None, &certificate);
    add("client-certificate", "c", None, &format!(r#"{{"privateKey":"{SECRET}"}}"#));
    // What was deleted is on free pages.
    (0..200).for_each(|number| add("sts-session", &number.to_string(), None, &SECRET.repeat(99)));
    connection
        .execute("DELETE FROM documents WHERE id GLOB '[0-9]*' AND kind = 'sts-session'", [])
        .unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let log = format!(r#"{{"id":"AKIB","secret":"{OTHER}"}}"#);
    add("access-key", "AKIB", None, &log);
    // As after `kill -9`: the log is left.
    let files = ["edgeway.db", "edgeway.db-wal"].map(|file| folder.join(file));
    let left = files.each_ref().map(|file| fs::read(file).unwrap());
    drop(connection);
    files.iter().zip(left).for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
}

#[test]
fn what_was_in_clear_text_is_sealed_and_gone() {
    let folder = tempfile::tempdir().unwrap();
    in_clear_text(folder.path());
    assert!(is_in(folder.path(), SECRET) && is_in(folder.path(), OTHER));
    assert!(sealed_by(folder.path()).unwrap().is_none());
    let refused = inspect(folder.path(), |t| t.account().map(drop)).unwrap_err().to_string();
    assert!(refused.contains("edgeway.db has version 2, older than 3; run `edgeway serve`"));
    let store = open(folder.path()).unwrap();
    assert_clean(folder.path());
    assert_eq!(found(&store, &value_of_clients()).as_deref(), Some("k"));
    assert!(!is_in(folder.path(), &digest_of_value()));
    drop(store);
    assert_clean(folder.path());
    backup(folder.path(), &folder.path().join("backup")).unwrap();
    assert_clean(folder.path());
}

/// One that was killed between sealing and scrubbing scrubs at the next start.
#[test]
fn what_was_not_scrubbed_is_at_the_next_start() {
    let folder = closed_safe();
    let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE t (x); INSERT INTO t VALUES (hex(zeroblob(90000)) || '{SECRET}');
             DROP TABLE t; UPDATE secrets_key SET is_scrubbed = 0;"
        ))
        .unwrap();
    drop(connection);
    assert!(is_in(folder.path(), SECRET));
    // A backup that is made before is scrubbed, and is to be no more.
    let file = folder.path().join("backup");
    let other = tempfile::tempdir().unwrap();
    backup(folder.path(), &file).unwrap();
    fs::rename(&file, other.path().join("backup")).unwrap();
    assert_clean(other.path());
    drop(open(folder.path()).unwrap());
    assert_clean(folder.path());
    let marks = |folder: &Path, file: &str| {
        let connection = Connection::open(folder.join(file)).unwrap();
        let sql = "SELECT is_scrubbed FROM secrets_key";
        connection.query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap()
    };
    assert!(marks(folder.path(), "edgeway.db") && marks(other.path(), "backup"));
}

/// A version before there was a mark scrubs once more.
#[test]
fn a_file_of_before_the_mark_is_scrubbed() {
    for version in [3, 4] {
        let folder = closed_safe();
        let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE t (x); INSERT INTO t VALUES (hex(zeroblob(90000)) || '{SECRET}');
                 DROP TABLE t; ALTER TABLE secrets_key DROP COLUMN is_scrubbed;
                 PRAGMA user_version = {version};"
            ))
            .unwrap();
        drop(connection);
        assert!(is_in(folder.path(), SECRET));
        let read = |transaction: &ReadTransaction<'_>| transaction.account().map(drop);
        inspect(folder.path(), read).unwrap();
        assert_eq!(get(&open(folder.path()).unwrap(), "a").unwrap(), safe("a", SECRET));
        assert_clean(folder.path());
    }
}

/// No key is taken for the first one where there was another: what is sealed with that would be lost.
#[test]
fn a_damaged_key_row_is_not_taken_for_no_key() {
    for damage in [
        "DELETE FROM secrets_key",
        "UPDATE secrets_key SET id = x'00'",
        "UPDATE secrets_key SET id = x''",
        "DROP TABLE secrets_key",
    ] {
        let folder = closed_safe();
        let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
        connection.execute_batch(damage).unwrap();
        drop(connection);
        let before = sealed_of(folder.path(), "a");
        assert!(sealed_by(folder.path()).is_err(), "{damage}");
        for number in [1, 2] {
            let directory = DataDirectory::lock(folder.path()).unwrap();
            assert!(Store::open(directory, key(number)).is_err(), "{damage} {number}");
        }
        let directory = DataDirectory::lock(folder.path()).unwrap();
        assert!(rotate(&directory, &key(1), &key(2)).is_err(), "{damage}");
        assert_eq!(sealed_of(folder.path(), "a"), before, "{damage}");
    }
}

fn value_of_clients() -> String {
    format!("{SECRET}-of-clients")
}

/// What versions before found it by.
fn digest_of_value() -> String {
    crate::digest(value_of_clients().as_bytes()).to_string()
}

/// The id of the API key of a value.
fn found(store: &Store, value: &str) -> Option<String> {
    let found = store.read(|t| t.get_by_secret::<ApiKey>(Account::row(), value)).unwrap();
    found.map(|key| {
        assert_eq!(key.document.value, value);
        key.document.id
    })
}

fn put_key(store: &Store, id: &str, value: &str) -> Result<(), StoreError> {
    let key = ApiKey { id: id.to_owned(), value: value.to_owned() };
    store.write(move |transaction| transaction.insert(Account::row(), &key).map(drop))
}

fn name_of(folder: &Path, id: &str) -> String {
    let connection = Connection::open(folder.join("edgeway.db")).unwrap();
    let sql = "SELECT alias FROM documents WHERE kind = 'api-key' AND id = ?";
    connection.query_row(sql, [id], |row| row.get(0)).unwrap()
}

#[test]
fn a_secret_that_is_a_name_finds_its_document_and_needs_the_key_to_be_tried() {
    let (folder, store) = store();
    put_key(&store, "k", SECRET).unwrap();
    put_key(&store, "l", OTHER).unwrap();
    assert_eq!(found(&store, SECRET).as_deref(), Some("k"));
    assert_eq!(found(&store, OTHER).as_deref(), Some("l"));
    assert_eq!(found(&store, "neither"), None);
    assert!(matches!(put_key(&store, "m", SECRET), Err(StoreError::AlreadyExists)));
    let renamed = store.write(|transaction| {
        let mut stored = transaction.get::<ApiKey>(Account::row(), "k")?.unwrap();
        stored.document.value = "renamed".to_owned();
        transaction.update(&stored)
    });
    renamed.unwrap();
    assert_eq!((found(&store, SECRET), found(&store, "renamed").as_deref()), (None, Some("k")));
    // Of no other kind, and not without the key.
    let safe = store.read(|t| t.get_by_secret::<Safe>(Account::row(), "renamed")).unwrap();
    assert!(safe.is_none());
    let read = |t: &ReadTransaction<'_>| t.get_by_secret::<ApiKey>(Account::row(), "renamed");
    assert!(inspect(folder.path(), read).unwrap().is_none());
    drop(store);
    assert_clean(folder.path());
    let name = name_of(folder.path(), "l");
    assert_eq!(name, key(1).name("api-key", OTHER));
    for other in [key(2).name("api-key", OTHER), key(1).name("api-ke", &format!("y{OTHER}"))] {
        assert_ne!(name, other);
    }
    assert_ne!(name, crate::digest(OTHER.as_bytes()).to_string());
}

#[test]
fn names_of_secrets_are_those_of_the_key_that_seals_them() {
    let (folder, store) = store();
    put_key(&store, "k", SECRET).unwrap();
    put(&store, &safe("a", SECRET));
    drop(store);
    let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
    connection.execute("UPDATE documents SET alias = 'plain' WHERE id = 'a'", []).unwrap();
    drop(connection);
    let before = name_of(folder.path(), "k");
    let directory = DataDirectory::lock(folder.path()).unwrap();
    rotate(&directory, &key(1), &key(2)).unwrap();
    drop(directory);
    assert!(!is_in(folder.path(), &before));
    let store = Store::open(DataDirectory::lock(folder.path()).unwrap(), key(2)).unwrap();
    assert_eq!(found(&store, SECRET).as_deref(), Some("k"));
    assert_eq!(name_of(folder.path(), "k"), key(2).name("api-key", SECRET));
    // A second name that is none of a secret stays what it is.
    let plain = store.read(|t| t.get_by_alias::<Safe>(Account::row(), "plain")).unwrap();
    assert_eq!(plain.unwrap().document, safe("a", SECRET));
}

/// As versions wrote it in which API keys were found by the digest of their values.
#[test]
fn names_that_were_digests_need_the_key_and_are_gone() {
    for version in [3, 4, 5] {
        let (folder, store) = store();
        let value = value_of_clients();
        put_key(&store, "k", &value).unwrap();
        put(&store, &safe("a", SECRET));
        drop(store);
        let connection = Connection::open(folder.path().join("edgeway.db")).unwrap();
        let digest = digest_of_value();
        let unmarked = "ALTER TABLE secrets_key DROP COLUMN is_scrubbed;";
        let unmarked = if version < 5 { unmarked } else { "" };
        connection
            .execute_batch(&format!(
                "UPDATE documents SET alias = '{digest}' WHERE kind = 'api-key'; {unmarked}
                 PRAGMA user_version = {version};"
            ))
            .unwrap();
        drop(connection);
        assert!(is_in(folder.path(), &digest));
        let store = open(folder.path()).unwrap();
        assert_eq!(found(&store, &value).as_deref(), Some("k"), "{version}");
        assert_eq!(get(&store, "a").unwrap(), safe("a", SECRET));
        assert!(!is_in(folder.path(), &digest), "{version}");
        drop(store);
        assert!(!is_in(folder.path(), &digest), "{version}");
    }
}

#[derive(Deserialize, Serialize)]
struct ApiKey {
    id: String,
    value: String,
}

impl Document for ApiKey {
    type Owner = Account;
    const KIND: &'static str = "api-key";
    const SEALED: &'static [&'static str] = &["/value"];
    const SECRET_NAME: Option<usize> = Some(0);

    fn id(&self) -> &str {
        &self.id
    }
}
