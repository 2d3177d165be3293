use std::{fmt::Write as _, io};

use super::{Case, Outcome, Suite, document};
use crate::{
    conformance::{Folded, OperationCount, Played, Run, TapeRun, finding_id},
    diff,
    report::Report,
};

/// One suite a tape and target, one case an interaction. What was not measured, or is no failure
/// for another reason, is skipped: it did not pass.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Report for Junit {
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()> {
        let suites = runs.iter().flat_map(|run| {
            let tapes = run
                .tapes
                .iter()
                .filter(|tape| !(tape.played.is_empty() && tape.counted.is_empty()));
            tapes.map(move |tape| suite(run, tape))
        });
        out.write_all(document(&suites.collect::<Vec<_>>()).as_bytes())
    }
}

fn suite(run: &Run, tape: &TapeRun) -> Suite {
    let case = |played: &Played| Case {
        class: format!("dynatape.{}", played.operation),
        name: played.id.clone(),
        outcome: outcome(tape, played),
    };
    Suite {
        name: format!("{}: {}", run.target, tape.name),
        cases: tape.played.iter().map(case).chain(tape.folded.iter().map(folded)).collect(),
        output: match tape.counted.values().map(OperationCount::total).sum() {
            0 => String::new(),
            more => format!("{more} more were counted, and are not listed"),
        },
    }
}

/// Many that are like one: a case that says how many.
fn folded(folded: &Folded) -> Case {
    let like = folded.like.as_deref().unwrap_or("others, each in its own way");
    let message = format!("{} more are {}", folded.count, folded.outcome);
    Case {
        class: format!("dynatape.{}", folded.operation),
        name: format!("{} more like {like}", folded.count),
        outcome: match folded.outcome {
            diff::Outcome::Divergent => Outcome::Failed { message, text: String::new() },
            _ => Outcome::Skipped { message },
        },
    }
}

fn outcome(tape: &TapeRun, played: &Played) -> Outcome {
    match played.outcome {
        diff::Outcome::Exact | diff::Outcome::Equivalent => Outcome::Passed,
        diff::Outcome::Divergent => failed(tape, played),
        other => Outcome::Skipped {
            message: match &played.note {
                Some(note) => format!("{other}: {note}"),
                None => other.to_string(),
            },
        },
    }
}

fn failed(tape: &TapeRun, played: &Played) -> Outcome {
    let findings: Vec<_> = played.findings.iter().filter(|finding| finding.matters).collect();
    let layers: Vec<_> = findings.iter().map(|finding| finding.layer.name()).collect();
    let mut text = String::new();
    for finding in &findings {
        let id = finding_id(&tape.name, &played.id, finding);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{id} {} {}\n  expected  {}\n  answered  {}",
            finding.layer, finding.path, finding.expected, finding.actual
        );
    }
    Outcome::Failed { message: format!("differs in {}", layers.join(", ")), text }
}
