//! Counts: added up, forgotten in time, and gone with what they are of.

use super::sample::*;
use crate::*;

fn requests(row: i64, day: i32, requests: u64) -> DayRequests {
    DayRequests { row, day, requests }
}

/// The row of a shelf.
fn row(store: &Store, id: &str) -> Row<Shelf> {
    let found = store.read(|transaction| transaction.get::<Shelf>(Account::row(), id));
    found.unwrap().unwrap().row
}

#[test]
fn counts_add_up_and_are_there_after_a_restart() {
    let (folder, store) = store();
    fill(&store, "one");
    let shelf = row(&store, "one");
    let number = shelf.number();
    let change = store.change();
    store.usage().add(vec![requests(number, 10, 3), requests(number, 11, 1)], 0).unwrap();
    store.usage().add(vec![requests(number, 11, 4)], 0).unwrap();
    assert_eq!(store.change(), change);
    drop(store);
    let store = open(folder.path()).unwrap();
    let expected = [requests(number, 10, 3), requests(number, 11, 5)];
    assert_eq!(store.usage().since(10).unwrap(), expected);
    assert_eq!(store.usage().since(11).unwrap(), expected[1..]);
    let of_shelf = |from, to| store.read(|transaction| transaction.usage(shelf, from, to));
    assert_eq!(of_shelf(0, 99).unwrap(), expected);
    assert_eq!(of_shelf(10, 10).unwrap(), expected[..1]);
    store.usage().add(Vec::new(), 11).unwrap();
    assert_eq!(store.usage().since(0).unwrap(), expected[1..]);
}

#[test]
fn counts_go_with_what_they_are_of() {
    let (_folder, store) = store();
    fill(&store, "one");
    let shelf = row(&store, "one");
    store.usage().add(vec![requests(shelf.number(), 10, 3)], 0).unwrap();
    store.write(move |transaction| transaction.delete(shelf)).unwrap();
    assert_eq!(store.usage().since(0).unwrap(), []);
    // What is counted of it later, too.
    store.usage().add(vec![requests(shelf.number(), 10, 3)], 0).unwrap();
    assert_eq!(store.usage().since(0).unwrap(), []);
}

#[test]
fn who_handed_over_counts_to_the_end() {
    let (folder, store) = store();
    fill(&store, "one");
    let number = row(&store, "one").number();
    store.hand_over().unwrap();
    let next = open(folder.path()).unwrap();
    store.usage().add(vec![requests(number, 10, 3)], 0).unwrap();
    next.usage().add(vec![requests(number, 10, 2)], 0).unwrap();
    assert_eq!(next.usage().since(0).unwrap(), [requests(number, 10, 5)]);
}
