//! How many requests were let through and are not on the list yet.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// Their number, and who waits until it is none.
#[derive(Debug, Default)]
pub(super) struct Travelling {
    count: AtomicUsize,
    none: Notify,
}

/// One request more, for as long as this lives.
pub(super) struct OnItsWay(Arc<Travelling>);

impl Travelling {
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until there is none.
    pub(super) async fn none(&self) {
        loop {
            // Before the look at the number, so that one that arrives between is not missed.
            let arrived = self.none.notified();
            if self.count() == 0 {
                return;
            }
            arrived.await;
        }
    }
}

impl OnItsWay {
    pub(super) fn one_more(of: &Arc<Travelling>) -> Self {
        of.count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(of))
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none.notify_waiters();
        }
    }
}
