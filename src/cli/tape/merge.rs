use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::bail;

use super::{load_both, load_own, load_whole};
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
        _ => bail!("name two tapes, or three: BASE OURS THEIRS; lanes need --lanes"),
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

/// What several recorders saw of one engine, as one tape.
pub(super) fn lanes(
    tapes: &[PathBuf],
    out: &Path,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let all = tapes.iter().map(|path| load_whole(path, environment));
    let merged = cassette::lanes(all.collect::<Result<_, _>>()?);
    let merged = merged.map_err(|error| {
        let tape = tapes.get(error.lane).map(|path| path.display().to_string());
        anyhow::anyhow!("{}: {error}", tape.unwrap_or_default())
    })?;
    cassette::save(out, &cassette::printed(&merged.cassette), &Secrets::default())?;
    if let Some(first) = merged.doubtful.first() {
        term::note(format_args!(
            "{}: {} calls overlap calls of other lanes about the same things, {first} for one: \
             their order is that of the answers, and may not be the engine's. `dynatape diff` \
             tells whether the answers fit it",
            out.display(),
            merged.doubtful.len()
        ));
    }
    Ok(Exit::Clean)
}

/// Git gives an empty file where both sides made the tape.
fn load_base(path: &Path, environment: &Environment) -> anyhow::Result<Cassette> {
    let is_empty = fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if is_empty { Ok(Cassette::default()) } else { load_own(path, environment) }
}
