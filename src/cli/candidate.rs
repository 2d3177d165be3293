//! A candidate that is asked the same as what answers a program, behind its back; and what is told
//! of the difference.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use tokio::runtime::Runtime;

use super::{
    args::{CandidateArgs, EmulatorArgs, ReportArgs},
    compose,
    exit::Exit,
    report,
    settings::Environment,
    term,
};
use crate::{
    backend::{
        Backend,
        shadow::{Bounds, Observed, Progress, Settings, Shadow, Sink},
    },
    clock::Clock,
    conformance::{Run, Shadowed},
    diff::{Finding, Outcome},
};

/// How long the end waits for a candidate that is behind.
const GRACE: Duration = Duration::from_secs(30);

/// Reads of AWS that are not consistent commonly see a write within a second (the documentation of
/// eventually consistent reads).
const AWS_LAG: Duration = Duration::from_secs(1);

/// Findings shown in a second: a broken candidate must not make the terminal unusable.
const SHOWN_A_SECOND: usize = 5;

/// The width of a terminal, without what stands before a note.
const WIDTH: usize = 80 - "dynatape: ".len();

/// What answers the program.
pub(super) struct Primary<'a> {
    pub(super) backend: Arc<dyn Backend>,
    /// What the user called it.
    pub(super) name: &'a str,
    pub(super) is_aws: bool,
}

/// A candidate at work.
pub(super) struct Shadowing<'a> {
    names: (&'a str, &'a str),
    sink: Arc<Live>,
    shadow: Arc<dyn Backend>,
    progress: Progress,
    /// Of its own, so that no client waits while the candidate computes.
    runtime: Runtime,
}

impl<'a> Shadowing<'a> {
    /// Has a candidate shadow what answers.
    pub(super) fn start(
        primary: Primary<'a>,
        args: &'a CandidateArgs,
        emulator: &EmulatorArgs,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let candidate = compose::candidate(args, emulator, environment)?;
        let settings = Settings {
            bounds: Bounds { calls: args.queue.get(), bytes: args.queue_bytes.most() },
            at_once: args.at_once.get(),
            patience: Duration::from_millis(args.patience),
            lag: if primary.is_aws { AWS_LAG } else { Duration::ZERO },
        };
        let sink = Arc::new(Live::new(Arc::clone(&environment.clock)));
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let runtime = threads.worker_threads(2).enable_all().build();
        let runtime = runtime.context("cannot start threads for the candidate")?;
        let told: Arc<dyn Sink> = Arc::<Live>::clone(&sink);
        let clock = Arc::clone(&environment.clock);
        let shadow =
            Shadow::start(primary.backend, candidate, told, settings, clock, runtime.handle());
        let progress = shadow.progress();
        let names = (primary.name, args.target());
        Ok(Self { names, sink, shadow: Arc::new(shadow), progress, runtime })
    }

    /// What the program is to be served.
    pub(super) fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.shadow)
    }

    /// Waits for the candidate, but not for ever.
    pub(super) async fn settled(self) -> Verdict<'a> {
        let left = self.progress.settled(GRACE).await;
        drop(self.shadow);
        // A candidate that never ends must not keep the process.
        self.runtime.shutdown_background();
        Verdict { names: self.names, sink: self.sink, left }
    }
}

/// What a candidate has shown.
pub(super) struct Verdict<'a> {
    names: (&'a str, &'a str),
    sink: Arc<Live>,
    left: usize,
}

impl Verdict<'_> {
    /// Writes the reports, and says whether all is well.
    pub(super) fn report(&self, args: &ReportArgs, environment: &Environment) -> Exit {
        let ended = self.sink.end(self.names, self.left, args, environment);
        ended.unwrap_or_else(|error| {
            term::note(format_args!("{error:#}"));
            Exit::Failed
        })
    }
}

/// Shows findings as they come, and collects them for the report.
#[derive(Debug)]
struct Live {
    shadowed: Shadowed,
    clock: Arc<dyn Clock>,
    shown: Mutex<Shown>,
}

/// What was shown in the current second.
#[derive(Debug)]
struct Shown {
    since: SystemTime,
    count: usize,
    held_back: usize,
}

