//! `kill -9` at random moments: what was acknowledged is there, and nothing by half.
//!
//! The child writes, and prints each number once the store has acknowledged it.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the child says on stdout what was acknowledged")]
#![expect(clippy::unwrap_used, reason = "all of it is a test")]

#[path = "kill/child.rs"]
mod child;

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde::{Deserialize, Serialize};
use store::{Account, DataDirectory, Document, SecretsKey, Store, StoreError};

use child::Working;

/// Times that the child is killed.
const ROUNDS: u64 = 30;

/// Threads of the child that write at once.
const WRITERS: u64 = 4;

#[derive(Deserialize, Serialize)]
struct Half {
    id: String,
}

impl Document for Half {
    type Owner = Account;
    const KIND: &'static str = "half";

    fn id(&self) -> &str {
        &self.id
    }
}

fn main() {
    child::main("acknowledged_writes_survive_kill", acknowledged_writes_survive_kill, write);
}

fn open(folder: &Path) -> Arc<Store> {
    Store::open(DataDirectory::lock(folder).unwrap(), SecretsKey::new(&[1; 32])).unwrap()
}

/// Each write is of two documents.
fn write(folder: &Path, round: u64) {
    let store = open(folder);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for number in 0_u64.. {
                    let id = format!("{round}-{writer}-{number}");
                    let written = id.clone();
                    let write = move |transaction: &store::WriteTransaction<'_>| {
                        for half in ["left", "right"] {
                            let half = Half { id: format!("{written}-{half}") };
                            transaction.insert(Account::row(), &half)?;
                        }
                        Ok::<_, StoreError>(())
                    };
                    store.write(write).unwrap();
                    let mut output = std::io::stdout().lock();
                    writeln!(output, "{id}").unwrap();
                    output.flush().unwrap();
                }
            });
        }
    });
}

fn acknowledged_writes_survive_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut child = Working::start(folder.path(), round);
        // A different moment in each round, from the first write on.
        let count = 1 + usize::try_from(round * 7 % 40).unwrap();
        acknowledged.extend(child.lines.by_ref().take(count).map_while(Result::ok));
        // A last line may be cut off.
        acknowledged.extend(child.kill().filter(|line| line.matches('-').count() == 2));
        check(folder.path(), &acknowledged);
    }
    assert!(acknowledged.len() > usize::try_from(ROUNDS).unwrap());
    println!("{} acknowledged writes survived {ROUNDS} kills", acknowledged.len());
}

fn check(folder: &Path, acknowledged: &[String]) {
    let store = open(folder);
    let found = store.read(|transaction| transaction.list::<Half>(Account::row())).unwrap();
    let found: HashSet<String> = found.into_iter().map(|stored| stored.document.id).collect();
    for id in acknowledged {
        assert!(found.contains(&format!("{id}-left")), "{id} was acknowledged and is lost");
    }
    for id in &found {
        let (write, _) = id.rsplit_once('-').unwrap();
        let is_whole = ["left", "right"].iter().all(|h| found.contains(&format!("{write}-{h}")));
        assert!(is_whole, "{write} is there by half");
    }
    assert_eq!(store.change(), (found.len() / 2) as u64);
}
