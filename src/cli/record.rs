use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    args::{ChoiceArgs, Mode, RecordArgs},
    compose,
    exit::Exit,
    replay,
    session::{self, Ended},
    settings::Environment,
    tape, term,
};
use crate::{
    backend::record::Recording,
    cassette::{self, Cassette, Provenance, Secrets, civil_date},
    wire::LiveSecrets,
};

/// How long the end waits for answers that no client waits for any more.
const GRACE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: RecordArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let exists = args.tape.exists();
    if args.mode == Mode::Auto {
        if exists {
            let choices = ChoiceArgs::default();
            let unused = replay::Unused::Writes;
            let (ended, report) = replay::session(
                &args.tape,
                unused,
                &choices,
                (&args.faults, args.emulator.seed),
                &args.listen,
                &args.command,
                environment,
            )
            .await?;
            return replay::ends(ended, &report, &[], environment);
        }
        if environment.ci {
            bail!(
                "{} does not exist, and CI=true: nothing is recorded there. Record it where you \
                 develop and commit it, or use --mode rewrite",
                args.tape.display()
            );
        }
    }
    // Before anything runs: a tape that cannot be read, or a folder that cannot be written to, is
    // better heard of now than an hour later.
    let old = if exists { Some(tape::load_whole(&args.tape)?) } else { None };
    cassette::can_save(&args.tape)?;
    let secrets = LiveSecrets::default();
    for secret in &environment.secrets {
        secrets.add(secret);
    }
    let (backend, recording, from) = compose::recorder(&args, &secrets, environment)?;
    let seed = args.emulator.seed;
    let (backend, plan) = compose::faulty(backend, &args.faults, seed, environment);
    let ended = session::serve(
        backend,
        &args.listen,
        0,
        (&args.command, None),
        Some(&secrets),
        environment,
    )
    .await?;
    term::note_idle(&plan);
    let lost = recording.settled(GRACE).await;
    if lost > 0 {
        term::note(format_args!("{lost} requests were not answered in time and are not recorded"));
    }
    if recording.is_empty() {
        term::note(format_args!(
            "nothing was recorded and nothing written: no request came. Does the program use \
             AWS_ENDPOINT_URL_DYNAMODB?"
        ));
        return Ok(Exit::Failed.after_child(ended.child));
    }
    let written = write(&args, ended, &recording, from, old.as_ref(), &secrets, environment);
    let exit = written.unwrap_or_else(|error| {
        term::note(format_args!("{error:#}"));
        Exit::Failed
    });
    Ok(exit.after_child(ended.child))
}

/// Writes what was recorded: to the tape, or beside it where it cannot be accepted.
fn write(
    args: &RecordArgs,
    ended: Ended,
    recording: &Recording,
    from: Provenance,
    old: Option<&Cassette>,
    live: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let by = concat!("dynatape ", env!("CARGO_PKG_VERSION"));
    let finished = recording.finish(from, by, &civil_date(environment.clock.now()), old);
    let mut secrets = Secrets::default();
    for secret in live.all() {
        secrets.add("credential, token or signature", &secret);
    }
    for account in &finished.accounts {
        secrets.add("account id", account);
    }
    let printed = cassette::printed(&finished.cassette);
    let overrun = args.max_bytes.overrun(&finished.cassette, &printed.text);
    let accepted = ended.well() && overrun.is_none();
    let path = if accepted { args.tape.clone() } else { rejected(&args.tape) };
    cassette::save(&path, &printed, &secrets).context("the recording was not kept")?;
    let count = finished.cassette.interactions.len();
    let changed = match old {
        Some(_) => format!(", {} changed", finished.changed),
        None => String::new(),
    };
    term::note(format_args!("{}: {count} interactions{changed}", path.display()));
    if accepted {
        return Ok(Exit::Clean);
    }
    // Only after the search for secrets: it names tables.
    if let Some(overrun) = overrun {
        term::note(format_args!("the tape would be too large: {overrun}"));
    }
    let why = if ended.well() { "the recording was not accepted" } else { "the command failed" };
    term::note(format_args!(
        "{why}: {} is as it was, what was recorded is in {}",
        args.tape.display(),
        path.display()
    ));
    Ok(Exit::Failed)
}

/// Where a recording goes that is not accepted.
fn rejected(tape: &Path) -> PathBuf {
    let mut name = tape.as_os_str().to_owned();
    name.push(".rejected");
    name.into()
}
