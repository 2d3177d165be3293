//! A future that is waited for beside one that is woken often.
//!
//! A task that is woken polls all that it waits for. What mostly never comes (the end of a server,
//! of an idle connection) would be asked with every request, and each time look at a timer and
//! lock a channel.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// A future that is polled only when it was woken itself.
#[derive(Debug)]
pub(super) struct Aside<F> {
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    waker: Waker,
    /// Who is to be told when it is woken.
    task: Option<Waker>,
}

#[derive(Debug, Default)]
struct Bell {
    rang: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl<F: Future> Aside<F> {
    pub(super) fn new(future: F) -> Self {
        let bell = Arc::new(Bell::default());
        let waker = Arc::clone(&bell).into();
        Self { future: Box::pin(future), bell, waker, task: None }
    }
}

impl Bell {
    fn task(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        let task = self.task().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let task = context.waker();
        // The first time, or by another task than before.
        if !this.task.as_ref().is_some_and(|known| known.will_wake(task)) {
            this.task = Some(task.clone());
            *this.bell.task() = Some(task.clone());
            this.bell.rang.store(true, Ordering::Relaxed);
        }
        // Whoever rings from here on wakes the task again.
        if !this.bell.rang.load(Ordering::Acquire) || !this.bell.rang.swap(false, Ordering::AcqRel)
        {
            return Poll::Pending;
        }
        this.future.as_mut().poll(&mut Context::from_waker(&this.waker))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, sync::atomic::AtomicUsize, time::Duration};

    use tokio::{
        sync::oneshot,
        task::yield_now,
        time::{sleep, timeout},
    };

    use super::*;

    #[tokio::test]
    async fn it_is_polled_when_it_was_woken_and_not_otherwise() {
        let polls = AtomicUsize::new(0);
        let (sender, mut receiver) = oneshot::channel();
        let mut aside = Aside::new(poll_fn(|context| {
            polls.fetch_add(1, Ordering::Relaxed);
            Pin::new(&mut receiver).poll(context)
        }));
        for _ in 0..3 {
            tokio::select! {
                biased;
                _ = &mut aside => panic!("nothing was sent"),
                () = yield_now() => {}
            }
        }
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        sender.send("sent").unwrap();
        assert_eq!((&mut aside).await, Ok("sent"));
        drop(aside);
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn another_task_than_the_first_is_told_as_well() {
        let mut aside = Aside::new(sleep(Duration::from_secs(1)));
        assert!(timeout(Duration::from_millis(1), &mut aside).await.is_err());
        tokio::spawn(aside).await.unwrap();
    }
}
