//! The summary for CI servers: one case a miss, and one for each promise that a replay makes.

use super::{SessionReport, Unused};
use crate::report::junit::{Case, Outcome, Suite, document};

const CLASS: &str = "dynatape.replay";

pub(super) fn write(report: &SessionReport) -> String {
    let case = |name: String, outcome| Case { class: CLASS.to_owned(), name, outcome };
    let mut cases: Vec<_> = report
        .misses
        .iter()
        .map(|miss| {
            let message = miss.report.lines().next().unwrap_or_default().to_owned();
            let failed = Outcome::Failed { message, text: miss.report.clone() };
            case(format!("{} ({})", miss.asked, miss.id), failed)
        })
        .collect();
    if cases.is_empty() {
        cases.push(case("every request was recorded".to_owned(), Outcome::Passed));
    }
    for (_, what, unused) in report.unused() {
        cases.push(case(format!("all {what} were asked for"), outcome(unused)));
    }
    for fault in &report.faults {
        let message = format!("it never happened; it is about {} of the requests", fault.seen);
        let outcome = match (fault.fired, report.idle_fails) {
            (0, true) => Outcome::Failed { text: message.clone(), message },
            (0, false) => Outcome::Skipped { message },
            _ => Outcome::Passed,
        };
        cases.push(case(format!("fault {}", fault.rule), outcome));
    }
    let counts = report.counts.iter().map(|count| format!("{}: {}\n", count.label, count.count));
    document(&[Suite { name: report.tape.clone(), cases, output: counts.collect() }])
}

/// What is only told is skipped: it neither passed nor failed.
fn outcome(unused: &Unused) -> Outcome {
    let message = format!("{} were not", unused.ids.len());
    match (unused.ids.is_empty(), unused.fails) {
        (true, _) => Outcome::Passed,
        (false, true) => Outcome::Failed { message, text: unused.ids.join("\n") },
        (false, false) => Outcome::Skipped { message },
    }
}
