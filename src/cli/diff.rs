use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{
    args::{DiffArgs, EmulatorArgs, Target},
    compose,
    exit::{Compared, Exit},
    expected, report,
    settings::Environment,
    tape, term,
};
use crate::{
    cassette::{Cassette, import},
    conformance::{PlayOptions, Run, ledger::Known, play},
    diff::{Layer, Outcome},
};

/// A tape to play.
struct Recorded {
    name: String,
    key: String,
    cassette: Cassette,
    exact: bool,
    skipped: usize,
}

pub(super) async fn run(args: DiffArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut recorded = Vec::new();
    // What could not be read, prepared or asked: whatever the rest says, it is not the whole.
    let mut incomplete = 0;
    for file in files(&args.tapes)? {
        let (tapes, damaged) = read(&file)?;
        recorded.extend(tapes);
        incomplete += damaged;
    }
    let mut known =
        Known { whole: args.tapes.iter().all(|path| path.is_dir()), ..Known::default() };
    for tape in &recorded {
        known.add(&tape.key, tape.cassette.interactions.iter().map(|one| &*one.id));
    }
    let mut ledgers = expected::Ledgers::new(&args.expected, &args.target, None)?;
    let mut runs = Vec::new();
    for target in &args.target {
        let (run, unprepared) = one_target(target, &recorded, &args.emulator, environment).await?;
        incomplete += unprepared + run.tapes.iter().map(|tape| tape.unanswered).sum::<usize>();
        let mut run = [run];
        ledgers.settle(target, &mut run, &known, environment)?;
        runs.extend(run);
    }
    report::write(&args.report, &runs, environment)?;
    let vacuous = report::note_vacuous(&runs, "recorded request");
    Ok(Exit::from(Compared {
        differs: runs.iter().any(|run| run.total().of(Outcome::Divergent) > 0),
        vacuous,
        stale: ledgers.stale,
        incomplete: incomplete > 0,
    }))
}

async fn one_target(
    target: &Target,
    recorded: &[Recorded],
    emulator: &EmulatorArgs,
    environment: &Environment,
) -> anyhow::Result<(Run, usize)> {
    let total = recorded.iter().map(|tape| tape.cassette.interactions.len()).sum();
    let bar = term::progress(environment.progress, total, "comparing");
    let remote = match target {
        Target::Emulator => None,
        Target::At { url, .. } => Some(compose::target(url, environment)?),
    };
    let mut run = Run { target: target.label().to_owned(), ..Run::default() };
    let mut unprepared = 0;
    for tape in recorded {
        let lives_on = remote.is_some().then_some(environment.seed);
        let options = PlayOptions { exact: tape.exact, lives_on };
        let mut progress = || bar.inc(1);
        let played = match &remote {
            Some(upstream) => {
                play(&tape.name, &tape.cassette, upstream, options, &mut progress).await
            }
            None => {
                // As a client gets it, through a socket: headers and checksums are answers too.
                let (server, served) = compose::served_emulator(emulator, environment).await?;
                let played =
                    play(&tape.name, &tape.cassette, &served, options, &mut progress).await;
                drop(server);
                played
            }
        };
        match played {
            Ok(mut played) => {
                // Every answer came through a socket.
                played.offers.extend([Layer::Headers, Layer::Crc]);
                played.skipped = tape.skipped;
                played.key.clone_from(&tape.key);
                run.tapes.push(played);
            }
            Err(error) => {
                unprepared += 1;
                term::note(format_args!("{}: not measured: {error}", tape.name));
            }
        }
    }
    bar.finish_and_clear();
    Ok((run, unprepared))
}

/// A recording to read, and what ledgers call it: its path from the folder that was named.
struct File {
    path: PathBuf,
    key: String,
}

impl File {
    fn of(path: PathBuf, folder: Option<&Path>) -> Self {
        let inside = folder.and_then(|folder| path.strip_prefix(folder).ok());
        let inside = inside.or_else(|| path.file_name().map(Path::new)).unwrap_or(&path);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        Self { key: parts.join("/"), path }
    }
}

/// The files named, and those in the folders named, in order of their names.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(File::of(path.clone(), None));
            continue;
        }
        let mut inside = Vec::new();
        collect(path, &mut inside)?;
        if inside.is_empty() {
            bail!("{} holds no .tape and no .jsonl file", path.display());
        }
        found.extend(inside.into_iter().map(|file| File::of(file, Some(path))));
    }
    Ok(found)
}

/// The recordings in a folder and in those inside it, if there are any.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(unreadable)?;
    let entries = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut inside = entries.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
    inside.sort();
    found.extend(inside.iter().filter(|path| is_recording(path)).cloned());
    for folder in inside.iter().filter(|path| path.is_dir()) {
        collect(folder, found)?;
    }
    Ok(())
}

fn is_recording(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|end| end == "tape" || end == "jsonl")
}

/// The tapes of a file, and how many of its interactions are damaged.
fn read(File { path, key }: &File) -> anyhow::Result<(Vec<Recorded>, usize)> {
    let shown = path.display().to_string();
    if path.extension().is_none_or(|end| end != "jsonl") {
        let (cassette, damaged) = tape::load_what_can_be_read(path)?;
        let key = key.clone();
        let tape = Recorded { name: shown, key, cassette, exact: true, skipped: damaged };
        return Ok((vec![tape], damaged));
    }
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let imported = import::json_lines(&text.into()).with_context(|| shown.clone())?;
    let recorded = imported.into_iter().map(|imported| Recorded {
        name: format!("{shown} {}", imported.name),
        key: format!("{key}/{}", imported.name),
        cassette: imported.cassette,
        exact: imported.exact,
        skipped: imported.skipped,
    });
    Ok((recorded.collect(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_recordings_of_a_folder_beside_one_that_has_none() {
        let root = tempfile::tempdir().expect("folder");
        for (folder, file) in [("a", "x.tape"), ("b", "README.md"), ("c", "y.jsonl")] {
            fs::create_dir(root.path().join(folder)).expect("folder");
            fs::write(root.path().join(folder).join(file), "").expect("file");
        }
        let all = [root.path().to_owned()];
        let found = files(&all).expect("two");
        let keys: Vec<_> = found.iter().map(|file| &*file.key).collect();
        assert_eq!(keys, ["a/x.tape", "c/y.jsonl"]);
        let one = files(&[root.path().join("a/x.tape")]).expect("one");
        assert_eq!(one[0].key, "x.tape");
        assert!(files(&[root.path().join("b")]).is_err(), "named, and holds none");
    }
}
