use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    cassette,
    cli::{exit::Exit, term},
};

pub(super) fn run(path: &Path, dry_run: bool) -> anyhow::Result<Exit> {
    let unreadable = || format!("cannot read {}", path.display());
    let mut folders = Vec::new();
    if fs::metadata(path).with_context(unreadable)?.is_dir() {
        with_those_inside(path, &mut folders).with_context(unreadable)?;
    } else {
        folders.push(cassette::folder_behind(path));
    }
    for folder in folders {
        for orphan in cassette::orphans(&folder).with_context(unreadable)? {
            let file = folder.join(orphan);
            let removed = if dry_run { "would be removed" } else { "removed" };
            if !dry_run {
                remove(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
            term::print(format_args!("{}: {removed}\n", file.display()));
        }
    }
    Ok(Exit::Clean)
}

/// The file, and the folders that are empty without it.
fn remove(file: &Path) -> io::Result<()> {
    fs::remove_file(file)?;
    // A folder that holds another file refuses to go, as it should.
    for folder in file.ancestors().skip(1).take(2) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// The folder and those inside it, but for hidden ones and those behind links.
fn with_those_inside(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    found.push(folder.to_owned());
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut inside = Vec::new();
    for entry in entries {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() && !hidden {
            inside.push(entry.path());
        }
    }
    inside.sort();
    inside.iter().try_for_each(|folder| with_those_inside(folder, found))
}
