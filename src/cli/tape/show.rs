use std::path::Path;

use anyhow::bail;

use super::load_what_can_be_read;
use crate::{
    cassette::{self, Interaction, interaction_text},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(path: &Path, ids: &[String], environment: &Environment) -> anyhow::Result<Exit> {
    let (cassette, _) = load_what_can_be_read(path, environment)?;
    if ids.is_empty() {
        term::print(cassette::to_text(&cassette));
        return Ok(Exit::Clean);
    }
    let wanted =
        |interaction: &&Interaction| ids.iter().any(|id| interaction.id.starts_with(id.as_str()));
    let found: Vec<_> = cassette.interactions.iter().filter(wanted).map(interaction_text).collect();
    if found.is_empty() {
        bail!(
            "{} has no interaction whose id starts so; `dynatape tape ls` lists them",
            path.display()
        );
    }
    term::print(found.join("\n\n") + "\n");
    Ok(Exit::Clean)
}
