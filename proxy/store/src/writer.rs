//! The one thread that writes.
//!
//! Writes that wait while it is busy go to the disk with one `fsync`: each runs in a savepoint of
//! its own, so that one that fails undoes itself alone, and none is answered before all of them are
//! on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};

use crate::{SecretsKey, StoreError, WriteTransaction};

/// Writes that go to the disk together.
const BATCH_MAX: usize = 64;

/// Writes that wait; more wait to wait.
const QUEUE_MAX: usize = 256;

/// One write: runs, and is told how the whole batch ended.
trait Job: Send {
    /// True if what it did is to be kept.
    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool;

    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

type Listener = Box<dyn Fn(u64) + Send + Sync>;

#[derive(Default)]
struct Changes {
    last: AtomicU64,
    listeners: Mutex<Vec<Listener>>,
}

pub(crate) struct Writer {
    /// None once it is told to end.
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    changes: Arc<Changes>,
}

impl Writer {
    pub(crate) fn start(
        mut connection: Connection,
        key: Arc<SecretsKey>,
    ) -> Result<Self, StoreError> {
        let last: i64 =
            connection.query_row("SELECT number FROM last_change", [], |row| row.get(0))?;
        let changes = Arc::new(Changes::default());
        changes.last.store(u64::try_from(last).unwrap_or_default(), Ordering::Release);
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let told = Arc::clone(&changes);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&mut connection, &key, &jobs, &told))
            .map_err(|error| StoreError::file("store-writer", error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), changes })
    }

    pub(crate) fn write<T, E>(
        &self,
        write: impl FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = mpsc::sync_channel(1);
        let job = Box::new(TypedJob { write: Some(write), result: None, answer });
        let queue = self.queue.as_ref().ok_or(StoreError::Abandoned)?;
        queue.send(job).map_err(|_| StoreError::Abandoned)?;
        answered.recv().map_err(|_| StoreError::Abandoned)?
    }

    pub(crate) fn change(&self) -> u64 {
        self.changes.last.load(Ordering::Acquire)
    }

    pub(crate) fn on_change(&self, listener: Listener) {
        let mut listeners = self.changes.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was seen by whoever waited for it.
            let _ = thread.join();
        }
    }
}

struct TypedJob<T, E, F> {
    write: Option<F>,
    result: Option<Result<T, E>>,
    answer: SyncSender<Result<T, E>>,
}

impl<T, E, F> Job for TypedJob<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool {
        let Some(write) = self.write.take() else {
            return false;
        };
        // A panic is one write's: it is undone, and its caller finds no answer.
        self.result = catch_unwind(AssertUnwindSafe(|| write(transaction))).ok();
        matches!(self.result, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            // Also if it was not run, as its batch could not begin.
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StoreError::Abandoned.into()),
        };
        // Whoever asked may have left.
        let _ = self.answer.send(result);
    }
}

fn run(
    connection: &mut Connection,
    key: &SecretsKey,
    jobs: &Receiver<Box<dyn Job>>,
    changes: &Changes,
) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        let committed = write_batch(connection, key, jobs, &mut batch);
        let change = committed.as_ref().ok().copied().flatten();
        if let Some(change) = change {
            changes.last.store(change, Ordering::Release);
        }
        let failure = committed.err();
        for job in batch {
            job.finish(failure.as_ref().map_or(Ok(()), |error| Err(again(error))));
        }
        if let Some(change) = change {
            let listeners = changes.listeners.lock().unwrap_or_else(PoisonError::into_inner);
            listeners.iter().for_each(|listener| listener(change));
        }
    }
}

/// The number of the last change, if there was one.
fn write_batch(
    connection: &mut Connection,
    key: &SecretsKey,
    jobs: &Receiver<Box<dyn Job>>,
    batch: &mut Vec<Box<dyn Job>>,
) -> Result<Option<u64>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut change: i64 =
        transaction.query_row("SELECT number FROM last_change", [], |row| row.get(0))?;
    let before = change;
    let mut next = 0;
    while let Some(job) = batch.get_mut(next) {
        transaction.execute_batch("SAVEPOINT job")?;
        let write = WriteTransaction::new(&transaction, key, change + 1);
        let is_kept = job.run(&write);
        if transaction.is_autocommit() {
            // A disk that cannot be written undoes the whole transaction, whose savepoints are gone.
            return Err(StoreError::ReadOnly);
        }
        if is_kept {
            change += i64::from(write.is_changed());
        } else {
            transaction.execute_batch("ROLLBACK TO job")?;
        }
        transaction.execute_batch("RELEASE job")?;
        next += 1;
        if next < BATCH_MAX {
            batch.extend(jobs.try_recv());
        }
    }
    if change != before {
        transaction.execute("UPDATE last_change SET number = ?", [change])?;
    }
    transaction.commit()?;
    Ok((change != before).then(|| u64::try_from(change).unwrap_or_default()))
}

/// The same failure for one more writer of the batch.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        StoreError::Locked => StoreError::Locked,
        StoreError::ReadOnly => StoreError::ReadOnly,
        _ => StoreError::Abandoned,
    }
}
