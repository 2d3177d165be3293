//! Bodies too large for a file that people read. They stand beside the tape, in `blobs/`, each
//! under the hash of the bytes that were on the wire.
//!
//! A body that is JSON stands there pretty-printed, so that it can be reviewed. Its hash tells how
//! to get the bytes back: they are the file's own, or its JSON compact, or spaced.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::wire::json::{Json, Layout, compact, pretty, spaced};

/// The folder beside a tape.
const FOLDER: &str = "blobs";

/// A longer body does not stand in the tape.
pub const LONGEST_BODY: usize = 32 << 10;

/// What a body is called: the hash of its bytes, as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobId(String);

/// What goes beside a tape: the text of each file.
pub type Blobs = BTreeMap<BlobId, Bytes>;

impl BlobId {
    /// The name of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads `sha256:...`. Nothing but digits, so that it can never lead to another folder.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        let right = digits.len() == 64
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        right.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Where it stands, from the folder of the tape.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(FOLDER).join(&self.0[..2]).join(&self.0)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

/// Why a body that stands beside the tape cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The file cannot be read.
    #[error("{} cannot be read: {kind}", id.path().display())]
    File {
        /// The body.
        id: BlobId,
        /// The system's complaint.
        kind: io::ErrorKind,
    },
    /// It holds something else.
    #[error("{} was changed: the tape has {id}, the file holds {found}", id.path().display())]
    Changed {
        /// The body.
        id: BlobId,
        /// What the file's content is called.
        found: BlobId,
    },
}

/// The text of a body's file.
pub(super) fn text_of(body: &Bytes) -> Bytes {
    match Json::parse(body.clone()) {
        Ok(json)
            if compact(json.root()).as_bytes() == body
                || spaced(json.root()).as_bytes() == body =>
        {
            (pretty(json.root(), Layout::default(), 0, 0) + "\n").into()
        }
        _ => body.clone(),
    }
}

/// The bytes of a body, from the text of its file.
fn body_in(id: &BlobId, text: Bytes) -> Result<Bytes, BlobError> {
    let as_it_is = BlobId::of(&text);
    if as_it_is == *id {
        return Ok(text);
    }
    let Ok(json) = Json::parse(text) else {
        return Err(BlobError::Changed { id: id.clone(), found: as_it_is });
    };
    let narrow = Bytes::from(compact(json.root()));
    let found = BlobId::of(&narrow);
    if found == *id {
        return Ok(narrow);
    }
    let wide = Bytes::from(spaced(json.root()));
    if BlobId::of(&wide) == *id {
        return Ok(wide);
    }
    Err(BlobError::Changed { id: id.clone(), found })
}

/// The bytes of a body that stands beside a tape of this folder.
pub(super) fn load(folder: &Path, id: &BlobId) -> Result<Bytes, BlobError> {
    match fs::read(folder.join(id.path())) {
        Ok(text) => body_in(id, text.into()),
        Err(error) => Err(BlobError::File { id: id.clone(), kind: error.kind() }),
    }
}

/// The files in the `blobs/` of a folder that no file beside it names, from the folder. A tape may
/// be called anything, and a rejected or damaged one still needs its bodies: so any file counts.
///
/// # Errors
///
/// When a folder or a file cannot be read: then nothing can be said to be needed by nobody.
pub fn orphans(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<BlobId> = Vec::new();
    let shelves = match fs::read_dir(folder.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        shelves => shelves?,
    };
    for shelf in shelves {
        let shelf = shelf?.path();
        if shelf.is_dir() {
            for file in fs::read_dir(shelf)? {
                let name = file?.file_name().to_string_lossy().into_owned();
                found.extend(BlobId::read(&format!("sha256:{name}")));
            }
        }
    }
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_file() && !found.is_empty() {
            let text = fs::read(&path)?;
            found.retain(|id| memchr::memmem::find(&text, id.0.as_bytes()).is_none());
        }
    }
    found.sort();
    Ok(found.iter().map(BlobId::path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_every_form_come_back_byte_for_byte() {
        let bodies =
            [r#"{"a":1.50E2,"a":"\u00e9"}"#, r#"{"a": [1, 2]}"#, "{\"a\" :1}", "no JSON", ""];
        for body in bodies {
            let body = Bytes::from(body);
            let id = BlobId::of(&body);
            assert_eq!(body_in(&id, text_of(&body)), Ok(body));
        }
    }

    #[test]
    fn a_name_that_could_lead_elsewhere_is_none() {
        let right = BlobId::of(b"").to_string();
        assert!(BlobId::read(&right).is_some());
        let outside = format!("sha256:../{}", "a".repeat(61));
        for wrong in [&*outside, &right[7..], &right[..70], &right.to_uppercase()] {
            assert_eq!(BlobId::read(wrong), None, "{wrong}");
        }
    }
}
