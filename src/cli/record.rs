use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{
    args::{ChoiceArgs, Mode, RecordArgs},
    compose,
    exit::Exit,
    replay, session,
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
            return replay::session(
                &args.tape,
                unused,
                &choices,
                &args.listen,
                &args.command,
                environment,
            )
            .await;
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
    let (backend, recording, from) = compose::recorder(&(&args).into(), &secrets, environment)?;
    let serving = session::Serving { backend, recording: Some(secrets.clone()), controlled: None };
    let ended = session::serve(serving, &args.listen, 0, &args.command, environment).await?;
    settled(&recording, GRACE).await;
    let path = if ended.well() { args.tape.clone() } else { rejected(&args.tape) };
    if recording.is_empty() {
        term::note(format_args!(
            "nothing was recorded and nothing written: no request came. Does the program use \
             AWS_ENDPOINT_URL_DYNAMODB?"
        ));
        return Ok(Exit::Failed.after_child(ended.child));
    }
    if let Err(error) =
        write(&path, &recording, from, Vec::new(), old.as_ref(), &secrets, environment)
    {
        term::note(format_args!("{error:#}"));
        return Ok(Exit::Failed.after_child(ended.child));
    }
    if !ended.well() {
        term::note(format_args!(
            "the command failed: {} is as it was, what was recorded is in {}",
            args.tape.display(),
            path.display()
        ));
    }
    Ok(Exit::Clean.after_child(ended.child))
}

/// Waits for answers that are on their way, and says what did not come.
pub(super) async fn settled(recording: &Recording, patience: Duration) {
    let lost = recording.settled(patience).await;
    if lost > 0 {
        term::note(format_args!("{lost} requests were not answered in time and are not recorded"));
    }
}

/// Ends the recording and writes it to `path`; gives how many interactions there are. Without
/// `variables` those of the old tape stay.
pub(super) fn write(
    path: &Path,
    recording: &Recording,
    from: Provenance,
    variables: Vec<(String, String)>,
    old: Option<&Cassette>,
    live: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<usize> {
    let by = concat!("dynatape ", env!("CARGO_PKG_VERSION"));
    let mut finished = recording.finish(from, by, &civil_date(environment.clock.now()), old);
    if !variables.is_empty() {
        finished.cassette.header.vars = variables;
    }
    let mut secrets = Secrets::default();
    for secret in live.all() {
        secrets.add("credential, token or signature", &secret);
    }
    for account in &finished.accounts {
        secrets.add("account id", account);
    }
    let text = cassette::to_text(&finished.cassette);
    cassette::save(path, &text, &secrets).context("the recording was not kept")?;
    let count = finished.cassette.interactions.len();
    let changed = match old {
        Some(_) => format!(", {} changed", finished.changed),
        None => String::new(),
    };
    term::note(format_args!("{}: {count} interactions{changed}", path.display()));
    Ok(count)
}

/// Where the recording of a failed command goes.
pub(super) fn rejected(tape: &Path) -> PathBuf {
    let mut name = tape.as_os_str().to_owned();
    name.push(".rejected");
    name.into()
}
