use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{TapeCommand, exit::Exit, settings::Environment, term};
use crate::cassette::{
    self, Answer, Cassette, Damage, Interaction, ReadError, Secrets, import, interaction_text,
};

pub(super) fn run(command: TapeCommand, _: &Environment) -> anyhow::Result<Exit> {
    match command {
        TapeCommand::Ls { tapes } => each(&tapes, ls),
        TapeCommand::Show { tape, ids } => show(&tape, &ids),
        TapeCommand::Check { tapes, fix } => each(&tapes, |path| check(path, fix)),
        TapeCommand::Fmt { tapes, check } => each(&tapes, |path| fmt(path, check)),
        TapeCommand::Import { files, out } => each(&files, |path| import_file(path, &out)),
    }
}

/// Reads a tape of which everything is needed.
pub(super) fn load_whole(path: &Path) -> anyhow::Result<Cassette> {
    let (cassette, damaged) = load(path)?;
    match damaged.first() {
        None => Ok(cassette),
        Some(first) => bail!(
            "{}: {first} ({} damaged in all). Mend or remove it first: `dynatape tape check` lists them",
            path.display(),
            damaged.len()
        ),
    }
}

/// Reads a tape; what of it is damaged is said, left out and counted.
pub(super) fn load_what_can_be_read(path: &Path) -> anyhow::Result<(Cassette, usize)> {
    let (cassette, damaged) = load(path)?;
    for damage in &damaged {
        term::note(format_args!("{}: {damage}; it is left out", path.display()));
    }
    Ok((cassette, damaged.len()))
}

fn load(path: &Path) -> anyhow::Result<(Cassette, Vec<Damage>)> {
    let text = fs::read(path).map_err(|cause| ReadError::File { path: path.to_owned(), cause })?;
    cassette::read(text).with_context(|| path.display().to_string())
}

/// Does it for each file; the worst outcome counts.
fn each(
    paths: &[PathBuf],
    mut one: impl FnMut(&Path) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut worst = Exit::Clean;
    for path in paths {
        match one(path) {
            Ok(Exit::Clean) => {}
            Ok(exit) => worst = exit,
            Err(error) => {
                term::note(format_args!("{error:#}"));
                worst = Exit::Failed;
            }
        }
    }
    Ok(worst)
}

fn ls(path: &Path) -> anyhow::Result<Exit> {
    let (cassette, _) = load_what_can_be_read(path)?;
    let mut text = format!(
        "{}: {} interactions, {}, {}\n",
        path.display(),
        cassette.interactions.len(),
        cassette.header.from.summary(),
        cassette.header.on
    );
    for interaction in &cassette.interactions {
        let (answer, bytes) = match &interaction.answer {
            Answer::Http { status, body, .. } => {
                let kind = interaction.to_response().and_then(|response| response.error_type());
                (kind.unwrap_or_else(|| status.as_u16().to_string()), body.len())
            }
            Answer::Io(failure) => (format!("{failure:?}").to_lowercase(), 0),
        };
        let times =
            if interaction.times > 1 { format!(" x{}", interaction.times) } else { String::new() };
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "  {:<46} {answer}{times}  {} -> {bytes} bytes",
            interaction.id,
            interaction.request.len()
        );
    }
    term::print(text);
    Ok(Exit::Clean)
}

fn show(path: &Path, ids: &[String]) -> anyhow::Result<Exit> {
    let (cassette, _) = load_what_can_be_read(path)?;
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

fn check(path: &Path, fix: bool) -> anyhow::Result<Exit> {
    let (mut cassette, damaged) = load(path)?;
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
    if fix && damaged.is_empty() && !problems.is_empty() {
        cassette.renumber();
        cassette::save(path, &cassette::to_text(&cassette), &Secrets::default())?;
        term::print(format_args!("{}: {} mended\n", path.display(), problems.len()));
        return Ok(Exit::Clean);
    }
    for problem in &problems {
        term::print(format_args!("{}: {problem}\n", path.display()));
    }
    if problems.is_empty() {
        term::print(format_args!(
            "{}: {} interactions, all well\n",
            path.display(),
            cassette.interactions.len()
        ));
        return Ok(Exit::Clean);
    }
    Ok(Exit::Failed)
}

fn fmt(path: &Path, check: bool) -> anyhow::Result<Exit> {
    let cassette = load_whole(path)?;
    let text = cassette::to_text(&cassette);
    let is_formatted = fs::read(path)? == text.as_bytes();
    if check && !is_formatted {
        term::print(format_args!("{}: not formatted; run `dynatape tape fmt`\n", path.display()));
        return Ok(Exit::Failed);
    }
    if !is_formatted {
        cassette::save(path, &text, &Secrets::default())?;
        term::print(format_args!("{}: formatted\n", path.display()));
    }
    Ok(Exit::Clean)
}

fn import_file(path: &Path, out: &Path) -> anyhow::Result<Exit> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let imported = import::json_lines(&text.into()).with_context(|| path.display().to_string())?;
    let mut made = 0;
    let mut taken = HashSet::new();
    for recording in imported.iter().filter(|one| !one.cassette.interactions.is_empty()) {
        let stem: String = recording
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
            .collect();
        let mut name = stem.clone();
        while !taken.insert(name.clone()) {
            name = format!("{stem}-{}", taken.len());
        }
        let target = out.join(format!("{name}.tape"));
        if target.exists() {
            bail!("{} exists already: import into an empty folder", target.display());
        }
        let mut cassette = recording.cassette.clone();
        cassette.fold_repeats();
        cassette.renumber();
        cassette::save(&target, &cassette::to_text(&cassette), &Secrets::default())?;
        made += 1;
    }
    let skipped: usize = imported.iter().map(|one| one.skipped).sum();
    term::print(format_args!(
        "{}: {made} tapes in {}, {skipped} lines hold nothing to play\n",
        path.display(),
        out.display()
    ));
    Ok(Exit::Clean)
}
