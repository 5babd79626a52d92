//! `kill -9` at random moments: what was acknowledged is there, and nothing by half.
//!
//! The test is its own child: with the name of a folder as its argument it writes until it is
//! killed, and prints each number once the store has acknowledged it.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the child says on stdout what was acknowledged")]
#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use serde::{Deserialize, Serialize};
use store::{Account, DataDirectory, Document, SecretsKey, Store, StoreError};

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
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("write"), Some(folder), Some(round)) => write(Path::new(&folder), &round),
        (Some("--list"), ..) => println!("acknowledged_writes_survive_kill: test"),
        _ => acknowledged_writes_survive_kill(),
    }
}

fn open(folder: &Path) -> Arc<Store> {
    Store::open(DataDirectory::lock(folder).unwrap(), SecretsKey::new(&[1; 32])).unwrap()
}

/// Each write is of two documents.
fn write(folder: &Path, round: &str) {
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
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["write", folder.path().to_str().unwrap(), &round.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A different moment in each round, from the first write on.
        let count = 1 + usize::try_from(round * 7 % 40).unwrap();
        acknowledged.extend(lines.by_ref().take(count).map_while(Result::ok));
        child.kill().unwrap();
        child.wait().unwrap();
        // A last line may be cut off.
        acknowledged
            .extend(lines.map_while(Result::ok).filter(|line| line.matches('-').count() == 2));
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
