//! The queue between the request path and the writer's thread.
//!
//! A push is one short lock and no wake-up, but for the first record of a batch and the one that fills it.

use std::{
    future::Future,
    mem,
    pin::{Pin, pin},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::Notify;

use super::{Failing, Policy, RecorderHealth, RequestSink, content::Generation, insert::Inserter, writer::Writer};
use crate::{error::StoreError, record::RequestRecord};

/// Rows of one transaction.
pub(super) const BATCH: usize = 512;
/// How long a batch gathers.
const GATHER: Duration = Duration::from_millis(50);

/// Boxed, since a record is big: the lock is held for a pointer, and an emptied queue keeps little memory.
pub(super) type Batch = Vec<Box<RequestRecord>>;

/// How the recorder works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecorderOptions {
    /// Records that may be under way to the disk; beyond it the request path waits.
    pub capacity: usize,
    /// What to do while the log cannot be written.
    pub policy: Policy,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        Self { capacity: 8_192, policy: Policy::default() }
    }
}

/// Records requests. Cheap to clone; all clones are one recorder.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the request path and the writer's thread share.
pub(super) struct Shared {
    queue: Mutex<Queue>,
    /// Tells the writer that there is something to do.
    work: Condvar,
    /// Tells waiting tasks that records have come to disk, or that the recorder has stopped.
    progress: Notify,
    /// The same for waiting threads; goes with `queue`.
    done: Condvar,
    capacity: usize,
    /// Records on disk or given up; never ahead of those pushed.
    settled: AtomicU64,
    written: AtomicU64,
    dropped: AtomicU64,
    failing: AtomicBool,
    failure: Mutex<Option<Failing>>,
    goes_on: AtomicBool,
}

#[derive(Default)]
struct Queue {
    records: Batch,
    pushed: u64,
    /// Up to here somebody waits for the disk.
    flush_to: u64,
    closed: bool,
    stopped: bool,
}

