//! One request fetches a response, others wait for it. Whatever becomes of the one, nobody hangs: it ends
//! when it is dropped, and those who wait learn it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::Shared;
use model::Caching;

use super::{Cluster, KeptResponse, Key};

/// What became of a request that fetched.
#[derive(Clone)]
pub(crate) enum Landed {
    /// Its response is for everyone who waits.
    Kept(KeptResponse),
    /// Its response is for itself, or it has none.
    NotKept,
}

/// A response that is being fetched.
pub(super) struct Flight {
    /// Tells it from an earlier one for the same key.
    landing: Shared<oneshot::Receiver<Landed>>,
    number: u64,
}

impl Flight {
    pub(super) fn wait(&self) -> Wait {
        Wait(self.landing.clone())
    }
}

/// For the response of another request.
pub(crate) struct Wait(Shared<oneshot::Receiver<Landed>>);

impl Wait {
    /// None if that request was given up.
    pub(crate) async fn landed(self) -> Option<Landed> {
        self.0.await.ok()
    }
}

/// Takes the place of whoever fetched the key before.
pub(super) fn begin(cluster: &Arc<Cluster>, flights: &mut HashMap<Key, Flight>, key: Key) -> Fill {
    let (sender, receiver) = oneshot::channel();
    let number = cluster.flights_begun.fetch_add(1, Ordering::Relaxed);
    flights.insert(key, Flight { landing: receiver.shared(), number });
    Fill { cluster: Arc::clone(cluster), key, number, sender: Some(sender) }
}

/// Held by the request that fetches a response.
pub(crate) struct Fill {
    cluster: Arc<Cluster>,
    key: Key,
    number: u64,
    sender: Option<oneshot::Sender<Landed>>,
}

impl Fill {
    /// Keeps the response, and gives it to those who wait. What was invalidated meanwhile is not kept.
    pub(crate) fn keep(mut self, kept: KeptResponse, caching: &Caching, now: Duration) {
        let entry = self.cluster.entry(&self.key, kept.clone(), caching, now);
        {
            let mut flights = self.cluster.flights();
            if is_current(&flights, &self.key, self.number) {
                flights.remove(&self.key);
                self.cluster.entries.insert(self.key, entry);
            }
        }
        self.land(Landed::Kept(kept));
    }

    /// Those who wait fetch for themselves.
    pub(crate) fn keep_nothing(mut self) {
        self.leave();
        self.land(Landed::NotKept);
    }

    /// Nobody may wait any more, or nobody does.
    fn land(&mut self, landed: Landed) {
        if let Some(sender) = self.sender.take() {
            drop(sender.send(landed));
        }
    }

    fn leave(&self) {
        let mut flights = self.cluster.flights();
        if is_current(&flights, &self.key, self.number) {
            flights.remove(&self.key);
        }
    }
}

/// The client left, and its request was dropped.
impl Drop for Fill {
    fn drop(&mut self) {
        if self.sender.is_some() {
            self.leave();
        }
    }
}

fn is_current(flights: &HashMap<Key, Flight>, key: &Key, number: u64) -> bool {
    flights.get(key).is_some_and(|flight| flight.number == number)
}
