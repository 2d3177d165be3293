//! The recordings that a command line names.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{locked, settings::Environment, tape};
use crate::{
    cassette::{self, Cassette, Reel, Source, import},
    conformance::pages_of_scans,
};

/// A tape to play.
pub(super) struct Recorded {
    /// What a report calls it.
    pub(super) name: String,
    pub(super) file: String,
    /// What ledgers call it.
    pub(super) key: String,
    /// Which of several in the file.
    pub(super) part: Option<String>,
    pub(super) content: Content,
    pub(super) exact: bool,
    pub(super) skipped: usize,
}

/// What was recorded.
#[derive(Debug)]
pub(super) enum Content {
    /// In memory.
    Held(Cassette),
    /// In its file.
    Read(Reel),
}

impl Content {
    /// How many interactions there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Held(cassette) => cassette.interactions.len(),
            Self::Read(reel) => reel.len(),
        }
    }

    /// As it is to be played.
    pub(super) fn to_play(&self) -> Box<dyn Source + '_> {
        match self {
            Self::Held(cassette) => Box::new(cassette.to_play()),
            Self::Read(reel) => Box::new(reel),
        }
    }

    /// The cassette, if it is in memory.
    pub(super) const fn held(&self) -> Option<&Cassette> {
        match self {
            Self::Held(cassette) => Some(cassette),
            Self::Read(_) => None,
        }
    }
}

/// Whether long tapes may stay in their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// All of it is looked at more than one interaction at a time.
    All,
    /// One after the other will do.
    ShortOnes,
}

/// A tape that is longer than this, in bytes, need not be held.
const LONG: u64 = 16 << 20;

/// A recording to read, and what ledgers call it: its path from the folder that was named.
pub(super) struct File {
    path: PathBuf,
    key: String,
}

impl File {
    /// The file at a path, found in a folder that was named, or named itself.
    pub(super) fn of(path: PathBuf, folder: Option<&Path>) -> Self {
        let inside = folder.and_then(|folder| path.strip_prefix(folder).ok());
        let inside = inside.or_else(|| path.file_name().map(Path::new)).unwrap_or(&path);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        Self { key: parts.join("/"), path }
    }
}

/// The tapes that a command line names: of these files and folders, or of these interactions in
/// them only. And how many interactions are damaged.
pub(super) fn chosen(
    paths: &[PathBuf],
    wanted: &[String],
    hold: Hold,
    environment: &Environment,
) -> anyhow::Result<(Vec<Recorded>, usize)> {
    let hold = if wanted.is_empty() { hold } else { Hold::All };
    let (mut recorded, mut damaged) = (Vec::new(), 0);
    for file in files(paths)? {
        let (tapes, broken) = read(&file, hold, environment)?;
        recorded.extend(tapes);
        damaged += broken;
    }
    if !wanted.is_empty() {
        recorded = only(recorded, wanted)?;
    }
    Ok((recorded, damaged))
}

/// The files named, and those in the folders named, in order of their names.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(File::of(path.clone(), None));
            continue;
        }
        let mut inside = Vec::new();
        collect(path, &mut inside)?;
        if inside.is_empty() {
            bail!("{} holds no .tape and no .jsonl file", path.display());
        }
        found.extend(inside.into_iter().map(|file| File::of(file, Some(path))));
    }
    Ok(found)
}

/// The recordings in a folder and in those inside it, if there are any.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(unreadable)?;
    let entries = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut inside = entries.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
    inside.sort();
    found.extend(inside.iter().filter(|path| is_recording(path)).cloned());
    for folder in inside.iter().filter(|path| path.is_dir()) {
        collect(folder, found)?;
    }
    Ok(())
}

fn is_recording(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|end| end == "tape" || end == "jsonl")
}

