use std::{path::Path, sync::Arc};

use super::{
    ListenArgs, ReplayArgs, exit::Exit, session as server, settings::Environment, tape, term,
};
use crate::backend::replay::Replay;

pub(super) async fn run(args: ReplayArgs, environment: &Environment) -> anyhow::Result<Exit> {
    session(&args.tape, args.strict, &args.listen, &args.command, environment).await
}

/// One session over a tape, with its summary.
pub(super) async fn session(
    path: &Path,
    strict: bool,
    listen: &ListenArgs,
    command: &[String],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (cassette, _) = tape::load_what_can_be_read(path)?;
    let again =
        if command.is_empty() { String::new() } else { format!(" -- {}", command.join(" ")) };
    let upstream = match &*cassette.header.from.kind {
        "aws" => "aws",
        "dynatape" => "emulator",
        _ => "URL",
    };
    let fix = format!("dynatape record {} --upstream {upstream}{again}", path.display());
    let replay = Arc::new(Replay::new(cassette, Arc::clone(&environment.clock), fix));
    let ended = server::serve(replay.clone(), listen, 0, command, None, environment).await?;
    let summary = replay.summary();
    for miss in &summary.misses {
        term::note(&miss.report);
    }
    // What was left says something only of a program that ran to its end.
    let unused = !summary.unused_writes.is_empty() || !summary.unused_reads.is_empty();
    if !summary.misses.is_empty() || (unused && ended.well()) {
        term::note(format_args!("{}: {summary}", path.display()));
    }
    let complains = !summary.misses.is_empty() || (strict && !summary.unused_writes.is_empty());
    let exit = if complains { Exit::Differs } else { Exit::Clean };
    Ok(exit.after_child(ended.child))
}
