//! Buckets that are there by being named.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use imbl::OrdMap;

use super::{BucketError, Buckets, is_name};

/// Buckets in memory: every name that one can have is one, so that what is exported can be
/// imported again without any setting.
#[derive(Default)]
pub struct Memory(Mutex<OrdMap<String, Objects>>);

type Objects = OrdMap<String, Bytes>;

impl Memory {
    fn open(&self, bucket: &str) -> Result<MutexGuard<'_, OrdMap<String, Objects>>, BucketError> {
        match is_name(bucket) {
            true => Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner)),
            false => Err(BucketError::NoBucket),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memory").finish_non_exhaustive()
    }
}

impl Buckets for Memory {
    fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), BucketError> {
        let mut buckets = self.open(bucket)?;
        buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), body);
        Ok(())
    }

    fn get(&self, bucket: &str, key: &str) -> Result<Bytes, BucketError> {
        let buckets = self.open(bucket)?;
        let body = buckets.get(bucket).and_then(|objects| objects.get(key)).cloned();
        body.ok_or(BucketError::NoKey)
    }

    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, BucketError> {
        let buckets = self.open(bucket)?;
        let objects = buckets.get(bucket).into_iter();
        let keys = objects.flat_map(|objects| objects.range(prefix.to_owned()..));
        let keys = keys.map(|(key, _)| key).take_while(|key| key.starts_with(prefix));
        Ok(keys.cloned().collect())
    }

    fn fork(&self) -> Option<Arc<dyn Buckets>> {
        let buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(Arc::new(Self(buckets.into())))
    }
}