impl Recorder {
    pub(super) fn start(connection: Connection, options: RecorderOptions, generation: Generation) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::new(options));
        let inserter = Inserter::new(&connection, generation)?;
        let writer = Writer::new(connection, inserter, Arc::clone(&shared));
        let thread =
            thread::Builder::new().name("recorder".to_owned()).spawn(move || writer.run()).map_err(|_| StoreError::RecorderStopped)?;
        Ok(Self(Arc::new(Inner { shared, thread: Mutex::new(Some(thread)) })))
    }

    /// Waits until everything recorded before is on disk. While the log cannot be written, it waits for that to end.
    ///
    /// # Errors
    /// [`StoreError::RecorderStopped`].
    pub async fn flush(&self) -> Result<(), StoreError> {
        let shared = &self.0.shared;
        let target = shared.ask_flush();
        loop {
            let mut progress = pin!(shared.progress.notified());
            progress.as_mut().enable();
            if shared.settled.load(Ordering::Acquire) >= target {
                return Ok(());
            }
            if lock(&shared.queue).stopped {
                return Err(StoreError::RecorderStopped);
            }
            progress.await;
        }
    }

    /// [`Recorder::flush`] for a thread that may block.
    pub fn flush_blocking(&self) -> Result<(), StoreError> {
        let shared = &self.0.shared;
        let target = shared.ask_flush();
        let mut queue = lock(&shared.queue);
        while shared.settled.load(Ordering::Acquire) < target {
            if queue.stopped {
                return Err(StoreError::RecorderStopped);
            }
            queue = shared.done.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    /// Writes what is queued and ends the writer's thread. Blocks. Where the log cannot be written, one last try is
    /// made. What is recorded afterwards counts as dropped.
    ///
    /// # Errors
    /// [`StoreError::Database`], saying how many records could not be written.
    pub fn stop(&self) -> Result<(), StoreError> {
        lock(&self.0.shared.queue).closed = true;
        self.0.shared.work.notify_one();
        if let Some(thread) = lock(&self.0.thread).take() {
            thread.join().map_err(|_| StoreError::RecorderStopped)?;
        }
        match self.0.shared.left() {
            0 => Ok(()),
            left => Err(StoreError::Database(format!("{left} requests could not be written to the log"))),
        }
    }

    /// Changes what to do while the log cannot be written.
    pub fn set_policy(&self, policy: Policy) {
        self.0.shared.goes_on.store(policy == Policy::Continue, Ordering::Relaxed);
        self.0.shared.progress.notify_waiters();
    }
}

impl RequestSink for Recorder {
    fn try_record(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>> {
        self.0.shared.push(record)
    }

    fn record(&self, record: Box<RequestRecord>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut record = record;
            loop {
                let mut progress = pin!(self.0.shared.progress.notified());
                progress.as_mut().enable();
                match self.0.shared.push(record) {
                    Ok(()) => return,
                    Err(back) => record = back,
                }
                progress.await;
            }
        })
    }

    fn accepts(&self) -> bool {
        let shared = &self.0.shared;
        !shared.failing.load(Ordering::Relaxed) || shared.goes_on.load(Ordering::Relaxed)
    }

    fn health(&self) -> RecorderHealth {
        let shared = &self.0.shared;
        RecorderHealth {
            failing: lock(&shared.failure).clone(),
            queued: shared.left(),
            written: shared.written.load(Ordering::Relaxed),
            dropped: shared.dropped.load(Ordering::Relaxed),
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("health", &self.health()).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        lock(&self.shared.queue).closed = true;
        self.shared.work.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            // A writer that panicked has nothing left to tell.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn new(options: RecorderOptions) -> Self {
        Self {
            queue: Mutex::default(),
            work: Condvar::new(),
            progress: Notify::new(),
            done: Condvar::new(),
            capacity: options.capacity.max(1),
            settled: AtomicU64::new(0),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            failure: Mutex::default(),
            goes_on: AtomicBool::new(options.policy == Policy::Continue),
        }
    }

    fn push(&self, record: Box<RequestRecord>) -> Result<(), Box<RequestRecord>> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let under_way = queue.pushed - self.settled.load(Ordering::Acquire);
        if under_way >= self.capacity as u64 {
            if self.failing.load(Ordering::Relaxed) && self.goes_on.load(Ordering::Relaxed) {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            return Err(record);
        }
        queue.records.push(record);
        queue.pushed += 1;
        let length = queue.records.len();
        let wake = length == 1 || length == self.full() || under_way + 1 == self.capacity as u64;
        drop(queue);
        if wake {
            self.work.notify_one();
        }
        Ok(())
    }

    /// A batch of this length is not kept waiting for more.
    fn full(&self) -> usize {
        BATCH.min(self.capacity)
    }

    fn left(&self) -> u64 {
        let pushed = lock(&self.queue).pushed;
        pushed.saturating_sub(self.settled.load(Ordering::Acquire))
    }

    fn ask_flush(&self) -> u64 {
        let mut queue = lock(&self.queue);
        queue.flush_to = queue.pushed;
        self.work.notify_one();
        queue.pushed
    }

    /// Waits for records, then for more of them, and swaps them into `batch`. `false` once there will be none.
    pub(super) fn gather(&self, batch: &mut Batch) -> bool {
        let mut queue = lock(&self.queue);
        while queue.records.is_empty() {
            if queue.closed {
                return false;
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let until = Instant::now() + GATHER;
        while !self.is_due(&queue) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            queue = self.work.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        mem::swap(&mut queue.records, batch);
        true
    }

    fn is_due(&self, queue: &Queue) -> bool {
        let settled = self.settled.load(Ordering::Relaxed);
        let at_capacity = queue.pushed - settled >= self.capacity as u64;
        queue.closed || at_capacity || queue.records.len() >= self.full() || queue.flush_to > settled
    }

    /// So many records are on disk, and so many could not be written for a reason of their own.
    pub(super) fn settle(&self, written: u64, given_up: u64) {
        self.written.fetch_add(written, Ordering::Relaxed);
        self.dropped.fetch_add(given_up, Ordering::Relaxed);
        self.settled.fetch_add(written + given_up, Ordering::Release);
        self.tell();
    }

    pub(super) fn fail(&self, message: String) {
        let mut failure = lock(&self.failure);
        let since_ms = failure.as_ref().map_or_else(|| jiff::Timestamp::now().as_millisecond(), |before| before.since_ms);
        *failure = Some(Failing { message, since_ms });
        drop(failure);
        self.failing.store(true, Ordering::Relaxed);
        self.tell();
    }

    pub(super) fn recover(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            *lock(&self.failure) = None;
        }
    }

    /// Waits before the next try. `true` once the recorder is being stopped.
    pub(super) fn pause(&self, how_long: Duration) -> bool {
        let queue = lock(&self.queue);
        let until_closed = |queue: &mut Queue| !queue.closed;
        let waited = self.work.wait_timeout_while(queue, how_long, until_closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    /// The writer's thread has ended.
    pub(super) fn stopped(&self) {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        queue.stopped = true;
        drop(queue);
        self.tell();
    }

    fn tell(&self) {
        // Taking the lock orders this after a waiting thread's look at `settled`.
        drop(lock(&self.queue));
        self.done.notify_all();
        self.progress.notify_waiters();
    }
}

/// What a lock holds here is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
