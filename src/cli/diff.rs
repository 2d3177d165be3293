use anyhow::bail;

use super::{
    args::{DiffArgs, EmulatorArgs},
    compose,
    exit::Exit,
    recordings::{self, Recorded},
    report,
    settings::Environment,
    term,
};
use crate::{
    conformance::{PlayOptions, Run, play},
    diff::Outcome,
};

pub(super) async fn run(args: DiffArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut recorded = Vec::new();
    // What could not be read, prepared or asked: whatever the rest says, it is not the whole.
    let mut incomplete = 0;
    for path in recordings::files(&args.tapes)? {
        let (tapes, damaged) = recordings::read(&path)?;
        recorded.extend(tapes);
        incomplete += damaged;
    }
    if !args.only.is_empty() {
        recorded = recordings::only(recorded, &args.only)?;
    }
    let mut runs = Vec::new();
    for target in &args.target {
        let (run, unprepared) = one_target(target, &recorded, &args.emulator, environment).await?;
        incomplete += unprepared + run.tapes.iter().map(|tape| tape.unanswered).sum::<usize>();
        runs.push(run);
    }
    report::write(&args.report, &runs, environment)?;
    if runs.iter().any(Run::is_vacuous) {
        bail!("nothing was compared: no recorded request could be played");
    }
    let divergent = runs.iter().any(|run| run.total().of(Outcome::Divergent) > 0);
    Ok(match () {
        () if divergent => Exit::Differs,
        () if incomplete > 0 => Exit::Failed,
        () => Exit::Clean,
    })
}

async fn one_target(
    target: &str,
    recorded: &[Recorded],
    emulator: &EmulatorArgs,
    environment: &Environment,
) -> anyhow::Result<(Run, usize)> {
    let total = recorded.iter().map(|tape| tape.cassette.interactions.len()).sum();
    let bar = term::progress(environment.progress, total, "comparing");
    let remote =
        (target != "emulator").then(|| compose::target(target, environment)).transpose()?;
    let again = ["--target".to_owned(), target.to_owned()].into_iter();
    let mut run = Run {
        target: target.to_owned(),
        on: environment.today(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again: again.chain(emulator.again()).collect(),
        ..Run::default()
    };
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
                played.skipped = tape.skipped;
                played.file = tape.file.clone();
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
