//! What is counted for each function, whatever version of it is called.
//!
//! Counting costs a few relaxed additions a call; whoever shows the numbers takes a
//! [`FunctionSnapshot`] when it wants to. Not for how they are called in public: see `server`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use model::FunctionName;

use crate::error_cause::ErrorCause;
use crate::idle_instances::IdleInstances;

/// Upper bounds of the buckets of durations, in microseconds: from a warm call to the longest that
/// an API waits for.
const BOUNDS: [u64; 16] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    5_000_000, 29_000_000,
];

/// The functions of a host that are loaded. A function's numbers begin with its first version and
/// end with its last.
#[derive(Clone, Debug, Default)]
pub struct Functions(Arc<Mutex<BTreeMap<Key, Weak<FunctionStats>>>>);

/// By name and version, as in its ARN.
type Key = (FunctionName, String);

/// The numbers of one function.
#[derive(Debug, Default)]
pub(crate) struct FunctionStats {
    /// One for each of [`BOUNDS`], and one for what is longer.
    durations: [AtomicU64; BOUNDS.len() + 1],
    duration_nanoseconds: AtomicU64,
    cpu_nanoseconds: AtomicU64,
    errors: [AtomicU64; ErrorCause::ALL.len()],
    throttles: AtomicU64,
    quarantines: AtomicU64,
    quarantine_refusals: AtomicU64,
    /// Versions that are in quarantine now.
    quarantined: AtomicU64,
    cold_starts: AtomicU64,
    compile_nanoseconds: AtomicU64,
    memory_bytes_max: AtomicU64,
    log_bytes_dropped: AtomicU64,
    /// Of every version that still has instances.
    instances: Mutex<Vec<Weak<IdleInstances>>>,
}

/// The numbers of one function at one time. Those without another word only ever grow.
#[derive(Clone, Debug)]
pub struct FunctionSnapshot {
    /// The function's name.
    pub name: FunctionName,
    /// `$LATEST`, or the qualifier of its ARN.
    pub version: String,
    /// Calls that were made, and how long each took: upper bound of a bucket and calls in it (not
    /// in those below).
    pub durations: Vec<(Duration, u64)>,
    /// Calls that were made.
    pub invocations: u64,
    /// What all calls took together.
    pub duration: Duration,
    /// For which they kept a worker thread busy, together with the starts of instances.
    pub cpu_time: Duration,
    /// Calls without a good answer, by cause.
    pub errors: Vec<(ErrorCause, u64)>,
    /// Calls that were not made, as too many were under way.
    pub throttles: u64,
    /// How often the function was put into quarantine.
    pub quarantines: u64,
    /// Calls that were not made, as the function was in quarantine.
    pub quarantine_refusals: u64,
    /// Whether it is in quarantine now.
    pub is_quarantined: bool,
    /// Calls that had to wait for an instance to be made.
    pub cold_starts: u64,
    /// What it took to compile the version that was loaded last, or to map its cached code. A value.
    pub compile_time: Duration,
    /// The most memory that one instance ever had.
    pub memory_bytes_max: u64,
    /// Of log messages that came too fast.
    pub log_bytes_dropped: u64,
    /// Instances that wait for a call now.
    pub instances_warm: usize,
    /// Instances that are starting or serve a call now.
    pub instances_busy: usize,
}

impl Functions {
    /// Every function that is loaded, by name and version.
    pub fn snapshots(&self) -> Vec<FunctionSnapshot> {
        let stats = self.known();
        let living = stats.iter().filter_map(|(key, stats)| Some((key, stats.upgrade()?)));
        living.map(|((name, version), stats)| stats.snapshot(name, version)).collect()
    }

