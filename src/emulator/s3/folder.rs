//! Buckets that are folders of this machine, and objects that are files in them.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{BucketError, Buckets, is_name};

/// A folder whose sub-folders are buckets. Whoever wants one makes it: a bucket that has no
/// folder does not exist.
///
/// Nothing outside of the folder is read or written, whatever the key and whatever links there
/// are in it.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// What files begin with that are not objects yet.
const UNFINISHED: &str = ".dynatape-";

impl Folder {
    /// The buckets of this folder.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn bucket(&self, name: &str) -> Result<PathBuf, BucketError> {
        let path = self.root.join(name);
        if is_name(name) && path.is_dir() { Ok(path) } else { Err(BucketError::NoBucket) }
    }

    /// The file of a key.
    fn path(&self, bucket: &str, key: &str) -> Result<PathBuf, BucketError> {
        let bucket = self.bucket(bucket)?;
        let refused = || BucketError::Key(key.to_owned());
        if key.split('/').any(|part| !is_part(part)) {
            return Err(refused());
        }
        let path = bucket.join(key);
        // Links are followed, but not out of the root.
        let there = path.ancestors().find_map(|path| path.canonicalize().ok());
        let root = self.root.canonicalize().map_err(|cause| unusable("find --s3-root", cause))?;
        match there {
            Some(there) if there.starts_with(&root) => Ok(path),
            _ => Err(refused()),
        }
    }
}

/// Whether a part of a key can be the name of a file.
fn is_part(part: &str) -> bool {
    let is_name = !matches!(part, "" | "." | "..") && !part.starts_with(UNFINISHED);
    is_name && !part.contains(['\0', '\\']) && !(cfg!(windows) && part.contains(':'))
}

impl Buckets for Folder {
    fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), BucketError> {
        let path = self.path(bucket, key)?;
        // As in S3, an object is there at once or not at all.
        write(&path, &body).map_err(|cause| match cause.kind() {
            ErrorKind::PermissionDenied => BucketError::Denied,
            // A folder is there already, or a file where one should be.
            ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                BucketError::Key(key.to_owned())
            }
            _ => unusable("write an object", cause),
        })
    }

    fn get(&self, bucket: &str, key: &str) -> Result<Bytes, BucketError> {
        let path = self.path(bucket, key)?;
        fs::read(path).map(Bytes::from).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
                BucketError::NoKey
            }
            ErrorKind::PermissionDenied => BucketError::Denied,
            _ => unusable("read an object", cause),
        })
    }

    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, BucketError> {
        let path = self.bucket(bucket)?;
        let mut keys = Vec::new();
        walk(&path, "", prefix, &mut keys).map_err(|cause| unusable("list a bucket", cause))?;
        keys.sort_unstable();
        Ok(keys)
    }
}

fn write(path: &Path, body: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // As open as any other file; otherwise it would be its maker's alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(body)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Collects the keys in a folder, and in those below it, that begin with `prefix`. Links to
/// folders are not followed: they may lead round in a circle.
fn walk(folder: &Path, key: &str, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| is_part(name)) else { continue };
        let key = format!("{key}{name}");
        if entry.file_type()?.is_dir() {
            let below = format!("{key}/");
            if below.starts_with(prefix) || prefix.starts_with(&below) {
                walk(&entry.path(), &below, prefix, keys)?;
            }
        } else if key.starts_with(prefix) && entry.path().is_file() {
            keys.push(key);
        }
    }
    Ok(())
}

fn unusable(doing: &'static str, cause: io::Error) -> BucketError {
    BucketError::Unusable { doing, cause: cause.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_the_root() {
        let place = tempfile::tempdir().expect("folder");
        let root = place.path().join("root");
        fs::create_dir_all(root.join("bucket")).expect("bucket");
        fs::write(place.path().join("secret"), "secret").expect("file");
        let folder = Folder::new(&root);
        for key in ["../../secret", "/secret", "a/../../../secret", "a//b", "./x", "a/", "..", ""] {
            let put = folder.put("bucket", key, "x".into());
            assert!(matches!(put, Err(BucketError::Key(_))), "{key}");
            assert!(matches!(folder.get("bucket", key), Err(BucketError::Key(_))), "{key}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(place.path(), root.join("bucket/out")).expect("link");
            for key in ["out/secret", "out/new", "out/new/x"] {
                let put = folder.put("bucket", key, "x".into());
                assert!(matches!(put, Err(BucketError::Key(_))), "{key}");
            }
            assert_eq!(folder.list("bucket", "").expect("a list"), [""; 0]);
        }
        assert_eq!(fs::read_to_string(place.path().join("secret")).expect("file"), "secret");
        assert_eq!(fs::read_dir(place.path()).expect("folder").count(), 2);
    }

    #[test]
    fn a_bucket_is_a_folder_that_is_there() {
        let root = tempfile::tempdir().expect("folder");
        let folder = Folder::new(root.path());
        let put = folder.put("bucket", "a/b", "text".into());
        assert!(matches!(put, Err(BucketError::NoBucket)));
        fs::create_dir(root.path().join("bucket")).expect("bucket");
        folder.put("bucket", "a/b", "text".into()).expect("put");
        assert_eq!(fs::read_to_string(root.path().join("bucket/a/b")).expect("file"), "text");
        assert!(matches!(folder.put("bucket", "a", "x".into()), Err(BucketError::Key(_))));
        assert!(matches!(folder.get("bucket", "a"), Err(BucketError::NoKey)));
        let left: Vec<_> = fs::read_dir(root.path().join("bucket")).expect("folder").collect();
        assert_eq!(left.len(), 1, "nothing unfinished is left: {left:?}");
    }
}
