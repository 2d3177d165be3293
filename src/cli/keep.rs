//! What becomes of a recording: the tape, if it can be accepted, or a file beside it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;

use super::{settings::Environment, tape, term};
use crate::{
    backend::{
        fallback::Fallback,
        record::{Finished, Recording},
        replay::{Unlike, rehearse},
    },
    cassette::{self, Budget, Cassette, MaxAge, Provenance, Secrets, civil_date},
    proxy::control::{Kept, Variables},
    wire::LiveSecrets,
};

/// How long the end waits for answers that no client waits for any more.
const GRACE: Duration = Duration::from_secs(10);

/// A recording, and on which terms it becomes the tape.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) tape: PathBuf,
    /// What was in the tape before.
    pub(super) old: Option<Cassette>,
    pub(super) recording: Recording,
    pub(super) from: Provenance,
    /// The old tape and who answers what it does not, where it is to become longer.
    pub(super) longer: Option<Arc<Fallback>>,
    /// What must not be written.
    pub(super) live: LiveSecrets,
    pub(super) budget: Budget,
    pub(super) max_age: MaxAge,
    /// Whether it is replayed first.
    pub(super) verify: bool,
}

/// What is in the tape that is to be written anew, if there is one.
///
/// # Errors
///
/// A tape that cannot be read, or a folder that cannot be written to, is better heard of before
/// anything runs than an hour later.
pub(super) fn before(tape: &Path) -> anyhow::Result<Option<Cassette>> {
    let old = if tape.exists() { Some(tape::load_whole(tape)?) } else { None };
    cassette::can_save(tape)?;
    Ok(old)
}

/// What must never be sent to anybody but the upstream, nor written.
pub(super) fn secrets(environment: &Environment) -> LiveSecrets {
    let secrets = LiveSecrets::default();
    for secret in &environment.secrets {
        secrets.add(secret);
    }
    secrets
}

impl Keeping {
    /// Waits for answers that are under way, and says if some did not come. What was begun at the
    /// upstream is ended there.
    pub(super) async fn settled(&self) -> anyhow::Result<()> {
        let lost = self.recording.settled(GRACE).await;
        if lost > 0 {
            term::note(format_args!(
                "{lost} requests were not answered in time and are not recorded"
            ));
        }
        if let Some(longer) = &self.longer {
            longer.finish().await.context("cannot end what was begun at the upstream")?;
        }
        Ok(())
    }

    /// Writes what was recorded: to the tape, or beside it where it cannot be accepted. `failed`
    /// says how what was recorded failed, if it did. Without `variables` those of the old tape
    /// stay. If nothing was recorded nothing is written: that no request came is not believed.
    pub(super) async fn keep(
        &self,
        failed: Option<&str>,
        variables: &Variables,
        environment: &Environment,
    ) -> anyhow::Result<Kept> {
        if self.recording.is_empty() {
            let nothing = "nothing was recorded and nothing written: no request came".to_owned();
            return Ok(Kept { path: None, interactions: 0, changed: None, reasons: vec![nothing] });
        }
        let by = concat!("dynatape ", env!("CARGO_PKG_VERSION"));
        let now = environment.clock.now();
        let (from, old) = (self.from.clone(), self.old.as_ref());
        let mut finished = self.recording.finish(from, by, &civil_date(now), old);
        if let (Some(longer), Some(old)) = (&self.longer, old) {
            let kept = finished.keep_unasked(old, &longer.left().await);
            if kept > 0 {
                term::note(format_args!(
                    "{kept} interactions were not asked for and stay (--mode rewrite drops them)"
                ));
            }
        }
        let Finished { mut cassette, changed, accounts, .. } = finished;
        // An unchanged tape keeps its day, so that nothing changes; but a stale one was just
        // proved.
        if self.max_age.exceeded_by(&cassette.header, now).is_some() {
            cassette.header.on = civil_date(now);
        }
        if !variables.is_empty() {
            cassette.header.vars = variables.clone().into_iter().collect();
        }
        let mut secrets = Secrets::default();
        for secret in self.live.all() {
            secrets.add("credential, token or signature", &secret);
        }
        for account in &accounts {
            secrets.add("account id", account);
        }
        let printed = cassette::printed(&cassette);
        let overrun = self.budget.overrun(&cassette, &printed.text);
        // What failed is not told of the tape as well.
        let verify = failed.is_none() && self.verify;
        let unlike = if verify {
            // It may take a while; sessions that are not this one are answered meanwhile.
            tokio::task::block_in_place(|| unlike(&cassette, environment))
        } else {
            Vec::new()
        };
        let why = match (failed, unlike.is_empty(), &overrun) {
            (Some(failed), ..) => Some(failed),
            (None, false, _) => Some("the recording does not replay"),
            (None, true, Some(_)) => Some("the recording was not accepted"),
            (None, true, None) => None,
        };
        let path = if why.is_none() { self.tape.clone() } else { rejected(&self.tape) };
        // Before anything is told: the reasons name tables.
        cassette::save(&path, &printed, &secrets).context("the recording was not kept")?;
        let unlike = unlike
            .iter()
            .map(|Unlike { id, why }| format!("replayed at once, {id} is not as recorded: {why}"));
        let overrun = overrun.map(|overrun| format!("the tape would be too large: {overrun}"));
        let reasons = why.map(str::to_owned).into_iter().chain(unlike).chain(overrun).collect();
        let interactions = cassette.interactions.len();
        Ok(Kept { path: Some(path), interactions, changed: old.map(|_| changed), reasons })
    }
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

/// Where a recording goes that is not accepted.
fn rejected(tape: &Path) -> PathBuf {
    let mut name = tape.as_os_str().to_owned();
    name.push(".rejected");
    name.into()
}
