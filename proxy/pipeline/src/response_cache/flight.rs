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

use super::{Cluster, Content, Entry, KeptResponse, Key};

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

/// Held by the request that fetches a response.
pub(crate) struct Fill {
    cluster: Arc<Cluster>,
    key: Key,
    place: Place,
}

/// Whose turn it is to fetch.
enum Place {
    /// Others wait for it. None: they were told what became of it.
    Awaited { number: u64, sender: Option<oneshot::Sender<Landed>> },
    /// Nobody waits, as this entry says.
    Beside(Arc<Entry>),
}

impl Fill {
    /// Takes the place of whoever fetched the key before.
    pub(super) fn awaited(
        cluster: &Arc<Cluster>,
        flights: &mut HashMap<Key, Flight>,
        key: Key,
    ) -> Self {
        let (sender, receiver) = oneshot::channel();
        let number = cluster.flights_begun.fetch_add(1, Ordering::Relaxed);
        flights.insert(key, Flight { landing: receiver.shared(), number });
        let place = Place::Awaited { number, sender: Some(sender) };
        Self { cluster: Arc::clone(cluster), key, place }
    }

    /// One of any number at once.
    pub(super) fn beside(cluster: &Arc<Cluster>, key: Key, entry: Arc<Entry>) -> Self {
        Self { cluster: Arc::clone(cluster), key, place: Place::Beside(entry) }
    }

    /// Keeps the response, and gives it to those who wait. What was invalidated meanwhile is not kept.
    pub(crate) fn keep(mut self, kept: KeptResponse, caching: &Caching, now: Duration) {
        let entry = self.cluster.entry(&self.key, kept.clone(), caching, now);
        self.put(entry);
        self.land(Landed::Kept(kept));
    }

    /// Those who wait fetch for themselves, and nobody waits for a while.
    pub(crate) fn keep_nothing(mut self, now: Duration) {
        if matches!(self.place, Place::Awaited { .. }) {
            self.put(Arc::new(Entry { kept_at: now, content: Content::NotKept }));
        }
        self.land(Landed::NotKept);
    }

    /// Nobody may wait any more, or nobody does.
    fn land(&mut self, landed: Landed) {
        if let Place::Awaited { sender, .. } = &mut self.place
            && let Some(sender) = sender.take()
        {
            drop(sender.send(landed));
        }
    }

    /// Puts an entry in its place, if it is still this one's.
    fn put(&self, entry: Arc<Entry>) {
        let mut flights = self.cluster.flights();
        let entries = &self.cluster.entries;
        let is_current = match &self.place {
            Place::Awaited { number, .. } => leave(&mut flights, &self.key, *number),
            Place::Beside(known) => {
                entries.get(&self.key).is_some_and(|entry| Arc::ptr_eq(known, &entry))
            }
        };
        if is_current {
            entries.insert(self.key, entry);
        }
    }
}

/// The client left, and its request was dropped.
impl Drop for Fill {
    fn drop(&mut self) {
        if let Place::Awaited { number, sender: Some(_) } = self.place {
            leave(&mut self.cluster.flights(), &self.key, number);
        }
    }
}

/// Ends a flight, if it is still that of its key.
fn leave(flights: &mut HashMap<Key, Flight>, key: &Key, number: u64) -> bool {
    let is_current = flights.get(key).is_some_and(|flight| flight.number == number);
    if is_current {
        flights.remove(key);
    }
    is_current
}
