use std::{collections::HashSet, path::Path};

use super::{load, loaded, note_orphans};
use crate::{
    cassette::{self, Doubt, Secrets},
    cli::{exit::Exit, settings::Environment, term},
};

pub(super) fn run(
    path: &Path,
    (fix, truth): (bool, bool),
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (mut cassette, _) = loaded(path, environment, |loader| loader.own(path))?;
    // What is damaged elsewhere cannot be mended here.
    let (whole, damaged) = load(path, environment)?;
    let included = whole.interactions.len() - cassette.interactions.len();
    let mut problems: Vec<String> = damaged.iter().map(ToString::to_string).collect();
    let mut seen = HashSet::new();
    for interaction in &cassette.interactions {
        let expected = interaction.id_prefix();
        if !seen.insert(&interaction.id) {
            problems.push(format!("two interactions have the id {}", interaction.id));
        }
        if !interaction.id.strip_prefix(&expected).is_some_and(|rest| rest.starts_with('/')) {
            problems.push(format!(
                "{} was edited: its request belongs to the id {expected}/...; --fix gives it that",
                interaction.id
            ));
        }
    }
    if truth {
        problems.extend(whole.not_of_aws().map(|why| format!("it is no truth: {why}")));
    }
    for (at, doubt) in whole.doubts() {
        let told = format!("{}: {doubt}", whole.interactions[at].id);
        if truth {
            problems.push(told);
        } else if doubt == Doubt::Edited {
            // It still is a tape, and may have been edited for a reason.
            term::note(format_args!("{}: {told}", path.display()));
        }
    }
    let conflicts = cassette
        .interactions
        .iter()
        .filter(|one| one.extra.iter().any(|(name, _)| name == cassette::CONFLICT));
    let conflicts: Vec<_> = conflicts
        .map(|one| {
            format!("{} is one side of a merge conflict; keep one, without \"conflict\"", one.id)
        })
        .collect();
    let only_mendable = damaged.is_empty() && conflicts.is_empty();
    problems.extend(conflicts);
    if fix && only_mendable && !problems.is_empty() {
        cassette.renumber();
        cassette::save(path, &cassette::printed(&cassette), &Secrets::default())?;
        term::print(format_args!("{}: {} mended\n", path.display(), problems.len()));
        return Ok(Exit::Clean);
    }
    for problem in &problems {
        term::print(format_args!("{}: {problem}\n", path.display()));
    }
    // Nothing is wrong with a tape whose neighbour left something behind.
    note_orphans(path)?;
    if problems.is_empty() {
        let more = match included {
            0 => String::new(),
            some => format!(" and {some} included"),
        };
        term::print(format_args!(
            "{}: {} interactions{more}, all well\n",
            path.display(),
            cassette.interactions.len()
        ));
        return Ok(Exit::Clean);
    }
    Ok(Exit::Failed)
}
