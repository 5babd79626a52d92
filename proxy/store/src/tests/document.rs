//! Documents: ids, owners, order, conflicts, and changes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use super::sample::{Book, Shelf, book, fill, open, shelf, shelves, store};
use crate::{Account, StoreError};

#[test]
fn a_document_is_there_after_a_restart() {
    let (folder, store) = store();
    fill(&store, "a");
    drop(store);
    let store = open(folder.path()).unwrap();
    assert_eq!(shelves(&store), ["a"]);
}

#[test]
fn what_an_owner_owns_goes_with_it() {
    let (_folder, store) = store();
    fill(&store, "a");
    fill(&store, "b");
    let left = store.write(|transaction| {
        let a = transaction.get::<Shelf>(Account::row(), "a")?.unwrap();
        let b = transaction.get::<Shelf>(Account::row(), "b")?.unwrap();
        transaction.delete(a.row)?;
        Ok::<_, StoreError>((transaction.count::<Book>(a.row)?, transaction.count::<Book>(b.row)?))
    });
    assert_eq!(left.unwrap(), (0, 1));
}

#[test]
fn documents_come_in_the_order_in_which_they_were_made() {
    let (_folder, store) = store();
    ["c", "a", "b"].iter().for_each(|id| fill(&store, id));
    assert_eq!(shelves(&store), ["c", "a", "b"]);
    let second = store.read(|transaction| {
        let first = transaction.page::<Shelf>(Account::row(), 0, 1)?;
        transaction.page::<Shelf>(Account::row(), first[0].row.number(), 1)
    });
    assert_eq!(second.unwrap()[0].document.id, "a");
}

#[test]
fn an_id_and_a_second_name_are_taken_once() {
    let (_folder, store) = store();
    let add = |id: &str, label: &str| {
        let shelf = Shelf { id: id.to_owned(), label: Some(label.to_owned()) };
        store.write(move |transaction| transaction.insert(Account::row(), &shelf).map(drop))
    };
    add("a", "x").unwrap();
    assert!(matches!(add("a", "y"), Err(StoreError::AlreadyExists)));
    assert!(matches!(add("b", "x"), Err(StoreError::AlreadyExists)));
    add("b", "y").unwrap();
    let found = store.read(|t| t.get_by_alias::<Shelf>(Account::row(), "y")).unwrap().unwrap();
    assert_eq!(found.document.id, "b");
}

#[test]
fn a_document_that_changed_since_it_was_read_is_not_overwritten() {
    let (_folder, store) = store();
    fill(&store, "a");
    let read = || store.read(|t| t.get::<Shelf>(Account::row(), "a")).unwrap().unwrap();
    let label = |label: &str, mut stored: crate::Stored<Shelf>| {
        stored.document.label = Some(label.to_owned());
        store.write(move |transaction| transaction.update(&stored))
    };
    let (mine, theirs) = (read(), read());
    label("theirs", theirs).unwrap();
    assert!(matches!(label("mine", mine), Err(StoreError::Conflict)));
    assert_eq!(read().document.label.as_deref(), Some("theirs"));
}

#[test]
fn a_write_that_fails_or_panics_leaves_nothing() {
    let (_folder, store) = store();
    let failed = store.write(|transaction| {
        transaction.insert(Account::row(), &shelf("a"))?;
        Err::<(), _>(StoreError::Conflict)
    });
    assert!(matches!(failed, Err(StoreError::Conflict)));
    let panicked = store.write(|transaction| {
        transaction.insert(Account::row(), &shelf("a"))?;
        assert!(shelf("a").id.is_empty(), "on purpose");
        Ok::<_, StoreError>(())
    });
    assert!(matches!(panicked, Err(StoreError::Abandoned)));
    assert_eq!(store.change(), 0);
    fill(&store, "b");
    assert_eq!(shelves(&store), ["b"]);
}

#[test]
fn every_change_is_counted_and_told() {
    let (folder, store) = store();
    let told = Arc::new(AtomicU64::new(0));
    let teller = Arc::clone(&told);
    store.on_change(move |change| teller.store(change, Ordering::SeqCst));
    fill(&store, "a");
    fill(&store, "b");
    store.write(|transaction| transaction.list::<Shelf>(Account::row()).map(drop)).unwrap();
    assert_eq!(store.change(), 2);
    drop(store);
    assert_eq!(told.load(Ordering::SeqCst), 2);
    assert_eq!(open(folder.path()).unwrap().change(), 2);
}

#[test]
fn a_reader_sees_one_moment_and_does_not_stop_the_writer() {
    let (_folder, store) = store();
    fill(&store, "a");
    let counts = store.read(|transaction| {
        let before = transaction.count::<Shelf>(Account::row())?;
        fill(&store, "b");
        Ok::<_, StoreError>((before, transaction.count::<Shelf>(Account::row())?))
    });
    assert_eq!(counts.unwrap(), (1, 1));
    assert_eq!(shelves(&store), ["a", "b"]);
}

#[test]
fn writers_at_once_all_succeed() {
    const WRITERS: usize = 16;
    const EACH: usize = 20;
    let (_folder, store) = store();
    let barrier = Barrier::new(WRITERS);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, barrier) = (&store, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for number in 0..EACH {
                    fill(store, &format!("{writer}-{number}"));
                }
            });
        }
    });
    assert_eq!(shelves(&store).len(), WRITERS * EACH);
    assert_eq!(store.change(), (WRITERS * EACH) as u64);
    assert_eq!(book("x").id, "x");
}
