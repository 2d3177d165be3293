//! The summary for people, as pull requests and CI pages show it.

use std::fmt::Write as _;

use super::SessionReport;
use crate::report::markdown::fence;

pub(super) fn write(report: &SessionReport) -> String {
    let verdict = if report.passes() { "passed" } else { "failed" };
    let mut text = format!("## Replay of `{}`: {verdict}\n\n", report.tape);
    if let Some(instant) = &report.recorded_at {
        // Writing to a string cannot fail.
        let _ = write!(text, "Recorded at {instant}.\n\n");
    }
    text.push_str("| what | count |\n|---|---:|\n");
    for count in &report.counts {
        let _ = writeln!(text, "| {} | {} |", count.label, count.count);
    }
    if !report.misses.is_empty() {
        text.push_str("\n### Misses\n");
        for miss in &report.misses {
            let _ = write!(text, "\n{} (`{}`)\n", miss.asked, miss.id);
            let fence = fence(&miss.report);
            let _ = write!(text, "\n{fence}text\n{}\n{fence}\n", miss.report.trim_end());
        }
    }
    for (_, what, unused) in report.unused() {
        if unused.ids.is_empty() {
            continue;
        }
        let told = if unused.fails { "fails" } else { "told only" };
        let _ = write!(text, "\n### {} {what} never asked for ({told})\n\n", unused.ids.len());
        for id in &unused.ids {
            let _ = writeln!(text, "- `{id}`");
        }
    }
    if !report.faults.is_empty() {
        text.push_str("\n### Faults\n\n| rule | requests | failed |\n|---|---:|---:|\n");
        for fault in &report.faults {
            let _ = writeln!(text, "| `{}` | {} | {} |", fault.rule, fault.seen, fault.fired);
        }
    }
    text
}
