//! Where reports go, and what is made of them later.

mod badges;
mod made;

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context as _;

pub(super) use made::{read, run};

use super::{
    args::{Format, Place, ReportArgs},
    settings::Environment,
    term,
};
use crate::{
    conformance::Run,
    report::{Html, Json, Junit, Markdown, Report, Terminal},
};

/// Says what there was to compare and was never compared, and whether there is any.
pub(super) fn note_vacuous(runs: &[Run], what: &str) -> bool {
    let mut vacuous = false;
    for run in runs {
        let layers = run.never_compared();
        if run.is_vacuous() {
            term::note(format_args!(
                "{}: nothing was compared: no {what} could be played",
                run.target
            ));
        } else if !layers.is_empty() {
            let names: Vec<_> = layers.iter().map(|layer| layer.name()).collect();
            let names = names.join(", ");
            let target = &run.target;
            term::note(format_args!("{target}: never compared, though there is some: {names}"));
        } else {
            continue;
        }
        vacuous = true;
    }
    vacuous
}

/// Prints what was asked for, writes the files that were asked for, and adds to the page that
/// GitHub shows of a job.
pub(super) fn write(
    args: &ReportArgs,
    runs: &[Run],
    environment: &Environment,
) -> anyhow::Result<()> {
    for place in &args.reports {
        match place {
            Place::File(path, format) => {
                to_file(&*of(*format, args.findings, false), runs, path)?;
            }
            Place::Badges(folder) => badges::write(runs, folder)?,
        }
    }
    if let Some(path) = &environment.step_summary {
        let file = fs::OpenOptions::new().append(true).create(true).open(path);
        let report = Markdown { findings: args.findings };
        let written = file.and_then(|mut file| report.write(runs, &mut file));
        written.with_context(|| format!("cannot append to {}", path.display()))?;
    }
    to_output(&*of(args.format, args.findings, environment.colour), runs)
}

fn of(format: Format, findings: usize, colour: bool) -> Box<dyn Report> {
    match format {
        Format::Text => Box::new(Terminal { colour, findings }),
        Format::Json => Box::new(Json),
        Format::Junit => Box::new(Junit),
        Format::Markdown => Box::new(Markdown { findings }),
        Format::Html => Box::new(Html::default()),
    }
}

fn to_file(report: &dyn Report, runs: &[Run], path: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = io::BufWriter::new(fs::File::create(path).with_context(cannot)?);
    report.write(runs, &mut file).and_then(|()| file.flush()).with_context(cannot)
}

fn to_output(report: &dyn Report, runs: &[Run]) -> anyhow::Result<()> {
    match report.write(runs, &mut io::stdout().lock()) {
        // Whoever reads us has seen enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report"),
    }
}
