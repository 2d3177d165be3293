use std::{fs, io};

use anyhow::Context as _;

use super::{
    args::{Format, ReportArgs},
    settings::Environment,
    term,
};
use crate::{
    conformance::Run,
    report::{Json, Report, Terminal},
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

/// Writes what was asked for to where it was asked for.
pub(super) fn write(
    args: &ReportArgs,
    runs: &[Run],
    environment: &Environment,
) -> anyhow::Result<()> {
    let colour = environment.colour && args.out.is_none();
    let report: Box<dyn Report> = match args.format {
        Format::Text => Box::new(Terminal { colour, findings: args.findings }),
        Format::Json => Box::new(Json),
    };
    let written = match &args.out {
        Some(path) => {
            let mut file = io::BufWriter::new(
                fs::File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))?,
            );
            report.write(runs, &mut file).and_then(|()| io::Write::flush(&mut file))
        }
        None => report.write(runs, &mut io::stdout().lock()),
    };
    match written {
        // Whoever reads us has seen enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report"),
    }
}
