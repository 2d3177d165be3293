//! Everything that can answer a DynamoDB request, and the layers around it.
//!
//! A [`Backend`] has one method. The emulator, a real endpoint and a cassette are backends; so is
//! each layer (recording, sessions, ...), which is a struct with an `inner` backend. They are
//! stacked in one place, `cli/compose.rs`.

pub mod active;
pub mod blocking;
pub mod by_client;
mod error;
pub mod fallback;
pub mod faults;
pub mod fence;
pub mod noting;
pub mod record;
pub mod replay;
pub mod retime;
pub mod sessions;
pub mod shadow;
pub mod switch;
mod to_its_end;
pub mod upstream;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

pub use error::{BackendError, Origin, UpstreamError, UpstreamErrorKind};

use crate::wire::{Request, Response};

/// A future that owns its type: what a trait object's method can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Answers one DynamoDB request.
///
/// A DynamoDB error is an answer and arrives as `Ok` with its status and body; `Err` means that
/// there is no answer to give: the upstream could not be reached, or the cassette holds none.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Answers `request`.
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>>;
}

impl<B: Backend + ?Sized> Backend for Arc<B> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        (**self).call(request)
    }
}
