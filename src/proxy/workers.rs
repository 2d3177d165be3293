//! Threads that serve connections, each with a runtime of its own.
//!
//! What a connection waits for then wakes the thread that serves it. On one runtime for all threads
//! it is often another that is woken, which takes as long as the kernel takes to send an answer.

use std::{
    io,
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// Threads to serve connections. Clones share them. They run from the start of the first server
/// that has them until nobody has them any more, so what a request began goes on when its server
/// has ended.
#[derive(Clone, Debug)]
pub struct Workers {
    count: NonZeroUsize,
    running: Arc<OnceLock<Vec<Worker>>>,
}

/// One of them.
#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Each connection that it serves has a clone.
    busy: Arc<()>,
    /// Dropped, it ends the thread.
    _until: oneshot::Sender<()>,
}

/// A connection's hold on the thread that serves it.
pub(super) struct Turn {
    /// Which thread that is, from 0.
    pub(super) thread: usize,
    pub(super) runtime: Handle,
    _busy: Arc<()>,
}

impl Workers {
    /// So many threads, of which none runs yet.
    #[must_use]
    pub fn new(count: NonZeroUsize) -> Self {
        Self { count, running: Arc::default() }
    }

    /// How many they are.
    pub(super) fn count(&self) -> NonZeroUsize {
        self.count
    }

    /// Sees to it that they run.
    pub(super) fn start(&self) -> io::Result<()> {
        if self.running.get().is_none() {
            let workers = (0..self.count.get()).map(|_| Worker::start());
            // Those of whoever comes second end at once.
            let _ = self.running.set(workers.collect::<io::Result<_>>()?);
        }
        Ok(())
    }

    /// The one with the fewest connections; of several the first, whose memory is warm.
    pub(super) fn least_busy(&self) -> Option<Turn> {
        let busy = |(_, worker): &(usize, &Worker)| Arc::strong_count(&worker.busy);
        let (thread, worker) = self.running.get()?.iter().enumerate().min_by_key(busy)?;
        let (runtime, busy) = (worker.runtime.clone(), Arc::clone(&worker.busy));
        Some(Turn { thread, runtime, _busy: busy })
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (until, ended) = oneshot::channel::<()>();
        // Nobody waits for its end: the last who has it may be a connection on that very thread.
        thread::Builder::new().name("connections".to_owned()).spawn(move || {
            // Nothing is ever sent.
            let _ = runtime.block_on(ended);
            // What still blocks a thread of this runtime is no reason to wait either.
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, busy: Arc::default(), _until: until })
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::mpsc, time::Duration};

    use super::*;

    #[test]
    fn threads_run_until_nobody_has_them() {
        let workers = Workers::new(NonZeroUsize::MIN);
        assert!(workers.least_busy().is_none(), "not started yet");
        workers.start().unwrap();
        let last = workers.clone();
        drop(workers);
        let turn = last.least_busy().unwrap();
        // A runtime drops its tasks when it ends.
        let (told, ended) = mpsc::channel::<()>();
        turn.runtime.spawn(async move {
            let _until_then = told;
            pending::<()>().await;
        });
        drop(last);
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(60)),
            Err(mpsc::RecvTimeoutError::Disconnected)
        );
    }
}
