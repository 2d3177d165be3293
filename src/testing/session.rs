//! What was asked and answered in a test, to be shown.

use std::sync::Arc;

use crate::{
    backend::{
        Backend,
        record::{Record, Recording, Since},
    },
    cassette::{Cassette, Provenance},
};

/// A session: whatever is asked through it is noted.
///
/// ```
/// use dynatape::{backend::Backend as _, testing::Database, wire::{Operation, Request}};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let session = Database::new().session();
/// session.backend().call(Request::of(Operation::ListTables, "{}")).await?;
/// assert_eq!(session.snapshot(), "ListTables {}\n200\n{\"TableNames\": []}");
/// # Ok::<(), dynatape::backend::BackendError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    backend: Arc<dyn Backend>,
    recording: Recording,
}

impl Session {
    /// A session with whatever answers.
    #[must_use]
    pub fn with(inner: Arc<dyn Backend>) -> Self {
        let recording = Recording::new();
        Self { backend: Arc::new(Record::new(inner, recording.clone())), recording }
    }

    /// What answers in it.
    #[must_use]
    pub fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.backend)
    }

    /// What was asked since this was asked last, as a tape would hold it.
    #[must_use]
    pub fn taken(&self) -> Cassette {
        self.recording.finish(Provenance::default(), "", "", Since::default()).cassette
    }

    /// The same as text, without what differs on every run ([`super::snapshot::tape`]).
    #[must_use]
    pub fn snapshot(&self) -> String {
        super::snapshot::tape(&self.taken())
    }

    /// A configuration for clients of the AWS SDK that ask in this session.
    #[cfg(feature = "aws-sdk")]
    #[must_use]
    pub fn sdk_config(&self) -> aws_types::SdkConfig {
        super::sdk::config(super::HttpClient::asking(
            self.backend(),
            Arc::new(crate::clock::SystemClock),
        ))
    }
}
