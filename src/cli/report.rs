use std::{fs, io};

use anyhow::Context as _;

use super::{
    args::{Format, ReportArgs},
    settings::Environment,
};
use crate::{
    conformance::Run,
    report::{Json, Report, Terminal},
};

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
