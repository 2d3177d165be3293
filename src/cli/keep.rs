//! What becomes of a recording: the tape, if it can be accepted, or a file beside it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;

use super::{locked, settings::Environment, tape, term};
use crate::{
    backend::{
        fallback::Fallback,
        record::{Finished, Recording, Since},
        replay::{Unlike, rehearse},
    },
    cassette::{self, Budget, Cassette, Included, MaxAge, Provenance, Secrets, civil_date},
    proxy::control::{Kept, Variables},
    wire::LiveSecrets,
};

/// How long the end waits for answers that no client waits for any more.
const GRACE: Duration = Duration::from_secs(10);

/// A recording, and on which terms it becomes the tape.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) tape: PathBuf,
    pub(super) before: Before,
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
    /// Whether to tell how long the answers took.
    pub(super) durations: bool,
    /// Whether to tell when each call was made.
    pub(super) lane: bool,
}

/// What a recording comes to stand in the place of.
#[derive(Debug)]
pub(super) struct Before {
    /// What was in the tape, without what it includes.
    old: Option<Cassette>,
    /// What the tape begins with.
    included: Option<Included>,
    /// Whether it is kept elsewhere, and so may be as large as it is.
    elsewhere: bool,
}

impl Before {
    /// The old tape with what the new one begins with.
    pub(super) fn whole(&self) -> Option<Cassette> {
        let old = self.old.as_ref()?;
        let included = self.included.as_ref();
        Some(included.map_or_else(|| old.clone(), |included| included.before(old)))
    }
}

/// What the tape is that is to be written anew, and what it is to include: `include`, or else what
/// it did.
///
/// # Errors
///
/// A tape that cannot be read, or a folder that cannot be written to, is better heard of before
/// anything runs than an hour later.
pub(super) fn before(
    tape: &Path,
    include: &[PathBuf],
    environment: &Environment,
) -> anyhow::Result<Before> {
    let elsewhere = locked::holds(tape)?;
    let exists = tape.exists() || elsewhere;
    let old = if exists { Some(tape::load_own(tape, environment)?) } else { None };
    let asked = include.iter().map(|path| {
        cassette::name_from(tape, path)
            .with_context(|| format!("nothing leads from {} to {}", tape.display(), path.display()))
    });
    let mut names = asked.collect::<anyhow::Result<Vec<_>>>()?;
    if let (true, Some(old)) = (names.is_empty(), &old) {
        names.clone_from(&old.header.include);
    }
    let some = !names.is_empty();
    let included = some.then(|| tape::load_included(tape, &names, environment)).transpose()?;
    cassette::can_save(tape)?;
    Ok(Before { old, included, elsewhere })
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
        let Before { old, included, elsewhere } = &self.before;
        let (old, included) = (old.as_ref(), included.as_ref());
        let since =
            Since { old, included, durations: self.durations, lane: self.lane.then_some(now) };
        let mut finished = self.recording.finish(self.from.clone(), by, &civil_date(now), since);
        if let (Some(longer), Some(old)) = (&self.longer, old) {
            // What it begins with is in another tape, whoever asks for it.
            let first = included.map_or(0, |included| included.cassette.interactions.len());
            let left = longer.left().await;
            let own: Vec<_> = left.iter().filter_map(|place| place.checked_sub(first)).collect();
            let kept = finished.keep_unasked(old, &own);
            if kept > 0 {
                term::note(format_args!(
                    "{kept} interactions were not asked for and stay (--mode rewrite drops them)"
                ));
            }
        }
        let Finished { mut cassette, changed, unmade, accounts, .. } = finished;
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
        let budget = if *elsewhere { Budget::OFF } else { self.budget };
        let overrun = budget.overrun(&cassette, &printed.text);
        // What failed is not told of the tape as well.
        let verify = failed.is_none() && self.verify;
        let mut unlike = if verify {
            // It may take a while; sessions that are not this one are answered meanwhile.
            tokio::task::block_in_place(|| unlike(&cassette, included, environment))
        } else {
            Vec::new()
        };
        unlike.extend(unmade.into_iter().filter(|_| verify).map(|id| {
            Unlike {
            id,
            why: "it is in a tape that this one includes, and was not made as there. Record that \
                  tape again, or take it out of \"include\""
                .to_owned(),
        }
        }));
        // What stands for the service must not be replaced by what somebody else answers.
        let was_of_aws = old.is_some_and(|old| old.header.from.kind == "aws");
        let usurped = was_of_aws && cassette.header.from.kind != "aws";
        let why = match (failed, unlike.is_empty(), &overrun) {
            (Some(failed), ..) => Some(failed),
            _ if usurped => Some(
                "the tape was recorded from AWS, and nothing shows that this was: delete it first \
                 if another's answers are to stand there",
            ),
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

    /// Puts the tape that was accepted where it is kept, if that is elsewhere.
    pub(super) async fn pushed(&self, environment: &Environment) -> anyhow::Result<()> {
        if !self.before.elsewhere {
            return Ok(());
        }
        let tape = self.tape.display();
        if environment.ci {
            term::note(format_args!(
                "{tape} is not pushed: CI=true. Take it along and push it elsewhere"
            ));
            return Ok(());
        }
        tape::store::push::push(&self.tape, None, environment).await.with_context(|| {
            format!("the tape is recorded, but not in its store (dynatape tape push {tape})")
        })
    }
}

/// What of the tape, read back from its text, does not give its own requests the answers recorded.
fn unlike(
    recorded: &Cassette,
    included: Option<&Included>,
    environment: &Environment,
) -> Vec<Unlike> {
    let of_tape = |why: String| Unlike { id: "the tape".to_owned(), why };
    match cassette::read(cassette::to_text(recorded)) {
        Ok((tape, damaged)) if damaged.is_empty() => {
            let clock = Arc::clone(&environment.clock);
            let Some(included) = included else {
                return rehearse(tape, &recorded.interactions, clock);
            };
            rehearse(included.before(&tape), &included.before(recorded).interactions, clock)
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
