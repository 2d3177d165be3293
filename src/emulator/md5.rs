//! MD5, which decides in what order partitions are scanned.

use ::md5::{Digest as _, Md5};

/// The digest of the parts, one after another.
#[must_use]
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
