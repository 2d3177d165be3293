//! Buckets of a server that speaks S3, for an emulator.
//!
//! The emulator waits for what it asks and knows no runtime: the requests are made on one of their
//! own, on a thread that lives as long as the buckets do.

use std::{
    collections::HashMap,
    error::Error,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};
use tokio::runtime::{Builder, Runtime};

use super::{remote, settings::Environment};
use crate::emulator::s3::{BucketError, Buckets};

/// The buckets of a server.
pub(super) struct ServerBuckets {
    endpoint: String,
    environment: Environment,
    /// What is made when it is first needed.
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    runtime: Option<Runtime>,
    stores: HashMap<String, Arc<dyn ObjectStore>>,
}

type Answer<T> = Result<T, object_store::Error>;

impl ServerBuckets {
    /// Those of the server at this URL.
    pub(super) fn at(endpoint: &str, environment: &Environment) -> Self {
        let environment = environment.clone();
        Self { endpoint: endpoint.to_owned(), environment, made: Mutex::default() }
    }

    /// Asks a bucket for something, and waits for the answer.
    fn ask<T, F>(
        &self,
        bucket: &str,
        doing: &'static str,
        question: impl FnOnce(Arc<dyn ObjectStore>) -> F,
    ) -> Result<T, BucketError>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let unusable = |cause: Box<dyn Error + Send + Sync>| BucketError::Unusable { doing, cause };
        let (answer, answered) = mpsc::sync_channel(1);
        {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            let Made { runtime, stores } = &mut *made;
            let store = if let Some(store) = stores.get(bucket) {
                Arc::clone(store)
            } else {
                let store = remote::bucket(bucket, &self.endpoint, &self.environment);
                let store = store.map_err(|cause| unusable(cause.into()))?;
                stores.insert(bucket.to_owned(), Arc::clone(&store));
                store
            };
            let runtime = if let Some(runtime) = runtime {
                runtime
            } else {
                let mut builder = Builder::new_multi_thread();
                let built = builder.worker_threads(1).enable_all().build();
                runtime.insert(built.map_err(|cause| unusable(cause.into()))?)
            };
            let question = question(store);
            runtime.spawn(async move {
                // Who does not wait any more needs no answer.
                let _ = answer.send(question.await);
            });
        }
        let answer = answered.recv().map_err(|cause| unusable(cause.into()))?;
        answer.map_err(|error| kind_of(error, doing))
    }
}

/// The kind of a refusal: S3 answers 404 for what is missing, bucket and object alike, and names
/// it in the body.
fn kind_of(error: object_store::Error, doing: &'static str) -> BucketError {
    let mut names_bucket = false;
    let mut next: Option<&dyn Error> = Some(&error);
    while let Some(error) = next {
        names_bucket |= error.to_string().contains("NoSuchBucket");
        next = error.source();
    }
    match error {
        _ if names_bucket => BucketError::NoBucket,
        object_store::Error::NotFound { .. } => BucketError::NoKey,
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => BucketError::Denied,
        error => BucketError::Unusable { doing, cause: error.into() },
    }
}

fn path(key: &str) -> Result<Path, BucketError> {
    Path::parse(key).map_err(|_| BucketError::Key(key.to_owned()))
}

impl Buckets for ServerBuckets {
    fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), BucketError> {
        let path = path(key)?;
        self.ask(bucket, "write an object", |store| async move {
            store.put(&path, body.into()).await.map(drop)
        })
    }

    fn get(&self, bucket: &str, key: &str) -> Result<Bytes, BucketError> {
        let path = path(key)?;
        self.ask(
            bucket,
            "read an object",
            |store| async move { store.get(&path).await?.bytes().await },
        )
    }

    /// Folder by folder: the client lists whole ones only, and a prefix may end in a name.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, BucketError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = path(folder)?;
        let mut keys = self.ask(bucket, "list a bucket", |store| async move {
            let (mut folders, mut keys) = (vec![folder], Vec::new());
            while let Some(folder) = folders.pop() {
                let of = Some(&folder).filter(|folder| !folder.as_ref().is_empty());
                let found = store.list_with_delimiter(of).await?;
                folders.extend(found.common_prefixes);
                keys.extend(found.objects.into_iter().map(|object| object.location.to_string()));
            }
            Ok(keys)
        })?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }
}

impl fmt::Debug for ServerBuckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuckets").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Drop for ServerBuckets {
    /// Without waiting: whoever drops them may be a task, which may not.
    fn drop(&mut self) {
        let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = made.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
