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
    store.usage().record(vec![requests(number, 10, 3), requests(number, 11, 1)]).unwrap();
    store.usage().record(vec![requests(number, 11, 4)]).unwrap();
    assert_eq!(store.change(), change);
    drop(store);
    let store = open(folder.path()).unwrap();
    let expected = [requests(number, 10, 3), requests(number, 11, 5)];
    assert_eq!(store.usage().all().unwrap(), expected);
    let of_shelf = |from, to| store.read(|transaction| transaction.usage(shelf, from, to));
    assert_eq!(of_shelf(0, 99).unwrap(), expected);
    assert_eq!(of_shelf(10, 10).unwrap(), expected[..1]);
}

#[test]
fn what_is_old_is_forgotten_but_for_the_last_days_of_all() {
    let (_folder, store) = store();
    fill(&store, "one");
    let number = row(&store, "one").number();
    // Of a clock that was ahead for a moment.
    let days = [10, 11, 12, 13, 1_000];
    store.usage().record(days.map(|day| requests(number, day, 1)).to_vec()).unwrap();
    let kept_after = |kept_since, days_kept| {
        store.usage().forget(kept_since, days_kept).unwrap();
        store.usage().all().unwrap().iter().map(|count| count.day).collect::<Vec<_>>()
    };
    assert_eq!(kept_after(900, 5), days);
    assert_eq!(kept_after(10, 1), days);
    assert_eq!(kept_after(11, 2), days[1..]);
    assert_eq!(kept_after(900, 3), days[2..]);
    assert_eq!(kept_after(i32::MAX, 1), [1_000]);
}

#[test]
fn counts_go_with_what_they_are_of() {
    let (_folder, store) = store();
    fill(&store, "one");
    let shelf = row(&store, "one");
    store.usage().record(vec![requests(shelf.number(), 10, 3)]).unwrap();
    store.write(move |transaction| transaction.delete(shelf)).unwrap();
    assert_eq!(store.usage().all().unwrap(), []);
    // What is counted of it later, too.
    store.usage().record(vec![requests(shelf.number(), 10, 3)]).unwrap();
    assert_eq!(store.usage().all().unwrap(), []);
}

#[test]
fn who_handed_over_counts_to_the_end() {
    let (folder, store) = store();
    fill(&store, "one");
    let number = row(&store, "one").number();
    store.hand_over().unwrap();
    let next = open(folder.path()).unwrap();
    store.usage().record(vec![requests(number, 10, 3)]).unwrap();
    next.usage().record(vec![requests(number, 10, 2)]).unwrap();
    assert_eq!(next.usage().all().unwrap(), [requests(number, 10, 5)]);
}
