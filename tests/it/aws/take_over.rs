//! A new `edgeway serve --upgrade` takes the sockets and the state over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::Pets;
use crate::client::Connection;
use crate::gateway::{request, signal, wait_for_exit};
use crate::patience::wait_for;

/// Asks until it is stopped: how often it was answered, or what went wrong.
fn keep_asking(pets: &Pets, stop: &Arc<AtomicBool>) -> thread::JoinHandle<Result<usize, String>> {
    let (port, stop) = (pets.node.http, Arc::clone(stop));
    let line = format!("GET /_aws/execute-api/{}/prod/pets", pets.api);
    thread::spawn(move || {
        let mut answered = 0;
        while !stop.load(Ordering::Relaxed) {
            let mut connection = Connection::try_open(port)
                .map_err(|error| format!("connect, after {answered}: {error}"))?;
            connection.write(request(&line, &[("Connection", "close")], b""));
            match connection.try_read(false) {
                Ok(Some(response)) if response.brief() == "200 one" => answered += 1,
                other => return Err(format!("read, after {answered}: {other:?}")),
            }
        }
        Ok(answered)
    })
}

#[test]
fn a_new_process_takes_the_state_over_and_no_connection_is_refused() {
    let mut pets = Pets::new();
    pets.deploy("one", &[]);
    pets.wait_for("one");
    let stop = Arc::new(AtomicBool::new(false));
    let clients = [(); 2].map(|()| keep_asking(&pets, &stop));
    let successor = pets.node.spawn_successor();
    let socket = pets.node.data.path().join("upgrade.sock");
    wait_for("the socket of the take-over", || socket.exists().then_some(()));
    signal(pets.node.pid(), "QUIT");
    let (mut old, old_stderr) = pets.node.succeeded_by(successor);
    old_stderr.wait_for("the data directory is handed over");
    pets.node.stderr.wait_for("the control API is at");
    let status = wait_for_exit(&mut old);
    assert_eq!(status.code(), Some(0), "{}", old_stderr.text());
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        let answered = client.join().unwrap().unwrap();
        assert!(answered > 100, "only {answered} requests were sent meanwhile");
    }
    pets.node.assert_runs();
    wait_for("the control listener", || Connection::try_open(pets.node.control).ok());
    pets.deploy("two", &[]);
    pets.wait_for("two");
}

#[test]
fn a_process_that_nobody_hands_anything_to_gives_up() {
    let mut pets = Pets::new();
    let (mut successor, stderr) = pets.node.spawn_successor();
    let status = wait_for_exit(&mut successor);
    assert_eq!(status.code(), Some(1), "{}", stderr.text());
    pets.node.assert_runs();
    pets.deploy("one", &[]);
    pets.wait_for("one");
}
