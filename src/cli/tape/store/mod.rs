//! Tapes in an object store, pinned by `dynatape.lock`.

pub(super) mod pull;
pub(in crate::cli) mod push;
pub(super) mod status;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};

use crate::cassette::{LOCK, Lock, Locked};

/// The tapes that are meant, of those that are locked, and the lock file of each: those named, or
/// all of the lock file here.
fn meant(tapes: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Locked)>> {
    if tapes.is_empty() {
        let here = PathBuf::from("a.tape");
        let lock = Lock::above(&here)?;
        let lock = lock.with_context(|| format!("there is no {LOCK} here: name a tape to push"))?;
        let folder = fs::canonicalize(".")?;
        let all = lock.tapes.iter().map(|(name, locked)| {
            let place = lock.place(name);
            let shown = place.strip_prefix(&folder).unwrap_or(&place);
            (shown.to_owned(), locked.clone())
        });
        return Ok(all.collect());
    }
    let mut found = Vec::new();
    for tape in tapes {
        let lock = Lock::above(tape)?;
        match lock.as_ref().and_then(|lock| lock.of(tape)) {
            Some(locked) => found.push((tape.clone(), locked.clone())),
            None => bail!("{} is not in a {LOCK}: push it first", tape.display()),
        }
    }
    Ok(found)
}
