//! `kill -9` at random moments of secrets being sealed with another key: they are all sealed with the one
//! or all with the other, and what was sealed with a key that was replaced is gone at the next start.
//!
//! The child goes from key to key.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the child says on stdout when it has begun")]
#![expect(clippy::unwrap_used, reason = "all of it is a test")]

#[path = "kill/child.rs"]
mod child;

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Account, DataDirectory, Document, SecretsKey, Store, StoreError, rotate, sealed_by};

use child::Working;

/// Times that the child is killed.
const ROUNDS: u64 = 40;

/// Enough that to seal them takes some time.
const SECRETS: usize = 3_000;

#[derive(Deserialize, Serialize)]
struct Safe {
    id: String,
    combination: String,
}

impl Document for Safe {
    type Owner = Account;
    const KIND: &'static str = "safe";
    const SEALED: &'static [&'static str] = &["/combination"];
    const SECRET_NAME: Option<usize> = Some(0);

    fn id(&self) -> &str {
        &self.id
    }
}

fn main() {
    child::main("a_rotation_survives_kill", a_rotation_survives_kill, rotate_for_ever);
}

fn key(number: u8) -> SecretsKey {
    SecretsKey::new(&[number; 32])
}

/// The number of the key that a folder is sealed with.
fn sealed_with(folder: &Path) -> u8 {
    let id = sealed_by(folder).unwrap().unwrap();
    (1..=2).find(|number| key(*number).id() == id).unwrap()
}

fn open(folder: &Path, number: u8) -> Result<Arc<Store>, StoreError> {
    Store::open(DataDirectory::lock(folder).unwrap(), key(number))
}

fn rotate_for_ever(folder: &Path, _: u64) {
    let directory = DataDirectory::lock(folder).unwrap();
    loop {
        let from = sealed_with(folder);
        println!("{from}");
        rotate(&directory, &key(from), &key(3 - from)).unwrap();
    }
}

fn a_rotation_survives_kill() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1).unwrap();
    let fill = |transaction: &store::WriteTransaction<'_>| {
        for number in 0..SECRETS {
            let safe = Safe { id: number.to_string(), combination: format!("secret-{number}") };
            transaction.insert(Account::row(), &safe)?;
        }
        Ok::<_, StoreError>(())
    };
    store.write(fill).unwrap();
    drop(store);
    let mut found = [0_u32; 2];
    for round in 0..ROUNDS {
        let mut child = Working::start(folder.path(), round);
        child.lines.next().unwrap().unwrap();
        // Another moment in each round.
        thread::park_timeout(Duration::from_millis(round * 37 % 211));
        drop(child.kill());
        found[usize::from(check(folder.path()) - 1)] += 1;
    }
    println!("secrets survived {ROUNDS} kills of their rotation: {found:?} by key");
}

fn check(folder: &Path) -> u8 {
    let number = sealed_with(folder);
    assert!(open(folder, 3 - number).is_err(), "the other key opens it too");
    let store = open(folder, number).unwrap();
    let found = store.read(|transaction| transaction.list::<Safe>(Account::row())).unwrap();
    assert_eq!(found.len(), SECRETS);
    for stored in found {
        let Safe { id, combination } = stored.document;
        assert_eq!(combination, format!("secret-{id}"));
    }
    for id in (0..SECRETS).step_by(97).map(|number| number.to_string()) {
        let secret = format!("secret-{id}");
        let safe =
            store.read(|transaction| transaction.get_by_secret::<Safe>(Account::row(), &secret));
        assert_eq!(safe.unwrap().unwrap().document.id, id);
    }
    drop(store);
    let bytes = std::fs::read(folder.join("edgeway.db")).unwrap();
    let other = key(3 - number).id().to_string();
    let other: Vec<u8> = (0..other.len() / 2)
        .map(|at| u8::from_str_radix(&other[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    // What is sealed begins with the id of its key.
    assert!(!bytes.windows(other.len()).any(|part| part == other), "the key before is still there");
    number
}
