use std::path::Path;

use anyhow::bail;

use super::load_whole;
use crate::{
    cassette::{self, Secrets},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(
    path: &Path,
    ids: &[String],
    out: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let whole = load_whole(path, environment)?;
    for id in ids {
        if !whole.interactions.iter().any(|one| one.id.starts_with(id.as_str())) {
            bail!(
                "{} has no interaction whose id starts with {id}; `dynatape tape ls` lists them",
                path.display()
            );
        }
    }
    let slice =
        cassette::slice(&whole, |id| ids.iter().any(|wanted| id.starts_with(wanted.as_str())));
    match out {
        Some(out) => cassette::save(out, &cassette::printed(&slice), &Secrets::default())?,
        None => term::print(cassette::to_text(&slice)),
    }
    Ok(Exit::Clean)
}
