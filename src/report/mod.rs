//! Showing what playing gave: one trait, one writer a format. None of them adds verdicts up.

pub mod again;
pub mod badge;
pub mod change;
pub mod explain;
mod html;
mod json;
mod junit;
mod markdown;
pub mod read;
pub mod session;
mod terminal;

use std::io;

pub use html::{Earlier, Html};
pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use terminal::Terminal;

use crate::{
    conformance::{Folded, Material, Played, Run, TapeRun},
    diff::{Finding, Outcome},
};

/// Writes runs in some format.
pub trait Report {
    /// Writes all runs, one a target.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()>;
}

/// The findings that matter, gravest layer first.
fn worst(run: &Run) -> Vec<(&TapeRun, &Played, &Finding)> {
    let mut findings: Vec<_> = run
        .all()
        .flat_map(|(tape, played)| {
            played.findings.iter().map(move |finding| (tape, played, finding))
        })
        .filter(|(_, played, finding)| {
            played.outcome == Outcome::Divergent && finding.matters && !finding.follows
        })
        .collect();
    findings.sort_by_key(|(.., finding)| finding.layer);
    findings
}

/// How many findings that matter are in what is like others: counted, and not listed.
fn folded_findings(run: &Run) -> usize {
    let all = run.tapes.iter().flat_map(|tape| &tape.folded);
    all.filter(|one| one.outcome == Outcome::Divergent).map(|one| one.findings).sum()
}

/// What is like others and not listed, in words, most of them first.
fn folded(run: &Run) -> Vec<String> {
    let mut all: Vec<_> = run.tapes.iter().flat_map(|tape| &tape.folded).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.count));
    let (.., parts) = words(run.material);
    let text = |one: &Folded| {
        let (count, outcome) = (grouped(one.count), one.outcome);
        match &one.like {
            Some(like) => format!("{count} more {outcome} like {like}"),
            None => format!("{count} more {parts} {outcome}, each in its own way"),
        }
    };
    all.into_iter().map(text).collect()
}

/// What the expected answer is called, and what the tapes and interactions of a run.
fn words(material: Material) -> (&'static str, &'static str, &'static str) {
    match material {
        Material::Tapes => ("recorded", "tapes", "interactions"),
        Material::Cases => ("expected", "files", "cases"),
    }
}

/// A count with its thousands apart.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent with one decimal, rounded down: what is not all is not 100 %.
fn percent(part: usize, whole: usize) -> String {
    let tenths = part * 1_000 / whole.max(1);
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        tenth => format!("{}.{tenth} %", tenths / 10),
    }
}

#[cfg(test)]
mod tests;
