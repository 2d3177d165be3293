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

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{args::TapeCommand, exit::Exit, settings::Environment, term};
use crate::cassette::{self, Cassette, Damage};

pub(super) fn run(command: TapeCommand, _: &Environment) -> anyhow::Result<Exit> {
    match command {
        TapeCommand::Ls { tapes } => each(&tapes, ls::run),
        TapeCommand::Show { tape, ids } => show::run(&tape, &ids),
        TapeCommand::Check { tapes, fix } => each(&tapes, |path| check::run(path, fix)),
        TapeCommand::Fmt { tapes, check } => each(&tapes, |path| fmt::run(path, check)),
        TapeCommand::Migrate { tapes, check } => each(&tapes, |path| migrate::run(path, check)),
        TapeCommand::Scrub(args) => scrub::run(&args),
        TapeCommand::Gc { paths, dry_run } => each(&paths, |path| gc::run(path, dry_run)),
        TapeCommand::Merge { tapes, out } => merge::run(&tapes, out.as_deref()),
        TapeCommand::Slice { tape, ids, out } => slice::run(&tape, &ids, out.as_deref()),
        TapeCommand::Stats { tapes, format } => each(&tapes, |path| stats::run(path, format)),
        TapeCommand::Import { files, out, from } => {
            each(&files, |path| import::run(path, &out, from.as_deref()))
        }
        TapeCommand::Export { tape, format, out } => export::run(&tape, format, out.as_deref()),
        TapeCommand::Diff { old, new, learn: true } => diff::learn(&old, &new),
        TapeCommand::Diff { old, new, learn: false } => diff::run(&old, &new),
    }
}

/// Reads a tape of which everything is needed.
pub(super) fn load_whole(path: &Path) -> anyhow::Result<Cassette> {
    let (cassette, damaged) = load(path)?;
    match damaged.first() {
        None => Ok(cassette),
        Some(first) => bail!(
            "{}: {first} ({} damaged in all). Mend or remove it first: `dynatape tape check` lists them",
            path.display(),
            damaged.len()
        ),
    }
}

/// Reads a tape; what of it is damaged is said, left out and counted.
pub(super) fn load_what_can_be_read(path: &Path) -> anyhow::Result<(Cassette, usize)> {
    let (cassette, damaged) = load(path)?;
    for damage in &damaged {
        term::note(format_args!("{}: {damage}; it is left out", path.display()));
    }
    Ok((cassette, damaged.len()))
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

fn load(path: &Path) -> anyhow::Result<(Cassette, Vec<Damage>)> {
    cassette::load(path).with_context(|| path.display().to_string())
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
