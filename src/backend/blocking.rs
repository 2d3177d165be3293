//! Asks a backend whose answers wait for a disk, on threads that may wait.

use std::{panic::resume_unwind, sync::Arc};

use tokio::{runtime::Handle, sync::Semaphore, task::spawn_blocking};

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{Effect, Request, Response};

/// How many writes are under way: one is carried out, one is read meanwhile. More would only hold
/// threads.
const WRITES: usize = 2;

/// How many reads are: they wait for no write, and so not behind them.
const READS: usize = 32;

/// A backend that is asked on threads of its own.
#[derive(Debug)]
pub struct Blocking {
    inner: Arc<dyn Backend>,
    writes: Semaphore,
    reads: Semaphore,
}

impl Blocking {
    /// Asks `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner, writes: Semaphore::new(WRITES), reads: Semaphore::new(READS) }
    }
}

impl Backend for Blocking {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let reads = request.target.operation().is_some_and(|one| one.effect() == Effect::Read);
        let turns = if reads { &self.reads } else { &self.writes };
        Box::pin(async move {
            // Nobody closes it.
            let _turn = turns.acquire().await;
            let (inner, runtime) = (Arc::clone(&self.inner), Handle::current());
            let answer = spawn_blocking(move || runtime.block_on(inner.call(request))).await;
            answer.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(error) => Err(BackendError::Internal { doing: "answer", cause: error.into() }),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use http::StatusCode;

    use super::*;
    use crate::wire::Operation;

    /// Answers writes when it is told to.
    #[derive(Debug)]
    struct Slow(std::sync::Mutex<mpsc::Receiver<()>>);

    impl Backend for Slow {
        fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
            if request.target.operation() == Some(Operation::PutItem) {
                self.0.lock().unwrap().recv().unwrap();
            }
            Box::pin(std::future::ready(Ok(Response::new(StatusCode::OK, "{}"))))
        }
    }

    #[tokio::test]
    async fn reads_are_answered_while_any_number_of_writes_waits() {
        let (go, wait) = mpsc::channel();
        let backend = Arc::new(Blocking::new(Arc::new(Slow(wait.into()))));
        let ask = |operation| {
            let backend = Arc::clone(&backend);
            tokio::spawn(async move { backend.call(Request::of(operation, "{}")).await.unwrap() })
        };
        let writes: Vec<_> = (0..200).map(|_| ask(Operation::PutItem)).collect();
        tokio::task::yield_now().await;
        for _ in 0..100 {
            assert_eq!(ask(Operation::GetItem).await.unwrap().status, StatusCode::OK);
        }
        assert!(writes.iter().all(|write| !write.is_finished()));
        writes.iter().for_each(|_| go.send(()).unwrap());
        for write in writes {
            assert_eq!(write.await.unwrap().status, StatusCode::OK);
        }
    }
}
