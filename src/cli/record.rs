use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    args::{ChoiceArgs, Mode, RecordArgs},
    compose::{self, Recorder},
    exit::Exit,
    replay,
    session::{self, Ended, Serving},
    settings::Environment,
    tape, term,
};
use crate::{
    backend::{
        record::Finished,
        replay::{Unlike, rehearse},
        upstream::Resolve,
    },
    cassette::{self, Cassette, Secrets, civil_date},
    proxy::intercept::{Intercept, Others},
    wire::LiveSecrets,
};

/// How long the end waits for answers that no client waits for any more.
const GRACE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: RecordArgs, environment: &Environment) -> anyhow::Result<Exit> {
    if args.intercept.intercept && args.upstream != "aws" {
        bail!(
            "--intercept and --upstream {}: with --intercept, the host that the client asks is \
             the upstream; leave one out",
            args.upstream
        );
    }
    // Also where a tape is replayed: what is wrong in it is not to be found out later.
    let resolve = compose::resolve(&args.resolve)?;
    let exists = args.tape.exists();
    match args.mode {
        Mode::Rewrite => {}
        Mode::Live => return live(&args, resolve, environment).await,
        Mode::Frozen => return replayed(&args, environment).await,
        Mode::New if exists && environment.ci => return replayed(&args, environment).await,
        Mode::Auto if exists => return replayed(&args, environment).await,
        Mode::Auto | Mode::New if environment.ci => bail!(
            "{} does not exist, and CI=true: nothing is recorded there. Record it where you \
             develop and commit it, or use --mode rewrite",
            args.tape.display()
        ),
        Mode::Auto | Mode::New => {}
    }
    // Before anything runs: a tape that cannot be read, or a folder that cannot be written to, is
    // better heard of now than an hour later.
    let old = if exists { Some(tape::load_whole(&args.tape)?) } else { None };
    cassette::can_save(&args.tape)?;
    let secrets = secrets(environment);
    let longer = old.as_ref().filter(|_| args.mode == Mode::New);
    let recorder = compose::recorder(&args, &secrets, longer, environment)?;
    let Recorder { backend, recording, from, longer } = recorder;
    let intercept = intercepting(&args, resolve, environment)?;
    let seed = args.emulator.seed;
    let (backend, plan) = compose::faulty(backend, &args.faults, seed, environment);
    let ended = session::serve(backend, serving(&args, &secrets, intercept), environment).await?;
    term::note_idle(&plan);
    let lost = recording.settled(GRACE).await;
    if lost > 0 {
        term::note(format_args!("{lost} requests were not answered in time and are not recorded"));
    }
    if let Some(longer) = &longer {
        longer.finish().await.context("cannot end what was begun at the upstream")?;
    }
    if recording.is_empty() {
        term::note(format_args!(
            "nothing was recorded and nothing written: no request came. Does the program use \
             {}?",
            if args.intercept.intercept { "HTTPS_PROXY" } else { "AWS_ENDPOINT_URL_DYNAMODB" }
        ));
        return Ok(Exit::Failed.after_child(ended.child));
    }
    let by = concat!("dynatape ", env!("CARGO_PKG_VERSION"));
    let now = environment.clock.now();
    let mut finished = recording.finish(from, by, &civil_date(now), old.as_ref());
    if let (Some(longer), Some(old)) = (&longer, &old) {
        let kept = finished.keep_unasked(old, &longer.left().await);
        if kept > 0 {
            term::note(format_args!(
                "{kept} interactions were not asked for and stay (--mode rewrite drops them)"
            ));
        }
    }
    // An unchanged tape keeps its day, so that nothing changes; but a stale one was just proved.
    if args.age.max_age.exceeded_by(&finished.cassette.header, now).is_some() {
        finished.cassette.header.on = civil_date(now);
    }
    let exit = keep(&args, ended, &finished, old.is_some(), &secrets, environment);
    let exit = exit.unwrap_or_else(|error| {
        term::note(format_args!("{error:#}"));
        Exit::Failed
    });
    Ok(exit.after_child(ended.child))
}

