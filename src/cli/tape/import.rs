use std::{collections::HashSet, fs, path::Path};

use anyhow::{Context as _, bail};

use crate::{
    cassette::{
        self, Secrets,
        import::{self, Format},
    },
    cli::{exit::Exit, term},
};

pub(super) fn run(path: &Path, out: &Path, from: Option<&str>) -> anyhow::Result<Exit> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let stem = path.file_stem().map_or_else(|| "tape".into(), |stem| stem.to_string_lossy());
    let (format, imported) = import::read(&stem, &text.into(), from.and_then(Format::from_name))
        .with_context(|| path.display().to_string())?;
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
        let mut secrets = Secrets::default();
        for secret in &recording.secrets {
            secrets.add("credential or account id", secret);
        }
        cassette::save(&target, &cassette::printed(&cassette), &secrets)?;
        made += 1;
    }
    let skipped: usize = imported.iter().map(|one| one.skipped).sum();
    let changed: usize = imported.iter().map(|one| one.changed).sum();
    if changed > 0 {
        term::note(format_args!(
            "{}: {changed} answers are not the bytes that their checksum was made of: the tool changed them",
            path.display()
        ));
    }
    if format == Format::JsonLines && made > 0 {
        term::note(format_args!(
            "{}: bodies are as the lines have them, nothing was redacted: `dynatape tape migrate` \
             does that",
            path.display()
        ));
    }
    let what = if format == Format::JsonLines { "lines hold" } else { "entries hold" };
    term::print(format_args!(
        "{}: {made} tapes in {}, {skipped} {what} nothing to play\n",
        path.display(),
        out.display()
    ));
    // A file of which nothing is left was no recording of DynamoDB.
    Ok(if made > 0 { Exit::Clean } else { Exit::Failed })
}
