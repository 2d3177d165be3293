use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{DiffArgs, Format, compose, exit::Exit, settings::Environment, tape, term};
use crate::{
    cassette::{Cassette, import},
    conformance::{PlayOptions, Run, play},
    diff::Outcome,
    report::{Json, Report, Terminal},
};

/// A tape to play.
struct Recorded {
    name: String,
    cassette: Cassette,
    exact: bool,
    skipped: usize,
}

pub(super) async fn run(args: DiffArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut recorded = Vec::new();
    for path in files(&args.tapes)? {
        recorded.extend(read(&path)?);
    }
    let mut runs = Vec::new();
    let mut unprepared = 0;
    for target in &args.target {
        let (run, failed) = one_target(target, &recorded, environment).await?;
        runs.push(run);
        unprepared += failed;
    }
    write(&args, &runs, environment)?;
    if runs.iter().any(Run::is_vacuous) {
        bail!("nothing was compared: no recorded request could be played");
    }
    let divergent = runs.iter().any(|run| run.total().of(Outcome::Divergent) > 0);
    Ok(match () {
        () if divergent => Exit::Differs,
        () if unprepared > 0 => Exit::Failed,
        () => Exit::Clean,
    })
}

async fn one_target(
    target: &str,
    recorded: &[Recorded],
    environment: &Environment,
) -> anyhow::Result<(Run, usize)> {
    let total = recorded.iter().map(|tape| tape.cassette.interactions.len()).sum();
    let bar = term::progress(environment.progress, total, "comparing");
    let remote =
        (target != "emulator").then(|| compose::target(target, environment)).transpose()?;
    let mut run = Run { target: target.to_owned(), tapes: Vec::new() };
    let mut unprepared = 0;
    for tape in recorded {
        let options = PlayOptions { exact: tape.exact, clean_up: remote.is_some() };
        let mut progress = || bar.inc(1);
        let played = match &remote {
            Some(upstream) => {
                play(&tape.name, &tape.cassette, upstream, options, &mut progress).await
            }
            None => {
                let emulator = compose::emulator(environment);
                play(&tape.name, &tape.cassette, &emulator, options, &mut progress).await
            }
        };
        match played {
            Ok(mut played) => {
                played.skipped = tape.skipped;
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

fn write(args: &DiffArgs, runs: &[Run], environment: &Environment) -> anyhow::Result<()> {
    let colour = environment.colour && args.out.is_none();
    let report: Box<dyn Report> = match args.format {
        Format::Text => Box::new(Terminal { colour, findings: args.findings }),
        Format::Json => Box::new(Json),
    };
    let written = match &args.out {
        Some(path) => {
            let mut file = io::BufWriter::new(
                fs::File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))?,
            );
            report.write(runs, &mut file).and_then(|()| io::Write::flush(&mut file))
        }
        None => report.write(runs, &mut io::stdout().lock()),
    };
    match written {
        // Whoever reads us has seen enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report"),
    }
}

/// The files named, and those in the folders named, in order of their names.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut inside: Vec<_> =
            entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
        inside.sort();
        let folders: Vec<_> = inside.iter().filter(|path| path.is_dir()).cloned().collect();
        found.extend(inside.into_iter().filter(|path| is_recording(path)));
        if !folders.is_empty() {
            found.extend(files(&folders).unwrap_or_default());
        }
        if found.len() == before {
            bail!("{} holds no .tape and no .jsonl file", path.display());
        }
    }
    Ok(found)
}

fn is_recording(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|end| end == "tape" || end == "jsonl")
}

fn read(path: &Path) -> anyhow::Result<Vec<Recorded>> {
    let shown = path.display().to_string();
    if path.extension().is_none_or(|end| end != "jsonl") {
        let cassette = tape::load_what_can_be_read(path)?;
        return Ok(vec![Recorded { name: shown, cassette, exact: true, skipped: 0 }]);
    }
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let imported = import::json_lines(&text.into()).with_context(|| shown.clone())?;
    let recorded = imported.into_iter().map(|imported| Recorded {
        name: format!("{shown} {}", imported.name),
        cassette: imported.cassette,
        exact: imported.exact,
        skipped: imported.skipped,
    });
    Ok(recorded.collect())
}
