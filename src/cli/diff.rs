use std::sync::Arc;

use super::{
    args::{DiffArgs, Kept, Target},
    compose,
    exit::{Compared, Exit},
    expected,
    recordings::{self, Content, Hold, Recorded},
    report,
    settings::Environment,
    term,
};
use crate::{
    cassette::Cassette,
    conformance::{PlayOptions, Played, Room, Run, TapeRun, ledger::Known, play},
    diff::{Layer, Outcome},
};

pub(super) async fn run(args: DiffArgs, environment: &Environment) -> anyhow::Result<Exit> {
    // What could not be read, prepared or asked: whatever the rest says, it is not the whole.
    let hold = if args.truth { Hold::All } else { Hold::ShortOnes };
    let (mut recorded, mut incomplete) =
        recordings::chosen(&args.tapes, &args.only, hold, environment)?;
    if args.truth {
        incomplete += only_of_aws(&mut recorded);
    }
    let mut known = Known {
        whole: args.only.is_empty() && args.tapes.iter().all(|path| path.is_dir()),
        ..Known::default()
    };
    let mut ledgers = expected::Ledgers::new(&args.expected, &args.target, None)?;
    // A ledger may list any interaction.
    for tape in recorded.iter().filter(|_| ledgers.are_there()) {
        known.add(&tape.key, tape.content.to_play().interactions().map(|one| one.id.clone()));
    }
    let mut runs = Vec::new();
    for target in &args.target {
        let (run, unprepared) = {
            // They, and doubts, are about each interaction.
            let all = ledgers.are_there() || args.truth;
            let room = if all { Room::for_all() } else { Room::default() };
            one_target(target, &recorded, &args, room, environment).await?
        };
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

/// Refuses the tapes that are none of AWS, and says how many there were.
fn only_of_aws(recorded: &mut Vec<Recorded>) -> usize {
    let before = recorded.len();
    recorded.retain(|tape| {
        let why = tape.content.held().and_then(Cassette::not_of_aws);
        if let Some(why) = &why {
            term::note(format_args!("{}: refused as truth: {why}", tape.name));
        }
        why.is_none()
    });
    before - recorded.len()
}

/// Takes what was compared with answers that are not known to be AWS's for not measured, and says
/// how many there were.
fn doubted(run: &mut TapeRun, cassette: &Cassette) -> usize {
    let doubts = cassette.doubts();
    for (at, doubt) in &doubts {
        if let Some(played) = run.played.get_mut(*at) {
            let (id, operation) = (played.id.clone(), played.operation.clone());
            *played = Played::unmeasured(id, operation, doubt.to_string());
        }
    }
    doubts.len()
}

async fn one_target(
    target: &Target,
    recorded: &[Recorded],
    args: &DiffArgs,
    mut room: Room,
    environment: &Environment,
) -> anyhow::Result<(Run, usize)> {
    let emulator = &args.emulator;
    let total = recorded.iter().map(|tape| tape.content.len()).sum();
    let bar = term::progress(environment.progress, total, "reading");
    let remote = match target {
        Target::Emulator(_) => None,
        Target::At { url, .. } => Some(compose::target(url, environment)?),
    };
    let again = ["--target".to_owned(), target.again()].into_iter();
    let mut run = Run {
        target: target.label().to_owned(),
        on: environment.today(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again: again.chain(emulator.again()).collect(),
        ..Run::default()
    };
    let mut unprepared = 0;
    for tape in recorded {
        let lives_on = remote.is_some().then_some(environment.seed);
        let options = PlayOptions { exact: tape.exact, lives_on };
        let source = tape.content.to_play();
        bar.set_message("reading");
        let mut progress = || {
            bar.set_message("comparing");
            bar.inc(1);
        };
        let played = match &remote {
            Some(upstream) => {
                play(&tape.name, &*source, upstream, options, &mut room, &mut progress).await
            }
            None => {
                // As a client gets it, through a socket: headers and checksums are answers too.
                let kept = match target {
                    Target::Emulator(kept) => *kept,
                    Target::At { .. } => Kept::Memory,
                };
                let settings = compose::emulation(emulator, environment);
                let fresh = compose::fresh(kept, settings, Arc::clone(&environment.clock))?;
                let (server, served) = compose::served(fresh.emulator, environment).await?;
                let played =
                    play(&tape.name, &*source, &served, options, &mut room, &mut progress).await;
                drop(server);
                played
            }
        };
        match played {
            Ok(mut played) => {
                // Every answer came through a socket.
                played.offers.extend([Layer::Headers, Layer::Crc]);
                played.skipped = tape.skipped;
                played.file = tape.file.clone();
                played.key.clone_from(&tape.key);
                if let (true, Content::Held(cassette)) = (args.truth, &tape.content) {
                    unprepared += doubted(&mut played, cassette);
                }
                if let Content::Read(reel) = &tape.content
                    && reel.has_changed()
                {
                    unprepared += 1;
                    term::note(format_args!("{}: it was changed while it was played", tape.name));
                }
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
