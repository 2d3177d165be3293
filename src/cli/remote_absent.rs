//! No object stores: this program was built without the feature `store`.

use std::convert::Infallible;

use anyhow::bail;
use bytes::Bytes;

use super::settings::Environment;

/// An object of a store; there is none.
#[derive(Debug)]
pub(super) struct Remote(Infallible);

impl Remote {
    pub(super) fn at(url: &str, _: &Environment) -> anyhow::Result<Self> {
        bail!("{url}: this dynatape was built without object stores (cargo feature `store`)");
    }

    pub(super) async fn get(&self) -> anyhow::Result<Bytes> {
        match self.0 {}
    }

    pub(super) async fn put(&self, _: &Bytes) -> anyhow::Result<()> {
        match self.0 {}
    }
}
