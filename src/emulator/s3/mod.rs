//! Buckets of S3: what exports are written to and imports are read from.
//!
//! They are the one thing of AWS besides DynamoDB that its operations touch, and of it they need
//! three requests only.

mod folder;
mod memory;

use std::{error::Error, fmt, path::PathBuf, sync::Arc};

use bytes::Bytes;
use thiserror::Error;

pub use self::{folder::Folder, memory::Memory};

/// Some buckets.
///
/// A call may take as long as the place where they are: operations make it outside of
/// transactions.
pub trait Buckets: fmt::Debug + Send + Sync {
    /// Makes the object of this key hold this.
    ///
    /// # Errors
    ///
    /// When there is no such bucket, or it takes no such object.
    fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), BucketError>;

    /// What the object of this key holds.
    ///
    /// # Errors
    ///
    /// When it, or its bucket, is not there, or cannot be read.
    fn get(&self, bucket: &str, key: &str) -> Result<Bytes, BucketError>;

    /// The keys of a bucket that begin so, by their bytes. The beginning may end anywhere in a
    /// name (aws-service-facts 7.3).
    ///
    /// # Errors
    ///
    /// When there is no such bucket, or it cannot be read.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, BucketError>;

    /// The same buckets with the same objects, from which the two go separate ways; `None` if
    /// they are where all who know them share them.
    fn fork(&self) -> Option<Arc<dyn Buckets>> {
        None
    }
}

/// What a bucket does not do.
#[derive(Debug, Error)]
pub enum BucketError {
    /// There is no bucket of that name.
    #[error("The specified bucket does not exist")]
    NoBucket,
    /// There is no object of that key.
    #[error("The specified key does not exist.")]
    NoKey,
    /// It is another's, or does not let the emulator in.
    #[error("Access Denied")]
    Denied,
    /// An object of this key cannot be kept there.
    #[error("no object here can have the key {0}")]
    Key(String),
    /// The place where the buckets are does not answer as it should.
    #[error("cannot {doing}")]
    Unusable {
        /// What was tried.
        doing: &'static str,
        /// What came of it.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}

/// Where an emulator's buckets are.
#[derive(Clone, Debug, Default)]
pub enum S3 {
    /// In memory: each emulator has its own, for as long as it lives.
    #[default]
    Memory,
    /// In this folder, a sub-folder each.
    Folder(PathBuf),
    /// There.
    Elsewhere(Arc<dyn Buckets>),
}

impl S3 {
    /// The buckets.
    pub(super) fn open(&self) -> Arc<dyn Buckets> {
        match self {
            Self::Memory => Arc::new(Memory::default()),
            Self::Folder(root) => Arc::new(Folder::new(root)),
            Self::Elsewhere(buckets) => Arc::clone(buckets),
        }
    }
}

/// Whether a bucket can have that name: lower-case letters, digits, points and hyphens, from 3 to
/// 63, the ends being letters or digits (the user guide of S3, "General purpose bucket naming
/// rules"). Anything else is no path either.
fn is_name(bucket: &str) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = bucket.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_end(byte) || matches!(byte, b'.' | b'-'))
        && bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && !bucket.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks the same of both kinds.
    fn each(ask: impl Fn(&dyn Buckets)) {
        let root = tempfile::tempdir().expect("folder");
        std::fs::create_dir(root.path().join("bucket")).expect("bucket");
        ask(&Folder::new(root.path()));
        ask(&Memory::default());
    }

    #[test]
    fn objects_are_found_under_their_keys_and_listed_in_order() {
        each(|buckets| {
            for key in ["data2/x", "data/b", "data/a/c", "data.bak", "data/a-"] {
                buckets.put("bucket", key, Bytes::copy_from_slice(key.as_bytes())).expect("put");
            }
            buckets.put("bucket", "data/b", "new".into()).expect("put again");
            assert_eq!(buckets.get("bucket", "data/b").expect("there"), "new");
            assert_eq!(
                buckets.list("bucket", "").expect("a list"),
                ["data.bak", "data/a-", "data/a/c", "data/b", "data2/x"]
            );
            assert_eq!(buckets.list("bucket", "data/a").expect("a list"), ["data/a-", "data/a/c"]);
            assert_eq!(buckets.list("bucket", "data2").expect("a list"), ["data2/x"]);
            assert_eq!(buckets.list("bucket", "none/").expect("a list"), [""; 0]);
        });
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        each(|buckets| {
            assert!(matches!(buckets.get("bucket", "none"), Err(BucketError::NoKey)));
            assert!(matches!(buckets.get("bucket", "none/x"), Err(BucketError::NoKey)));
            for bucket in ["Bucket", "..", "a", "a/b", "-ab", "a..b", ""] {
                let put = buckets.put(bucket, "key", Bytes::new());
                assert!(matches!(put, Err(BucketError::NoBucket)), "{bucket}");
                assert!(matches!(buckets.get(bucket, "key"), Err(BucketError::NoBucket)));
                assert!(matches!(buckets.list(bucket, ""), Err(BucketError::NoBucket)));
            }
        });
    }
}
