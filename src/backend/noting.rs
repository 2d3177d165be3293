//! The layer that notes the secrets which requests to one backend give away.

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{LiveSecrets, Request, Response};

/// A backend whose clients' secrets are noted. Where a server has many, each recording has to know
/// its own and no others.
#[derive(Debug)]
pub struct Noting<B> {
    inner: B,
    secrets: LiveSecrets,
}

impl<B: Backend> Noting<B> {
    /// Notes in `secrets` what requests to `inner` give away.
    pub fn new(inner: B, secrets: LiveSecrets) -> Self {
        Self { inner, secrets }
    }
}

impl<B: Backend> Backend for Noting<B> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        self.secrets.add_from(&request);
        self.inner.call(request)
    }
}