async fn replayed(args: &RecordArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let session = replay::Session {
        tape: &args.tape,
        complain: replay::Unused::Writes,
        choices: &ChoiceArgs::default(),
        age: args.age,
        faults: &args.faults,
        seed: args.emulator.seed,
        summaries: &[],
        intercept: &args.intercept,
        listen: &args.listen,
        command: &args.command,
    };
    session.run(environment).await
}

async fn live(
    args: &RecordArgs,
    resolve: Resolve,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let secrets = secrets(environment);
    let backend = compose::live(args, &secrets, environment)?;
    let intercept = intercepting(args, resolve, environment)?;
    let ended = session::serve(backend, serving(args, &secrets, intercept), environment).await?;
    Ok(Exit::Clean.after_child(ended.child))
}

fn serving<'a>(
    args: &'a RecordArgs,
    secrets: &'a LiveSecrets,
    intercept: Option<Arc<Intercept>>,
) -> Serving<'a> {
    let recording = Some(secrets);
    Serving { recording, intercept, ..Serving::new(&args.listen, &args.command) }
}

/// The proxy that the command asks through, with --intercept.
fn intercepting(
    args: &RecordArgs,
    resolve: Resolve,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<Intercept>>> {
    let intercept = compose::intercept(&args.intercept, Others::Tunnel(resolve), environment)?;
    if let (Some(_), Some(proxy)) = (&intercept, &environment.https_proxy) {
        // Its address may hold a password.
        let proxy = proxy.rsplit('@').next().unwrap_or_default();
        bail!("HTTPS_PROXY is {proxy}: --intercept connects directly and through no other proxy");
    }
    Ok(intercept)
}

/// What must never be sent to anybody but the upstream, nor written.
fn secrets(environment: &Environment) -> LiveSecrets {
    let secrets = LiveSecrets::default();
    for secret in &environment.secrets {
        secrets.add(secret);
    }
    secrets
}

/// What of the tape, read back from its text, does not give its own requests the answers recorded.
fn unlike(recorded: &Cassette, environment: &Environment) -> Vec<Unlike> {
    let of_tape = |why: String| Unlike { id: "the tape".to_owned(), why };
    match cassette::read(cassette::to_text(recorded)) {
        Ok((tape, damaged)) if damaged.is_empty() => {
            rehearse(tape, &recorded.interactions, Arc::clone(&environment.clock))
        }
        Ok((_, damaged)) => damaged.iter().map(|damage| of_tape(damage.to_string())).collect(),
        Err(error) => vec![of_tape(error.to_string())],
    }
}

/// Writes what was recorded: to the tape, or beside it where it cannot be accepted.
fn keep(
    args: &RecordArgs,
    ended: Ended,
    finished: &Finished,
    again: bool,
    live: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let mut secrets = Secrets::default();
    for secret in live.all() {
        secrets.add("credential, token or signature", &secret);
    }
    for account in &finished.accounts {
        secrets.add("account id", account);
    }
    let printed = cassette::printed(&finished.cassette);
    let overrun = args.max_bytes.overrun(&finished.cassette, &printed.text);
    // Who failed is not told of the tape as well.
    let verify = ended.well() && !args.no_verify;
    let unlike = if verify { unlike(&finished.cassette, environment) } else { Vec::new() };
    let accepted = ended.well() && unlike.is_empty() && overrun.is_none();
    let path = if accepted { args.tape.clone() } else { rejected(&args.tape) };
    cassette::save(&path, &printed, &secrets).context("the recording was not kept")?;
    let count = finished.cassette.interactions.len();
    let changed = if again { format!(", {} changed", finished.changed) } else { String::new() };
    term::note(format_args!("{}: {count} interactions{changed}", path.display()));
    if accepted {
        return Ok(Exit::Clean);
    }
    // Only after the search for secrets: these name tables.
    for Unlike { id, why } in &unlike {
        term::note(format_args!("replayed at once, {id} is not as recorded: {why}"));
    }
    if let Some(overrun) = overrun {
        term::note(format_args!("the tape would be too large: {overrun}"));
    }
    let why = match (ended.well(), unlike.is_empty()) {
        (false, _) => "the command failed",
        (true, false) => "the recording does not replay",
        (true, true) => "the recording was not accepted",
    };
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
