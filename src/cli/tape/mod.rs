//! Looking into tapes and keeping them in order: one file for each command.

mod check;
mod diff;
mod export;
mod fmt;
mod gc;
mod import;
mod ls;
mod merge;
mod migrate;
mod scrub;
mod show;
mod slice;
mod stats;
pub(super) mod store;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{
    args::TapeCommand,
    exit::Exit,
    locked::{self, Strict},
    settings::Environment,
    term,
};
use crate::cassette::{self, Cassette, Damage, Included, Loader, ReadError, Reel};

pub(super) async fn run(command: TapeCommand, environment: &Environment) -> anyhow::Result<Exit> {
    match command {
        TapeCommand::Ls { tapes } => each(&tapes, |path| ls::run(path, environment)),
        TapeCommand::Show { tape, ids } => show::run(&tape, &ids, environment),
        TapeCommand::Check { tapes, fix, truth } => {
            each(&tapes, |path| check::run(path, (fix, truth), environment))
        }
        TapeCommand::Fmt { tapes, check } => {
            each(&tapes, |path| fmt::run(path, check, environment))
        }
        TapeCommand::Migrate { tapes, check } => {
            each(&tapes, |path| migrate::run(path, check, environment))
        }
        TapeCommand::Scrub(args) => scrub::run(&args, environment),
        TapeCommand::Gc { paths, dry_run } => each(&paths, |path| gc::run(path, dry_run)),
        TapeCommand::Merge { tapes, out: Some(out), lanes: true } => {
            merge::lanes(&tapes, &out, environment)
        }
        TapeCommand::Merge { tapes, out, .. } => merge::run(&tapes, out.as_deref(), environment),
        TapeCommand::Slice { tape, ids, out } => {
            slice::run(&tape, &ids, out.as_deref(), environment)
        }
        TapeCommand::Stats { tapes, format } => {
            each(&tapes, |path| stats::run(path, format, environment))
        }
        TapeCommand::Push { tapes, store } => {
            store::push::run(&tapes, store.as_deref(), environment).await
        }
        TapeCommand::Pull { tapes } => store::pull::run(&tapes, environment).await,
        TapeCommand::Status { tapes, remote } => {
            store::status::run(&tapes, remote, environment).await
        }
        TapeCommand::Import { files, out, from } => {
            each(&files, |path| import::run(path, &out, from.as_deref()))
        }
        TapeCommand::Export { tape, format, out } => {
            export::run(&tape, format, out.as_deref(), environment)
        }
        TapeCommand::Diff { old, new, learn: true } => diff::learn(&old, &new, environment),
        TapeCommand::Diff { old, new, learn: false } => diff::run(&old, &new, environment),
    }
}

/// Reads a tape and what it includes, of which everything is needed.
pub(super) fn load_whole(path: &Path, environment: &Environment) -> anyhow::Result<Cassette> {
    undamaged(path, load(path, environment)?)
}

/// Reads a tape of which everything is needed, without what it includes.
pub(super) fn load_own(path: &Path, environment: &Environment) -> anyhow::Result<Cassette> {
    undamaged(path, loaded(path, environment, |loader| loader.own(path))?)
}

/// Reads two tapes of which everything is needed; what both include is in the first.
pub(super) fn load_both(
    first: &Path,
    second: &Path,
    environment: &Environment,
) -> anyhow::Result<[Cassette; 2]> {
    undamaged(first, loaded(first, environment, |loader| loader.both(first, second))?)
}

/// Reads what the tape at `path` includes, or is to include.
pub(super) fn load_included(
    path: &Path,
    names: &[String],
    environment: &Environment,
) -> anyhow::Result<Included> {
    undamaged(path, loaded(path, environment, |loader| loader.included(path, names))?)
}

fn undamaged<T>(path: &Path, (whole, damaged): (T, Vec<Damage>)) -> anyhow::Result<T> {
    match damaged.first() {
        None => Ok(whole),
        Some(first) => bail!(
            "{}: {first} ({} damaged in all). Mend or remove it first: `dynatape tape check` lists them",
            path.display(),
            damaged.len()
        ),
    }
}

/// As [`load_what_can_be_read`], of a tape to be answered from or compared with: one that is kept
/// elsewhere has to be the one that is pinned.
pub(super) fn load_as_pinned(
    path: &Path,
    environment: &Environment,
) -> anyhow::Result<(Cassette, usize)> {
    told(path, opened(path, Strict::Yes, environment, |loader| loader.whole(path))?)
}

/// Reads a tape; what of it is damaged is said, left out and counted.
pub(super) fn load_what_can_be_read(
    path: &Path,
    environment: &Environment,
) -> anyhow::Result<(Cassette, usize)> {
    told(path, load(path, environment)?)
}

/// Reads a tape to be read again, one interaction after the other.
pub(super) fn open(path: &Path) -> anyhow::Result<(Reel, usize)> {
    told(path, Reel::open(path).with_context(|| path.display().to_string())?)
}

fn told<T>(path: &Path, (tape, damaged): (T, Vec<Damage>)) -> anyhow::Result<(T, usize)> {
    for damage in &damaged {
        term::note(format_args!("{}: {damage}; it is left out", path.display()));
    }
    Ok((tape, damaged.len()))
}

fn load(path: &Path, environment: &Environment) -> anyhow::Result<(Cassette, Vec<Damage>)> {
    loaded(path, environment, |loader| loader.whole(path))
}

fn loaded<T>(
    path: &Path,
    environment: &Environment,
    how: impl FnOnce(Loader<'_>) -> Result<T, ReadError>,
) -> anyhow::Result<T> {
    opened(path, Strict::No, environment, how)
}

fn opened<T>(
    path: &Path,
    strict: Strict,
    environment: &Environment,
    how: impl FnOnce(Loader<'_>) -> Result<T, ReadError>,
) -> anyhow::Result<T> {
    let open = |path: &Path| locked::text_of(path, strict, environment);
    how(Loader::new(&open)).with_context(|| path.display().to_string())
}

/// The text of a tape that is to be put in order where it is.
fn text_here(path: &Path) -> anyhow::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && locked::holds(path)? => bail!(
            "{0} is kept elsewhere and not in the work tree: there is nothing to put in order \
             here. To replace what is kept, record it anew: dynatape tape push {0}",
            path.display()
        ),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Says which bodies beside a tape are left over: they hold what it may hold no more.
pub(super) fn note_orphans(path: &Path) -> anyhow::Result<()> {
    for orphan in cassette::orphans(&cassette::folder_behind(path))? {
        term::note(format_args!(
            "{}: {} is needed by no tape beside it; `dynatape tape gc` removes it",
            path.display(),
            orphan.display()
        ));
    }
    Ok(())
}

/// Does it for each file; the worst outcome counts.
fn each(
    paths: &[PathBuf],
    mut one: impl FnMut(&Path) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut worst = Exit::Clean;
    for path in paths {
        match one(path) {
            Ok(Exit::Clean) => {}
            Ok(exit) => worst = exit,
            Err(error) => {
                term::note(format_args!("{error:#}"));
                worst = Exit::Failed;
            }
        }
    }
    Ok(worst)
}
