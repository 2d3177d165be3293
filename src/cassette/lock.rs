//! Which tapes are kept elsewhere, and what exactly they are: `dynatape.lock`, a small file in Git
//! for tapes that are too large for it.
//!
//! One line a tape, sorted, without commas between them: a tape that was recorded again changes one
//! line.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    BlobId, Blobs, Cassette, Printed, SaveError, Secrets, file::folder_behind, save, to_text,
};
use crate::wire::json::{Json, Writer, spaced};

/// What the file is called.
pub const LOCK: &str = "dynatape.lock";

/// The version of the file's format.
const VERSION: u32 = 1;

/// A tape that is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The hash of its text.
    pub hash: BlobId,
    /// How many bytes that has.
    pub size: u64,
    /// Where it is.
    pub url: String,
}

/// A lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    folder: PathBuf,
    /// By path, from the folder of the file, with `/` on every system.
    pub tapes: BTreeMap<String, Locked>,
}

/// Why a lock file is none.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's complaint.
        cause: io::Error,
    },
    /// It was written by a later version.
    #[error("{path} has format {found}; this dynatape reads up to {VERSION}: use a newer one")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format's number.
        found: u32,
    },
    /// A line says nothing.
    #[error(
        "{path}, line {line}: not {{\"path\": ..., \"sha256\": ..., \"size\": ..., \"url\": ...}}. \
         If Git left both sides of a merge there, keep the line of the tape that is right, or \
         record it again"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// The text that a tape is kept as: all in one, also where bodies stand beside it.
#[must_use]
pub fn self_contained(tape: &Cassette) -> (String, BlobId) {
    let text = to_text(tape);
    let hash = BlobId::of(text.as_bytes());
    (text, hash)
}

