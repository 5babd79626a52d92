//! Ports for the servers of one test run.
//!
//! They are below the range that the system gives to outgoing connections, each is handed out once,
//! and runs at the same time begin at different places. What still collides is tried again by whoever
//! asked (see `spawned`).

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 12_000;
const COUNT: u32 = 18_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 that nobody listens on.
pub(crate) fn free() -> u16 {
    let begin = process::id().wrapping_mul(127);
    for _ in 0..COUNT {
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + number % COUNT).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
