use std::{fs, path::Path};

use anyhow::Context as _;

use super::load_whole;
use crate::{
    cassette::export,
    cli::{args::ExportFormat, exit::Exit, settings::Environment, term},
};

pub(super) fn run(
    path: &Path,
    format: ExportFormat,
    out: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let cassette = load_whole(path, environment)?;
    let text = match format {
        ExportFormat::Har => String::from_utf8(export::har(&cassette))? + "\n",
        ExportFormat::Script => export::script(&cassette),
    };
    match out {
        Some(out) => {
            fs::write(out, text).with_context(|| format!("cannot write {}", out.display()))?;
        }
        None => term::print(text),
    }
    Ok(Exit::Clean)
}
