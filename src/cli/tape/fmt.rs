use std::path::Path;

use super::{load_own, text_here};
use crate::{
    cassette::{self, Secrets},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(path: &Path, check: bool, environment: &Environment) -> anyhow::Result<Exit> {
    let text = text_here(path)?;
    let cassette = load_own(path, environment)?;
    let printed = cassette::printed(&cassette);
    let is_formatted = text == printed.text.as_bytes();
    if check && !is_formatted {
        term::print(format_args!("{}: not formatted; run `dynatape tape fmt`\n", path.display()));
        return Ok(Exit::Failed);
    }
    if !is_formatted {
        cassette::save(path, &printed, &Secrets::default())?;
        term::print(format_args!("{}: formatted\n", path.display()));
    }
    Ok(Exit::Clean)
}
