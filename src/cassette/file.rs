//! Putting a cassette on disk: whole, or not at all.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Leak, Secrets, scan};
use crate::wire::json;

/// Why a cassette was not written. The file that was there is untouched.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The text holds a live secret.
    #[error(
        "{path} was not written: line {line} of it would hold the {} in use, as {}. \
         Take it out of what the program sends, then record again",
        leak.what, leak.encoding
    )]
    Leak {
        /// The file that would have been written.
        path: PathBuf,
        /// The line of it.
        line: usize,
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

/// Writes `text` to `path` so that at every moment, and after a crash at any moment, the file is
/// either the old one or the new one. Nothing is written when the text holds a secret, or is what
/// the file holds already.
///
/// # Errors
///
/// When a secret was found, or the system refused.
pub fn save(path: &Path, text: &str, secrets: &Secrets) -> Result<(), SaveError> {
    if let Some(leak) = scan(text.as_bytes(), secrets) {
        let (line, _) = json::position(text.as_bytes(), leak.offset);
        return Err(SaveError::Leak { path: path.to_owned(), line, leak });
    }
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(path, text.as_bytes()).map_err(|cause| SaveError::Io { path: path.to_owned(), cause })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // In the same folder, so that the rename stays inside one file system; removed on drop if
    // anything fails.
    let mut file =
        tempfile::Builder::new().prefix(".dynatape-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    match fs::metadata(path) {
        Ok(old) => file.as_file().set_permissions(old.permissions())?,
        // A temporary file is its owner's only; a new cassette is a file like any other.
        Err(_) => set_default_permissions(file.as_file())?,
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is in the folder's data: without this it may not survive a power failure.
    fs::File::open(folder)?.sync_all()
}

#[cfg(unix)]
fn set_default_permissions(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_default_permissions(_: &fs::File) -> io::Result<()> {
    Ok(())
}
