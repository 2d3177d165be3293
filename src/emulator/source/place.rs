//! Where objects are, and why none can be had from there.

use bytes::Bytes;

use crate::{
    emulator::{Emulator, failure::Failure, md5, s3::BucketError},
    value::base64,
};

/// The objects of a bucket whose keys begin alike: the beginning may end anywhere in a name
/// (aws-service-facts 7.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::emulator) struct Place {
    pub(in crate::emulator) bucket: String,
    /// Whose the bucket should be, if that is said.
    pub(in crate::emulator) owner: Option<String>,
    pub(in crate::emulator) prefix: String,
}

/// What a bucket does not do.
pub(in crate::emulator) fn failure(
    emulator: &Emulator,
    bucket: &str,
    error: &BucketError,
) -> Failure {
    let seed = emulator.settings.seed.to_be_bytes();
    let digest = md5::digest(&[b"s3 request", &seed, bucket.as_bytes()]);
    let id: String = digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect();
    let extended = base64::text(&[digest, digest, digest].concat());
    Failure::of_s3(error, [id, extended])
}

impl Place {
    /// The objects by their keys, and what they hold. One that goes while others are read was
    /// never there.
    pub(in crate::emulator) fn objects(
        &self,
        emulator: &Emulator,
    ) -> Result<Vec<(String, Bytes)>, Failure> {
        let unread = |error: BucketError| failure(emulator, &self.bucket, &error);
        // All buckets here are the account's own; what S3 says of one that is not is that of an
        // export to it (6.3).
        if self.owner.as_ref().is_some_and(|owner| *owner != emulator.settings.account) {
            return Err(unread(BucketError::Denied));
        }
        let mut objects = Vec::new();
        for key in emulator.buckets().list(&self.bucket, &self.prefix).map_err(unread)? {
            match emulator.buckets().get(&self.bucket, &key) {
                Ok(object) => objects.push((key, object)),
                Err(BucketError::NoKey) => {}
                Err(error) => return Err(unread(error)),
            }
        }
        Ok(objects)
    }
}
