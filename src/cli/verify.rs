use std::sync::Arc;

use super::{
    args::{Target, VerifyArgs},
    exit::Exit,
    fence::Fenced,
    recordings::{self, Hold, Recorded},
    report,
    settings::Environment,
    term,
};
use crate::{
    backend::fence::Fence,
    conformance::{PlayOptions, Room, Run, play},
    diff::{Layer, Outcome},
};

pub(super) async fn run(args: VerifyArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let Target::At { url, .. } = &args.target else {
        anyhow::bail!("the emulator needs no fence: `dynatape diff` plays tapes at it")
    };
    let (recorded, incomplete) =
        recordings::chosen(&args.tapes, &args.only, Hold::ShortOnes, environment)?;
    let mut fenced = Fenced::open(url, &args.fence, environment).await?;
    let layer = Arc::clone(fenced.layer());
    let run = fenced.during(asked(&args, &recorded, &layer, environment)).await;
    let gone = fenced.close().await?;
    let Some((run, unprepared)) = run else { return Ok(Exit::Failed) };
    let runs = [run];
    report::write(&args.report, &runs, environment)?;
    if report::note_vacuous(&runs, "recorded request") {
        return Ok(Exit::Vacuous);
    }
    let moved = runs[0].total().of(Outcome::Divergent);
    if moved > 0 {
        let target = args.target.label();
        term::note(format_args!("{target} answers {moved} of the requests otherwise today"));
    }
    Ok(if gone && incomplete + unprepared == 0 { Exit::Clean } else { Exit::Failed })
}

/// Plays each tape in a part of the fence of its own; also how many could not be prepared.
async fn asked(
    args: &VerifyArgs,
    recorded: &[Recorded],
    fence: &Fence,
    environment: &Environment,
) -> (Run, usize) {
    let total = recorded.iter().map(|tape| tape.content.len()).sum();
    let bar = term::progress(environment.progress, total, "asking");
    let mut run = Run {
        target: args.target.label().to_owned(),
        on: environment.today(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again: ["--target", &args.target.again(), "--fence", args.fence.prefix()]
            .map(str::to_owned)
            .to_vec(),
        ..Run::default()
    };
    let (mut unprepared, mut room) = (0, Room::default());
    for (at, tape) in recorded.iter().enumerate() {
        let part = fence.part(&at.to_string());
        let options = PlayOptions { exact: tape.exact, lives_on: Some(environment.seed) };
        let (source, mut progress) = (tape.content.to_play(), || bar.inc(1));
        match play(&tape.name, &*source, &part, options, &mut room, &mut progress).await {
            Ok(mut played) => {
                played.offers.extend([Layer::Headers, Layer::Crc]);
                played.skipped = tape.skipped;
                played.file.clone_from(&tape.file);
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
    (run, unprepared)
}
