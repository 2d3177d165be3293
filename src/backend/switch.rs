//! A backend that can be exchanged for another one while it is asked.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{Request, Response};

/// Sends each request to the backend there is when it comes.
#[derive(Debug)]
pub struct Switch {
    inner: RwLock<Arc<dyn Backend>>,
}

impl Switch {
    /// Asks `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner: RwLock::new(inner) }
    }

    /// From now on asks `inner`. Requests under way are answered by the one before.
    pub fn to(&self, inner: Arc<dyn Backend>) {
        let mut place = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *place, inner);
        drop(place);
        // To free all that one knew can take long: not while requests wait.
        drop(old);
    }
}

impl Backend for Switch {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let inner = Arc::clone(&*self.inner.read().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move { inner.call(request).await })
    }
}