impl Lock {
    /// The lock file that tells of the tapes of this folder: the nearest of those in it and above
    /// it, but not beyond the top of a Git repository.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub fn above(tape: &Path) -> Result<Option<Self>, LockError> {
        for folder in folders(tape) {
            match fs::read_to_string(folder.join(LOCK)) {
                Ok(text) => return Self::read(folder, &text).map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => {
                    return Err(LockError::File { path: folder.join(LOCK), cause });
                }
            }
        }
        Ok(None)
    }

    /// An empty one where a new one belongs: at the top of the Git repository, or else beside the
    /// tape.
    #[must_use]
    pub fn new_for(tape: &Path) -> Self {
        let mut folders = folders(tape);
        let top = folders.pop().filter(|top| top.join(".git").exists());
        let folder = top.unwrap_or_else(|| folder_of(tape));
        Self { folder, tapes: BTreeMap::new() }
    }

    fn read(folder: PathBuf, text: &str) -> Result<Self, LockError> {
        let path = folder.join(LOCK);
        let mut lock = Self { folder, tapes: BTreeMap::new() };
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = || LockError::Line { path: path.clone(), line: at + 1 };
            let json = Json::parse(line.as_bytes().to_vec()).map_err(|_| wrong())?;
            let root = json.root();
            if let Some(version) = root.get("lock") {
                let found = version.as_number().and_then(|text| text.parse().ok());
                let found = found.ok_or_else(wrong)?;
                if found > VERSION {
                    return Err(LockError::TooNew { path, found });
                }
                continue;
            }
            let text = |name: &str| Some(root.get(name)?.as_str()?.into_owned());
            let entry = || {
                let hash = BlobId::read(&format!("sha256:{}", text("sha256")?))?;
                let size = root.get("size")?.as_number()?.parse().ok()?;
                Some((text("path")?, Locked { hash, size, url: text("url")? }))
            };
            let (name, locked) = entry().ok_or_else(wrong)?;
            if lock.tapes.insert(name, locked).is_some() {
                return Err(wrong());
            }
        }
        Ok(lock)
    }

    fn to_text(&self) -> String {
        let mut text = format!("{{\"lock\": {VERSION}}}\n");
        for (name, locked) in &self.tapes {
            let mut json = Writer::new();
            json.object(|json| {
                json.key("path");
                json.string(name);
                json.key("sha256");
                json.string(locked.hash.digits());
                json.key("size");
                json.number(locked.size);
                json.key("url");
                json.string(&locked.url);
            });
            let line = Json::parse(json.into_bytes()).map(|json| spaced(json.root()));
            // What the writer wrote is JSON.
            text.push_str(&line.unwrap_or_default());
            text.push('\n');
        }
        text
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn save(&self) -> Result<(), SaveError> {
        let printed = Printed { text: self.to_text(), blobs: Blobs::new() };
        save(&self.path(), &printed, &Secrets::default())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(LOCK)
    }

    /// What a tape is called in it.
    #[must_use]
    pub fn name_of(&self, tape: &Path) -> Option<String> {
        let below = folder_of(tape).join(tape.file_name()?);
        let below = below.strip_prefix(&self.folder).ok()?;
        let parts: Option<Vec<_>> = below.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }

    /// What it says of a tape.
    #[must_use]
    pub fn of(&self, tape: &Path) -> Option<&Locked> {
        self.tapes.get(&self.name_of(tape)?)
    }

    /// The path of the tape of this name, whether it is there or not.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The folder of a tape, whether there is one or not.
fn folder_of(tape: &Path) -> PathBuf {
    let folder = tape.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::canonicalize(folder).unwrap_or_else(|_| folder_behind(tape))
}

/// That folder and those above it, up to the top of a Git repository.
fn folders(tape: &Path) -> Vec<PathBuf> {
    let folder = folder_of(tape);
    let mut folders = Vec::new();
    for folder in folder.ancestors() {
        folders.push(folder.to_owned());
        if folder.join(".git").exists() {
            break;
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(text: &str) -> Locked {
        let hash = BlobId::of(text.as_bytes());
        Locked { hash, size: text.len() as u64, url: format!("s3://tapes/{text}?a=\"b\"") }
    }

    #[test]
    fn is_found_above_a_tape_and_a_change_is_one_line() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("repository/.git")).expect("folders");
        fs::create_dir_all(at("repository/tests")).expect("folders");
        // Beyond the top nothing is looked for.
        fs::write(at(LOCK), "nonsense").expect("written");
        let (tape, other) = (at("repository/tests/a.tape"), at("repository/b.tape"));
        assert_eq!(Lock::above(&tape).expect("none"), None);
        let mut lock = Lock::new_for(&tape);
        for (tape, text) in [(&tape, "one"), (&other, "two")] {
            lock.tapes.insert(lock.name_of(tape).expect("below"), locked(text));
        }
        lock.save().expect("saved");
        let path = at("repository").join(LOCK);
        let first = fs::read_to_string(&path).expect("text");
        assert_eq!(Lock::above(&tape).expect("readable"), Some(lock.clone()));
        assert_eq!(lock.of(&tape), Some(&locked("one")));
        assert_eq!(lock.of(&at("repository/a.tape")), None);

        lock.tapes.insert("tests/a.tape".to_owned(), locked("three"));
        lock.save().expect("saved");
        let second = fs::read_to_string(&path).expect("text");
        let changed = first.lines().zip(second.lines()).filter(|(one, other)| one != other);
        assert_eq!((first.lines().count(), changed.count()), (3, 1), "{second}");
    }

    #[test]
    fn says_what_is_wrong_in_it() {
        let read = |text: &str| {
            let lock = Lock::read(PathBuf::from("."), text);
            lock.map_err(|error| error.to_string()).expect_err(text)
        };
        let hash = "a".repeat(64);
        let line = format!("{{\"path\":\"a\",\"sha256\":\"{hash}\",\"size\":1,\"url\":\"u\"}}");
        assert!(read("{\"lock\":2}").contains("has format 2"));
        for wrong in [
            "<<<<<<< HEAD".to_owned(),
            line.replace("\"a\",", "1,"),
            line.replace("aaaa", "/../"),
            line.replace(":1,", ":-1,"),
            format!("{line}\n{line}"),
        ] {
            let text = format!("{{\"lock\": 1}}\n\n{wrong}");
            let number = text.lines().count();
            assert!(read(&text).contains(&format!("line {number}: not")), "{wrong}");
        }
    }
}