impl Live {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let shown = Shown { since: clock.now(), count: 0, held_back: 0 };
        Self { shadowed: Shadowed::default(), clock, shown: Mutex::new(shown) }
    }

    fn show(&self, observed: &Observed<'_>) {
        let mut findings = observed.comparison.findings.iter().filter(|finding| finding.matters);
        let Some(finding) = findings.next() else { return };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if now.duration_since(shown.since).is_ok_and(|age| age >= Duration::from_secs(1)) {
            shown.since = now;
            shown.count = 0;
        }
        if shown.count == SHOWN_A_SECOND {
            shown.held_back += 1;
            return;
        }
        shown.count += 1;
        let held_back = std::mem::take(&mut shown.held_back);
        if held_back > 0 {
            term::note(format_args!("{held_back} more differed; the report has them"));
        }
        term::note(two_lines(&observed.id(), finding));
    }

    /// Reports, and says whether all is well.
    fn end(
        &self,
        (primary, candidate): (&str, &str),
        left: usize,
        args: &ReportArgs,
        environment: &Environment,
    ) -> anyhow::Result<Exit> {
        let losses = self.shadowed.losses();
        let run = Run {
            on: environment.today(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..self.shadowed.run(candidate, primary)
        };
        for (count, what) in [
            (
                losses.dropped,
                "were not compared: more waited for the candidate than --queue allows",
            ),
            (losses.unanswered, "were not compared: the candidate did not answer"),
            (left, "were not compared: the candidate was behind at the end"),
        ] {
            if count > 0 {
                term::note(format_args!("{count} calls {what}"));
            }
        }
        let (total, is_vacuous) = (run.total(), run.is_vacuous());
        report::write(args, &[run], environment)?;
        if is_vacuous && total.total() + left == 0 {
            anyhow::bail!("nothing was compared. Does the program use AWS_ENDPOINT_URL_DYNAMODB?");
        }
        if is_vacuous {
            anyhow::bail!("nothing was compared");
        }
        Ok(match () {
            () if total.of(Outcome::Divergent) > 0 => Exit::Differs,
            () if losses.dropped + losses.unanswered + left > 0 => Exit::Failed,
            () => Exit::Clean,
        })
    }
}

impl Sink for Live {
    fn observed(&self, observed: Observed<'_>) {
        self.show(&observed);
        self.shadowed.observed(observed);
    }

    fn unseen(&self, calls: usize) {
        self.shadowed.unseen(calls);
    }
}

/// A finding, so that what differs is seen.
fn two_lines(id: &str, finding: &Finding) -> String {
    const BEFORE: usize = 10;
    let (expected, actual) = (&finding.expected, &finding.actual);
    let equal = expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other);
    let skipped = equal.count().saturating_sub(BEFORE);
    let room = (80 - "  primary   candidate ".len()) / 2;
    let part = |text: &str| {
        let from: String = text.chars().skip(skipped).collect();
        let from = if skipped > 0 { format!("…{from}") } else { from };
        cut(&from, room)
    };
    let first = cut(&format!("{} {id}  {}", finding.layer, finding.path), WIDTH);
    format!("{first}\n  primary {}  candidate {}", part(expected), part(actual))
}

/// At most so many characters, on one line.
fn cut(text: &str, width: usize) -> String {
    let line = text.replace(['\n', '\r'], " ");
    if line.chars().count() <= width {
        return line;
    }
    let kept: String = line.chars().take(width - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Layer;

    #[test]
    fn a_finding_is_two_lines_of_80_columns_that_show_what_differs() {
        let long = "x".repeat(100);
        let finding = Finding {
            layer: Layer::Values,
            path: format!("$.Item.{long}"),
            expected: format!("{long}1{long}"),
            actual: format!("{long}2\n{long}"),
            matters: true,
            follows: false,
        };
        let text = format!("dynatape: {}", two_lines("GetItem/orders/b5058f/12", &finding));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
        assert!(lines[0].starts_with("dynatape: values GetItem/orders/b5058f/12"), "{text}");
        assert!(lines[1].contains("x1x") && lines[1].contains("x2 x"), "{text}");
    }
}
