//! Tapes that are kept elsewhere, as the commands see them: a tape that is not where its path says
//! may be one that `dynatape.lock` names, and of which this machine has a copy.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use bytes::Bytes;

use super::settings::Environment;
use crate::cassette::{
    self, BlobId, Loader, Lock, LockError, ReadError, Shelf, ShelfError, self_contained,
};

/// Whether what is in the work tree has to be what the lock file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strict {
    /// It may be newer: it is about to be pushed, or looked at.
    No,
    /// It has to: what passes here has to pass for everybody.
    Yes,
}

/// Why a tape cannot be had.
#[derive(Debug, thiserror::Error)]
enum NotHere {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("it is kept elsewhere, and {cause}. Fetch it: dynatape tape pull {}", path.display())]
    Shelf { path: PathBuf, cause: ShelfError },
    #[error("it is kept elsewhere, and copies have no folder here: set HOME or XDG_CACHE_HOME")]
    NoShelf,
    #[error(
        "it is kept elsewhere, and what is here is not what {} says. If this is the newer one: \
         dynatape tape push {}; if not, remove it", lock.display(), path.display()
    )]
    Changed { path: PathBuf, lock: PathBuf },
}

impl From<NotHere> for ReadError {
    fn from(why: NotHere) -> Self {
        Self::Elsewhere(Box::new(why))
    }
}

/// The text of a tape: the one in the work tree, or else the copy of the one that is kept elsewhere.
pub(super) fn text_of(
    path: &Path,
    strict: Strict,
    environment: &Environment,
) -> Result<Bytes, ReadError> {
    let lock = Lock::above(path).map_err(NotHere::from)?;
    let Some((lock, locked)) = lock.as_ref().and_then(|lock| Some((lock, lock.of(path)?))) else {
        return cassette::text_of(path);
    };
    match cassette::text_of(path) {
        Ok(text) if strict == Strict::Yes && !is(path, &text, &locked.hash) => {
            Err(NotHere::Changed { path: path.to_owned(), lock: lock.path() }.into())
        }
        Err(ReadError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
            let shelf = environment.shelf.as_deref().ok_or(NotHere::NoShelf)?;
            let got = Shelf::new(shelf).get(&locked.hash);
            got.map_err(|cause| NotHere::Shelf { path: path.to_owned(), cause }.into())
        }
        had => had,
    }
}

/// Whether a tape is kept elsewhere.
pub(super) fn holds(path: &Path) -> anyhow::Result<bool> {
    Ok(Lock::above(path)?.is_some_and(|lock| lock.of(path).is_some()))
}

/// The folder of the copies.
pub(super) fn shelf(environment: &Environment) -> anyhow::Result<Shelf> {
    let folder = environment.shelf.as_deref();
    Ok(Shelf::new(folder.context("copies have no folder here: set HOME or XDG_CACHE_HOME")?))
}

/// Whether this is the text of a tape whose text, with the bodies beside it, has this hash.
pub(super) fn is(path: &Path, text: &Bytes, hash: &BlobId) -> bool {
    if BlobId::of(text) == *hash {
        return true;
    }
    let open = |_: &Path| Ok(text.clone());
    let own = Loader::new(&open).own(path);
    own.is_ok_and(|(own, damaged)| damaged.is_empty() && self_contained(&own).1 == *hash)
}
