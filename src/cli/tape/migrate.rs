use std::path::Path;

use super::{load_own, note_orphans, text_here};
use crate::{
    cassette::{self, Secrets},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(path: &Path, check: bool, environment: &Environment) -> anyhow::Result<Exit> {
    let text = text_here(path)?;
    let mut cassette = load_own(path, environment)?;
    let migrated = cassette::migrate(&mut cassette);
    let printed = cassette::printed(&cassette);
    let is_current = text == printed.text.as_bytes();
    if is_current {
        return Ok(Exit::Clean);
    }
    let what = match migrated.redacted_by {
        Some(before) => format!(
            "redaction rules {} (were {before}) change {} bodies",
            cassette.header.redact, migrated.bodies
        ),
        None => "ids and layout change".to_owned(),
    };
    if check {
        term::print(format_args!("{}: {what}; run `dynatape tape migrate`\n", path.display()));
        return Ok(Exit::Failed);
    }
    let mut secrets = Secrets::default();
    for account in &migrated.accounts {
        secrets.add("account id", account);
    }
    cassette::save(path, &printed, &secrets)?;
    term::print(format_args!("{}: migrated, {what}\n", path.display()));
    note_orphans(path)?;
    Ok(Exit::Clean)
}
