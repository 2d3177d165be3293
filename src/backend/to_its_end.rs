use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

use super::{BackendError, BoxFuture};
use crate::wire::Response;

type Exchange = BoxFuture<'static, Result<Response, BackendError>>;

/// An exchange that goes on when nobody waits for it any more: the server drops the future of a
/// client that goes away, but a write that is on its way then happens all the same, and whoever
/// watches has to hear of it.
pub(super) struct ToItsEnd(Option<Exchange>);

impl ToItsEnd {
    pub(super) fn new(
        exchange: impl Future<Output = Result<Response, BackendError>> + Send + 'static,
    ) -> Self {
        Self(Some(Box::pin(exchange)))
    }
}

impl Future for ToItsEnd {
    type Output = <Exchange as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Taken out, so that one that panics is not polled again.
        let Some(mut exchange) = self.0.take() else { return Poll::Pending };
        let polled = exchange.as_mut().poll(context);
        if polled.is_pending() {
            self.0 = Some(exchange);
        }
        polled
    }
}

impl Drop for ToItsEnd {
    fn drop(&mut self) {
        if let (Some(exchange), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(exchange);
        }
    }
}