/// The tapes of a file, and how many of its interactions are damaged.
pub(super) fn read(
    File { path, key }: &File,
    hold: Hold,
    environment: &Environment,
) -> anyhow::Result<(Vec<Recorded>, usize)> {
    let shown = path.display().to_string();
    if path.extension().is_none_or(|end| end != "jsonl") {
        let (content, damaged) = content(path, hold, environment)?;
        let key = key.clone();
        let tape = Recorded {
            name: shown.clone(),
            file: shown,
            part: None,
            key,
            content,
            exact: true,
            skipped: damaged,
        };
        return Ok((vec![tape], damaged));
    }
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let imported = import::json_lines(&text.into()).with_context(|| shown.clone())?;
    let recorded = imported.into_iter().map(|imported| Recorded {
        name: format!("{shown} {}", imported.name),
        file: shown.clone(),
        key: format!("{key}/{}", imported.name),
        part: Some(imported.name),
        content: Content::Held(imported.cassette),
        exact: imported.exact,
        skipped: imported.skipped,
    });
    Ok((recorded.collect(), 0))
}

/// A tape, and how many of its interactions are damaged.
fn content(path: &Path, hold: Hold, environment: &Environment) -> anyhow::Result<(Content, usize)> {
    let is_long = fs::metadata(path).is_ok_and(|file| file.len() > LONG);
    // One that is pinned has to be looked at whole.
    if is_long && hold == Hold::ShortOnes && !locked::holds(path)? {
        let (reel, damaged) = tape::open(path)?;
        if !reel.is_compound() {
            return Ok((Content::Read(reel), damaged));
        }
    }
    let (cassette, damaged) = tape::load_as_pinned(path, environment)?;
    Ok((Content::Held(cassette), damaged))
}

/// The interactions of these ids (or beginnings of ids), with the writes that they depend on.
fn only(recorded: Vec<Recorded>, wanted: &[String]) -> anyhow::Result<Vec<Recorded>> {
    let mut chosen: HashSet<(usize, String)> = HashSet::new();
    for text in wanted {
        let ids = recorded.iter().enumerate().flat_map(|(at, tape)| {
            let held = tape.content.held().into_iter().flat_map(|held| &held.interactions);
            held.map(move |one| (at, one.id.clone()))
        });
        let (exact, begin): (Vec<_>, Vec<_>) = ids
            .filter(|(at, id)| {
                let full = recorded[*at].part.as_ref().map(|part| format!("{part} {id}"));
                id.starts_with(&**text) || full.is_some_and(|full| full.starts_with(&**text))
            })
            .partition(|(_, id)| text.ends_with(&**id));
        // One interaction's id may be how another's begins: they end in numbers.
        let those = if exact.is_empty() { begin } else { exact };
        if those.is_empty() {
            bail!(
                "no interaction has an id that begins with {text}; `dynatape tape ls` lists them"
            );
        }
        chosen.extend(those);
    }
    let mut left = Vec::new();
    for (at, mut tape) in recorded.into_iter().enumerate() {
        let Some(held) = tape.content.held() else { continue };
        let pages = pages_of_scans(held, |id| chosen.contains(&(at, id.to_owned())));
        chosen.extend(pages.into_iter().map(|id| (at, id)));
        let slice = cassette::slice(held, |id| chosen.contains(&(at, id.to_owned())));
        if !slice.interactions.is_empty() {
            tape.content = Content::Held(slice);
            left.push(tape);
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_recordings_of_a_folder_beside_one_that_has_none() {
        let root = tempfile::tempdir().expect("folder");
        for (folder, file) in [("a", "x.tape"), ("b", "README.md"), ("c", "y.jsonl")] {
            fs::create_dir(root.path().join(folder)).expect("folder");
            fs::write(root.path().join(folder).join(file), "").expect("file");
        }
        let all = [root.path().to_owned()];
        let found = files(&all).expect("two");
        let keys: Vec<_> = found.iter().map(|file| &*file.key).collect();
        assert_eq!(keys, ["a/x.tape", "c/y.jsonl"]);
        let one = files(&[root.path().join("a/x.tape")]).expect("one");
        assert_eq!(one[0].key, "x.tape");
        assert!(files(&[root.path().join("b")]).is_err(), "named, and holds none");
    }
}
