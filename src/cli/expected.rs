//! The ledgers of what is known to differ: which one is a target's, and what it says of a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{
    args::{ExpectedArgs, Target},
    settings::Environment,
    term,
};
use crate::{
    cassette::civil_date,
    conformance::{
        Run,
        ledger::{Known, Ledger},
    },
};

/// The first lines of a ledger that is written for the first time.
const ABOUT: &str =
    "Known differences of TARGET: see docs/fidelity.md. Refreshed by --update-expected.";

/// Where ledgers are, and what they said so far.
pub(super) struct Ledgers {
    place: Option<PathBuf>,
    update: bool,
    /// Whether one of them says what is not so.
    pub(super) stale: bool,
    /// How much was not measured, and no ledger says so.
    pub(super) unmeasured: usize,
}

impl Ledgers {
    /// Those that were named, or those in the usual folder.
    pub(super) fn new(
        args: &ExpectedArgs,
        targets: &[Target],
        usual: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let place = args.expected.clone().or(usual);
        match &place {
            Some(file) if !file.is_dir() && targets.len() > 1 => bail!(
                "--expected {} is one ledger for {} targets: name the folder of their ledgers",
                file.display(),
                targets.len()
            ),
            Some(file) if !file.exists() && !args.update_expected => {
                bail!("there is no ledger {}: --update-expected writes it", file.display())
            }
            None if args.update_expected => {
                bail!("--update-expected does not know the file: give --expected FILE")
            }
            _ => {}
        }
        Ok(Self { place, update: args.update_expected, stale: false, unmeasured: 0 })
    }

    /// Whether any were named.
    pub(super) const fn are_there(&self) -> bool {
        self.place.is_some()
    }

    /// Whether the ledgers stand in the folder of all these files, and so are about no others.
    pub(super) fn are_beside(&self, folders: &[PathBuf]) -> bool {
        let place = self.place.as_deref();
        let folder =
            place.and_then(|place| if place.is_dir() { Some(place) } else { place.parent() });
        folder.and_then(Path::parent).is_some_and(|folder| folders.iter().any(|one| one == folder))
    }

    /// Lets a target's ledger accept what it lists (after writing it anew, if that was asked
    /// for), and tells what is wrong with it.
    pub(super) fn settle(
        &mut self,
        target: &Target,
        runs: &mut [Run],
        known: &Known,
        environment: &Environment,
    ) -> anyhow::Result<()> {
        let mut ledger = Ledger::default();
        if let Some(path) = self.file_of(target) {
            if path.is_file() {
                ledger = Ledger::read(&path, !target.is_emulator())?;
            }
            let mut update = false;
            if self.update {
                if !path.is_file() {
                    ledger.about = ABOUT.replace("TARGET", target.label());
                }
                ledger.update(runs, known);
                // A target without a difference needs no ledger.
                update = path.is_file() || !ledger.entries.is_empty();
            }
            if update {
                let place = path.display();
                fs::write(&path, ledger.to_text())
                    .with_context(|| format!("cannot write {place}"))?;
                // The lines are others now; and what is not to be accepted is said at once.
                ledger = Ledger::read(&path, !target.is_emulator())?;
            }
        }
        let today = civil_date(environment.clock.now());
        let settled = ledger.settle(runs, known, &today);
        for complaint in &settled.complaints {
            term::note(format_args!("{}, {complaint}", ledger.path.display()));
        }
        self.stale |= !settled.complaints.is_empty();
        self.unmeasured += settled.unmeasured;
        Ok(())
    }

    fn file_of(&self, target: &Target) -> Option<PathBuf> {
        let place = self.place.as_ref()?;
        if !place.is_dir() {
            return Some(place.clone());
        }
        let file = place.join(format!("{}.toml", target.name()?));
        (self.update || file.is_file()).then_some(file)
    }
}