    /// The numbers of a function: those that its other versions have begun, if there are any.
    pub(crate) fn stats(&self, name: &FunctionName, version: &str) -> Arc<FunctionStats> {
        let mut known = self.known();
        known.retain(|_, stats| stats.strong_count() > 0);
        let key = (name.clone(), version.to_owned());
        if let Some(stats) = known.get(&key).and_then(Weak::upgrade) {
            return stats;
        }
        let stats = Arc::new(FunctionStats::default());
        known.insert(key, Arc::downgrade(&stats));
        stats
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Key, Weak<FunctionStats>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FunctionStats {
    /// A call that was made is over.
    pub(crate) fn call_ended(&self, took: Duration, error: Option<ErrorCause>) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < microseconds);
        add(&self.durations[bucket], 1);
        add(&self.duration_nanoseconds, nanoseconds(took));
        if let Some(cause) = error {
            add(&self.errors[cause as usize], 1);
        }
    }

    pub(crate) fn throttled(&self) {
        add(&self.throttles, 1);
    }

    pub(crate) fn quarantined(&self) {
        add(&self.quarantines, 1);
        add(&self.quarantined, 1);
    }

    /// A version left its quarantine, or is dropped in it.
    pub(crate) fn released(&self) {
        self.quarantined.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn quarantine_refused(&self) {
        add(&self.quarantine_refusals, 1);
    }

    pub(crate) fn cold_start(&self) {
        add(&self.cold_starts, 1);
    }

    pub(crate) fn cpu_time(&self, spent: Duration) {
        add(&self.cpu_nanoseconds, nanoseconds(spent));
    }

    pub(crate) fn compiled(&self, took: Duration) {
        self.compile_nanoseconds.store(nanoseconds(took), Ordering::Relaxed);
    }

    pub(crate) fn memory(&self, bytes: usize) {
        self.memory_bytes_max.fetch_max(bytes.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn log_dropped(&self, bytes: usize) {
        add(&self.log_bytes_dropped, bytes.try_into().unwrap_or(u64::MAX));
    }

    /// Shows these as well from now on, for as long as they are.
    pub(crate) fn show(&self, instances: &Arc<IdleInstances>) {
        let mut shown = self.instances();
        shown.retain(|instances| instances.strong_count() > 0);
        shown.push(Arc::downgrade(instances));
    }

    /// The most that one instance ever had.
    pub(crate) fn memory_bytes_max(&self) -> u64 {
        self.memory_bytes_max.load(Ordering::Relaxed)
    }

    fn snapshot(&self, name: &FunctionName, version: &str) -> FunctionSnapshot {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let time = |number: &AtomicU64| Duration::from_nanos(read(number));
        let bounds = BOUNDS.iter().map(|bound| Duration::from_micros(*bound));
        let counts: Vec<u64> = self.durations.iter().map(read).collect();
        let living: Vec<_> = self.instances().iter().filter_map(Weak::upgrade).collect();
        let warm = |instances: &Arc<IdleInstances>| instances.len();
        let instances_warm = living.iter().map(warm).sum();
        let live: usize = living.iter().map(|instances| instances.live()).sum();
        FunctionSnapshot {
            name: name.clone(),
            version: version.to_owned(),
            invocations: counts.iter().sum(),
            durations: bounds.zip(counts).collect(),
            duration: time(&self.duration_nanoseconds),
            cpu_time: time(&self.cpu_nanoseconds),
            errors: ErrorCause::ALL.into_iter().zip(self.errors.iter().map(read)).collect(),
            throttles: read(&self.throttles),
            quarantines: read(&self.quarantines),
            quarantine_refusals: read(&self.quarantine_refusals),
            is_quarantined: read(&self.quarantined) > 0,
            cold_starts: read(&self.cold_starts),
            compile_time: time(&self.compile_nanoseconds),
            memory_bytes_max: self.memory_bytes_max(),
            log_bytes_dropped: read(&self.log_bytes_dropped),
            instances_warm,
            instances_busy: live.saturating_sub(instances_warm),
        }
    }

    fn instances(&self) -> MutexGuard<'_, Vec<Weak<IdleInstances>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(number: &AtomicU64, more: u64) {
    number.fetch_add(more, Ordering::Relaxed);
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
