use std::{fs, path::Path};

use anyhow::{Context as _, bail};

use super::{to_file, to_output};
use crate::{
    cli::{
        args::{ReportFiles, ReportsCommand},
        exit::Exit,
        settings::Environment,
        term,
    },
    conformance::Run,
    report::{
        Earlier, Html, Json, Junit, Markdown, Report, Terminal, badge::badge, change::changes,
        read::read as read_report,
    },
};

/// How many findings are shown of each target.
const FINDINGS: usize = 10;

/// What was asked for of reports that are there.
pub(in crate::cli) fn run(
    command: ReportsCommand,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    match command {
        ReportsCommand::Diff { before, now } => return diff(&before, &now),
        ReportsCommand::Html { reports, earlier } => {
            let label = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into();
            let one = |path: &Path| anyhow::Ok(Earlier { label: label(path), runs: read(path)? });
            let earlier = earlier.iter().map(|path| one(path)).collect::<Result<_, _>>()?;
            make(&Html { earlier }, &reports)?;
        }
        ReportsCommand::Markdown(reports) => make(&Markdown { findings: FINDINGS }, &reports)?,
        ReportsCommand::Junit(reports) => make(&Junit, &reports)?,
        ReportsCommand::Text(reports) => {
            let colour = environment.colour && reports.out.is_none();
            make(&Terminal { colour, findings: FINDINGS }, &reports)?;
        }
        ReportsCommand::Json(reports) => make(&Json, &reports)?,
        ReportsCommand::Badge { reports, layer, target } => {
            let runs = all(&reports)?;
            let text = badge(one_target(&runs, target.as_deref())?, layer);
            match &reports.out {
                Some(path) => fs::write(path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?,
                None => term::print(text),
            }
        }
    }
    Ok(Exit::Clean)
}

fn diff(before: &Path, now: &Path) -> anyhow::Result<Exit> {
    let found = changes(&read(before)?, &read(now)?);
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    term::print(texts.join("\n"));
    let is_worse = found.iter().any(|changes| changes.worse().next().is_some());
    Ok(if is_worse { Exit::Differs } else { Exit::Clean })
}

fn make(report: &dyn Report, reports: &ReportFiles) -> anyhow::Result<()> {
    let runs = all(reports)?;
    match &reports.out {
        Some(path) => to_file(report, &runs, path),
        None => to_output(report, &runs),
    }
}

fn all(reports: &ReportFiles) -> anyhow::Result<Vec<Run>> {
    let runs: Result<Vec<_>, _> = reports.files.iter().map(|path| read(path)).collect();
    Ok(runs?.into_iter().flatten().collect())
}

/// The runs of a report.
pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Vec<Run>> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    read_report(text).with_context(|| path.display().to_string())
}

/// The run of a target: the one named, or the only one.
fn one_target<'a>(runs: &'a [Run], wanted: Option<&str>) -> anyhow::Result<&'a Run> {
    let those: Vec<_> =
        runs.iter().filter(|run| wanted.is_none_or(|wanted| run.target == wanted)).collect();
    let names: Vec<_> = runs.iter().map(|run| format!("\"{}\"", run.target)).collect();
    match those[..] {
        [one] => Ok(one),
        _ => bail!("name one target with --target; there are: {}", names.join(", ")),
    }
}
