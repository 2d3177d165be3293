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
    conformance::{Material, Played, Run, TapeRun},
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
