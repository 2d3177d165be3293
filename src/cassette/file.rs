//! Putting a cassette on disk: whole, or not at all.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Cassette, Damage, Leak, Loader, Printed, ReadError, Secrets, scan};

/// Reads a tape, the bodies beside it and what it includes: the cassette, and what of it is damaged.
///
/// # Errors
///
/// When a file cannot be read, has no header, or one of a later format; or when a tape includes
/// itself.
pub fn load(path: &Path) -> Result<(Cassette, Vec<Damage>), ReadError> {
    Loader::default().whole(path)
}

/// Why a cassette was not written. The file that was there is untouched.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The text holds a live secret.
    #[error(
        "{path} was not written: {place} would hold the {} in use, as {}. \
         Take it out of what the program sends, then record again",
        leak.what, leak.encoding
    )]
    Leak {
        /// The file that would have been written.
        path: PathBuf,
        /// The interaction in which it would stand, by number and operation, or `the header`.
        place: String,
        /// What was found.
        leak: Leak,
    },
    /// The system refused.
    #[error("cannot write {path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's complaint.
        cause: io::Error,
    },
}

/// Writes a cassette so that at every moment, and after a crash at any moment, the tape is either
/// the old one or the new one: the bodies beside it come first, and take no other's place. Nothing
/// is written when a text holds a secret, or is what its file holds already.
///
/// # Errors
///
/// When a secret was found, or the system refused.
pub fn save(path: &Path, printed: &Printed, secrets: &Secrets) -> Result<(), SaveError> {
    let Printed { text, blobs } = printed;
    if let Some(leak) = scan(text.as_bytes(), secrets) {
        let place = place(text, leak.offset);
        return Err(SaveError::Leak { path: path.to_owned(), place, leak });
    }
    for body in blobs.values() {
        if let Some(leak) = scan(body, secrets) {
            let place = "a body in blobs/".to_owned();
            return Err(SaveError::Leak { path: path.to_owned(), place, leak });
        }
    }
    let folder = folder_behind(path);
    for (id, body) in blobs {
        put(&folder.join(id.path()), body)?;
    }
    put(path, text.as_bytes())
}

/// Puts the bytes there, whole or not at all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    replace(path, bytes).map_err(|cause| SaveError::Io { path: path.to_owned(), cause })
}

/// Which interaction the byte stands in. The file is not there to look a line up in; and an id may
/// hold the very secret, so only its operation is told.
fn place(text: &str, offset: usize) -> String {
    const START: &str = "\n\n{\n  \"id\": \"";
    // A secret may stand in the id itself.
    let end = offset + START.len();
    let before = text.get(..end.min(text.len())).unwrap_or(text);
    let starts = before.match_indices(START).filter(|(at, _)| *at < offset);
    match (starts.clone().count(), starts.last()) {
        (number, Some((at, _))) => {
            let id = &text[at + START.len()..];
            let operation = id.split('/').next().unwrap_or_default();
            format!("interaction {number} ({operation})")
        }
        _ => "the header".to_owned(),
    }
}

/// Whether a file could be written to `path` now: it makes and removes one in the same folder.
///
/// # Errors
///
/// When the system refuses.
pub fn can_save(path: &Path) -> Result<(), SaveError> {
    let made = beside(&behind_links(path));
    made.map(drop).map_err(|cause| SaveError::Io { path: path.to_owned(), cause })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = behind_links(path);
    let mut file = beside(&path)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(&path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    sync_folder(&path)
}

/// The file itself, where the path leads to it by a symbolic link: the link stays one.
fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The folder of the file itself, behind symbolic links: where its `blobs/` is.
#[must_use]
pub fn folder_behind(path: &Path) -> PathBuf {
    folder_of(&behind_links(path)).to_owned()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file in the same folder, so that the rename stays inside one file system; removed on drop if
/// anything fails.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dynatape-").suffix(".tmp");
    // A temporary file is its owner's only; a new cassette is a file like any other, as open as
    // the user's mask lets it be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The rename is in the folder's data: without this it may not survive a power failure.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path))?.sync_all()
}

/// A folder cannot be opened as a file here.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn text(text: &str) -> Printed {
        Printed { text: text.to_owned(), blobs: crate::cassette::Blobs::new() }
    }

    #[test]
    fn a_link_stays_a_link_and_permissions_stay_those_of_the_old_file() {
        let folder = tempfile::tempdir().expect("folder");
        let (real, link) = (folder.path().join("real.tape"), folder.path().join("link.tape"));
        fs::write(&real, "old").expect("file");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("mode");
        symlink("real.tape", &link).expect("link");
        save(&link, &text("new"), &Secrets::default()).expect("saved");
        assert_eq!(fs::read_to_string(&real).expect("file"), "new");
        assert!(fs::symlink_metadata(&link).expect("link").is_symlink());
        assert_eq!(fs::metadata(&real).expect("file").permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 2, "nothing left over");
    }

    #[test]
    fn a_new_file_is_as_open_as_any_other() {
        let folder = tempfile::tempdir().expect("folder");
        let (other, tape) = (folder.path().join("other"), folder.path().join("new/x.tape"));
        fs::write(&other, "").expect("file");
        save(&tape, &text("text"), &Secrets::default()).expect("saved");
        let mode = |path: &Path| fs::metadata(path).expect("file").permissions().mode() & 0o777;
        assert_eq!(mode(&tape), mode(&other));
    }

    #[test]
    fn a_folder_that_is_none_is_heard_of_beforehand() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("file");
        can_save(&folder.path().join("x.tape")).expect("a folder");
        assert!(matches!(can_save(&file.join("x.tape")), Err(SaveError::Io { .. })));
    }
}
