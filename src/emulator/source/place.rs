//! Where objects are, and why none can be had from there.

use bytes::Bytes;

use crate::{
    emulator::{Emulator, md5, s3::BucketError},
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

/// Why something fails that had begun: FailureCode and FailureMessage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Failure {
    pub(in crate::emulator) code: Box<str>,
    pub(in crate::emulator) message: Box<str>,
}

impl Failure {
    pub(in crate::emulator) fn new(code: &str, message: impl Into<Box<str>>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What a bucket does not do (aws-service-facts 6.3, 7.3).
    pub(in crate::emulator) fn of_bucket(
        emulator: &Emulator,
        bucket: &str,
        error: &BucketError,
    ) -> Self {
        let (code, status, name) = match error {
            BucketError::NoBucket => ("S3NoSuchBucket", 404, "NoSuchBucket"),
            BucketError::Denied => ("S3AccessDenied", 403, "AccessDenied"),
            // A place that is not S3 has its own ways to fail.
            other => {
                let cause = std::error::Error::source(other);
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                return Self::new("S3Error", format!("dynatape: {other}{cause}"));
            }
        };
        let seed = emulator.settings.seed.to_be_bytes();
        let digest = md5::digest(&[b"s3 request", &seed, bucket.as_bytes()]);
        let id: String = digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect();
        let extended = base64::text(&[digest, digest, digest].concat());
        let message = format!(
            "{error} (Service: Amazon S3; Status Code: {status}; Error Code: {name}; Request ID: \
             {id}; S3 Extended Request ID: {extended}; Proxy: null)"
        );
        Self::new(code, message)
    }
}

impl Place {
    /// The objects by their keys, and what they hold. One that goes while others are read was
    /// never there.
    pub(in crate::emulator) fn objects(
        &self,
        emulator: &Emulator,
    ) -> Result<Vec<(String, Bytes)>, Failure> {
        let unread = |error: BucketError| Failure::of_bucket(emulator, &self.bucket, &error);
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
