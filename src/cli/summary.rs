//! Where the summary of a replay goes.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::settings::Environment;
use crate::{
    backend::{faults::FaultPlan, replay::ReplaySummary},
    report::session::{Count, FaultCount, Format, Miss, SessionReport, Unused},
};

/// The report on a replay. `fail` says which of unused writes, unused reads and faults that never
/// happened fail it.
pub(super) fn of(
    tape: &Path,
    recorded_at: Option<String>,
    summary: &ReplaySummary,
    plan: &FaultPlan,
    fail: [bool; 3],
) -> SessionReport {
    let [writes, reads, idle_fails] = fail;
    let counts = [
        ("calls", "calls", summary.calls),
        ("exact", "matched exactly", summary.exact),
        ("canonical", "matched as JSON", summary.canonical),
        ("semantic", "matched by meaning", summary.semantic),
        ("unified", "matched but for made-up values", summary.unified),
        ("emulated", "answered by the emulator", summary.emulated),
        ("missed", "missed", summary.missed),
        ("repeats", "repeated beyond the recording", summary.repeats),
        ("retried", "attempts of calls answered before", summary.retried),
        ("waited", "waited for another client's write", summary.waited),
    ];
    let miss = |miss: &crate::backend::replay::MissRecord| Miss {
        id: miss.id.clone(),
        asked: miss.asked.clone(),
        report: miss.report.clone(),
    };
    let faults = plan.list().into_iter().map(|state| FaultCount {
        rule: state.rule.to_string(),
        seen: state.seen,
        fired: state.fired,
    });
    SessionReport {
        tape: tape.display().to_string(),
        recorded_at,
        counts: counts.map(|(key, label, count)| Count { key, label, count }).to_vec(),
        misses: summary.misses.iter().map(miss).collect(),
        writes: Unused { ids: summary.unused_writes.clone(), fails: writes },
        reads: Unused { ids: summary.unused_reads.clone(), fails: reads },
        faults: faults.collect(),
        idle_fails,
        // Reads and answers that are not the recording's are minded by the same --strict.
        emulated_fails: idle_fails && summary.emulated > 0,
    }
}

/// Writes the report to these files, and to the page that GitHub shows of the run.
pub(super) fn write(
    report: &SessionReport,
    files: &[(PathBuf, Format)],
    environment: &Environment,
) -> anyhow::Result<()> {
    for (path, format) in files {
        let written = std::fs::write(path, report.to_text(*format));
        written.with_context(|| format!("cannot write the summary {}", path.display()))?;
    }
    if let Some(path) = &environment.step_summary {
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).open(path);
        let text = report.to_text(Format::Markdown);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("cannot append to {}", path.display()))?;
    }
    Ok(())
}
