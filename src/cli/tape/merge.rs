use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::bail;

use super::{load_both, load_own};
use crate::{
    cassette::{self, Cassette, Secrets},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(
    tapes: &[PathBuf],
    out: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (cassette, conflicts, out) = match (tapes, out) {
        ([first, second], Some(out)) => {
            let [first, second] = load_both(first, second, environment)?;
            (cassette::concatenate(&first, &second), 0, out)
        }
        ([_, _], None) => bail!("two tapes make a third: name it with --out"),
        ([base, ours, theirs], out) => {
            // What they include stays with them: Git gives copies that stand in another folder.
            let ours_tape = load_own(ours, environment)?;
            let theirs_tape = load_own(theirs, environment)?;
            let merged = cassette::merge(&load_base(base, environment)?, &ours_tape, &theirs_tape);
            (merged.cassette, merged.conflicts, out.unwrap_or(ours))
        }
        _ => bail!("name two tapes, or three: BASE OURS THEIRS"),
    };
    cassette::save(out, &cassette::printed(&cassette), &Secrets::default())?;
    if conflicts == 0 {
        return Ok(Exit::Clean);
    }
    term::note(format_args!(
        "{}: {conflicts} interactions were changed by both sides; look for \"conflict\", keep one \
         of each two, remove the member",
        out.display()
    ));
    Ok(Exit::Failed)
}

/// Git gives an empty file where both sides made the tape.
fn load_base(path: &Path, environment: &Environment) -> anyhow::Result<Cassette> {
    let is_empty = fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if is_empty { Ok(Cassette::default()) } else { load_own(path, environment) }
}
