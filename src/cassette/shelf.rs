//! Tapes that were fetched from elsewhere, by their hash: what is here needs no network.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{BlobId, SaveError, file::put};

/// A folder of texts, each under the hash of its bytes.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// A text that the shelf cannot give.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// It is not there.
    #[error("{hash} is not on this machine")]
    Absent {
        /// The text.
        hash: BlobId,
    },
    /// Something else is there.
    #[error("{} was changed, and is not {hash} any more: remove it", path.display())]
    Changed {
        /// The text.
        hash: BlobId,
        /// The file that should hold it.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot read {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's complaint.
        cause: io::Error,
    },
}

impl Shelf {
    /// The shelf in this folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The text of this hash, which was just computed from it.
    ///
    /// # Errors
    ///
    /// When it is not there, or something else is.
    pub fn get(&self, hash: &BlobId) -> Result<Bytes, ShelfError> {
        let path = self.path(hash);
        let (hash, path) = (hash.clone(), path);
        match fs::read(&path) {
            Ok(text) if BlobId::of(&text) == hash => Ok(text.into()),
            Ok(_) => Err(ShelfError::Changed { hash, path }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                Err(ShelfError::Absent { hash })
            }
            Err(cause) => Err(ShelfError::File { path, cause }),
        }
    }

    /// Puts a text there; its hash.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn put(&self, text: &[u8]) -> Result<BlobId, SaveError> {
        let hash = BlobId::of(text);
        put(&self.path(&hash), text)?;
        Ok(hash)
    }

    fn path(&self, hash: &BlobId) -> PathBuf {
        let digits = hash.digits();
        self.folder.join("sha256").join(&digits[..2]).join(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_was_put_and_nothing_else() {
        let folder = tempfile::tempdir().expect("folder");
        let shelf = Shelf::new(folder.path());
        let hash = BlobId::of(b"text");
        assert!(matches!(shelf.get(&hash), Err(ShelfError::Absent { .. })));
        assert_eq!(shelf.put(b"text").expect("put"), hash);
        assert_eq!(shelf.get(&hash).expect("there"), "text");
        fs::write(shelf.path(&hash), "texts").expect("written");
        assert!(matches!(shelf.get(&hash), Err(ShelfError::Changed { .. })));
        // Who fetches it again has it again.
        shelf.put(b"text").expect("put");
        assert_eq!(shelf.get(&hash).expect("there"), "text");
    }
}
