use std::{collections::HashSet, fs, path::Path};

use anyhow::{Context as _, bail};

use crate::{
    cassette::{self, Secrets, import},
    cli::{exit::Exit, term},
};

pub(super) fn run(path: &Path, out: &Path) -> anyhow::Result<Exit> {
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
        cassette::save(&target, &cassette::printed(&cassette), &Secrets::default())?;
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
