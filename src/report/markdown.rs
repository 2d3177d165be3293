//! The report for pull requests and CI pages.

use std::{fmt::Write as _, io};

use super::{Report, folded, folded_findings, grouped, percent, words, worst};
use crate::{
    conformance::{OperationCount, Run, finding_id},
    diff::{Layer, Outcome},
};

/// Tables of outcomes and layers, one row a target, and the worst findings.
#[derive(Clone, Copy, Debug)]
pub struct Markdown {
    /// How many findings to show of each target.
    pub findings: usize,
}

/// Where a value is cut: a page has a limit (1 MiB on GitHub), and says where all of it is.
const VALUE: usize = 300;

impl Report for Markdown {
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::from("## Answers compared\n\n");
        let totals: Vec<_> = runs.iter().map(|run| (run, run.total())).collect();
        // Writing to a string cannot fail.
        let _ = outcomes(&mut text, &totals);
        let _ = layers(&mut text, &totals);
        for run in runs {
            let _ = self.findings(&mut text, run);
        }
        out.write_all(text.as_bytes())
    }
}

fn outcomes(text: &mut String, totals: &[(&Run, OperationCount)]) -> std::fmt::Result {
    text.push_str("| target | played | measured |");
    for outcome in Outcome::ALL {
        write!(text, " {outcome} |")?;
    }
    writeln!(text, "\n|---|---:|---:|{}", "---:|".repeat(Outcome::ALL.len()))?;
    for (run, total) in totals {
        let measured: usize =
            Outcome::ALL.iter().filter(|one| one.is_measured()).map(|one| total.of(*one)).sum();
        let (_, _, parts) = words(run.material);
        let played = grouped(total.total());
        let share = percent(measured, total.total());
        write!(text, "| {} | {played} {parts} | {share} |", cell(&run.target))?;
        for outcome in Outcome::ALL {
            write!(text, " {} |", grouped(total.of(outcome)))?;
        }
        text.push('\n');
    }
    Ok(())
}

fn layers(text: &mut String, totals: &[(&Run, OperationCount)]) -> std::fmt::Result {
    text.push_str("\nDifferences found, of comparisons made:\n\n| target |");
    for layer in Layer::ALL {
        write!(text, " {layer} |")?;
    }
    writeln!(text, "\n|---|{}", "---:|".repeat(Layer::ALL.len()))?;
    for (run, total) in totals {
        write!(text, "| {} |", cell(&run.target))?;
        for layer in Layer::ALL {
            match total.tally.compared(layer) {
                0 => text.push_str(" - |"),
                compared => write!(
                    text,
                    " {} of {} |",
                    grouped(total.tally.differed(layer)),
                    grouped(compared)
                )?,
            }
        }
        text.push('\n');
    }
    Ok(())
}

impl Markdown {
    fn findings(&self, text: &mut String, run: &Run) -> std::fmt::Result {
        let findings = worst(run);
        if findings.is_empty() {
            return Ok(());
        }
        let shown = self.findings.min(findings.len());
        writeln!(
            text,
            "\n### {}: the worst {shown} of {} findings that matter",
            cell(&run.target),
            grouped(findings.len() + folded_findings(run))
        )?;
        let (expected, ..) = words(run.material);
        for (tape, played, finding) in findings.iter().take(shown) {
            let id = finding_id(&tape.name, &played.id, finding);
            writeln!(text, "\n- **{}** `{id}` in `{}`", finding.layer, played.id)?;
            let values = format!(
                "{}\n{expected}  {}\nanswered  {}",
                finding.path,
                cut(&finding.expected),
                cut(&finding.actual)
            );
            let fence = fence(&values);
            writeln!(text, "\n  {fence}text")?;
            for line in values.lines() {
                writeln!(text, "  {line}")?;
            }
            writeln!(text, "  {fence}")?;
        }
        for (at, more) in folded(run).iter().take(self.findings).enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            writeln!(text, "{gap}- and {more}")?;
        }
        Ok(())
    }
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A fence longer than any in the text, so that a report cannot end its own block.
pub(super) fn fence(text: &str) -> String {
    let runs = text.split(|character| character != '`').map(str::len);
    "`".repeat(runs.max().unwrap_or(0).max(2) + 1)
}
