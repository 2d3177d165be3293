//! A DynamoDB in the test's own process.

use std::{io, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::net::TcpListener;

use super::{Session, TestingError};
use crate::{
    backend::Backend,
    cli::kit,
    clock::{Clock, MovableClock, SystemClock},
    emulator::{Emulator, ForkError, Settings},
    proxy::{Config, Server},
    storage::MemoryStore,
    wire::{Operation, Request, Response},
};

/// A DynamoDB in memory, and the clock it goes by. It ends when it is dropped.
///
/// ```
/// use dynatape::{testing::Database, wire::Operation};
///
/// let seeded = Database::new();
/// seeded.ask(Operation::CreateTable, r#"{"TableName": "notes", "BillingMode": "PAY_PER_REQUEST",
///     "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
///     "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}"#);
///
/// let db = seeded.fork();
/// db.ask(Operation::PutItem, r#"{"TableName": "notes", "Item": {"id": {"S": "1"}}}"#);
///
/// let count = r#"{"TableName": "notes", "Select": "COUNT"}"#;
/// assert_eq!(db.ask(Operation::Scan, count).body, r#"{"Count":1,"ScannedCount":1}"#);
/// assert_eq!(seeded.ask(Operation::Scan, count).body, r#"{"Count":0,"ScannedCount":0}"#);
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    emulator: Arc<Emulator>,
    clock: Arc<MovableClock>,
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

impl Database {
    /// An empty one, by the usual settings.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    /// An empty one by these settings: timing, throttling, conflicts, the seed of all that is made
    /// up.
    #[must_use]
    pub fn with(settings: Settings) -> Self {
        let clock = Arc::new(MovableClock::new(Arc::new(SystemClock)));
        let shown = Arc::<MovableClock>::clone(&clock);
        let emulator = Emulator::new(Arc::new(MemoryStore::new()), shown, settings);
        Self { emulator: Arc::new(emulator), clock }
    }

    /// Puts tables and items from a file or a folder into it, as `dynatape serve --load` does
    /// (`docs/seeding.md`).
    ///
    /// # Errors
    ///
    /// When something is wrong with it: file, line and what.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<(), TestingError> {
        Ok(kit::load(&self.emulator, path.as_ref())?)
    }

    /// Another one with all that this one was told, and a clock of its own that shows the same
    /// time. From here on neither sees anything of the other. It takes no longer the more there is.
    #[must_use]
    pub fn fork(&self) -> Self {
        let clock = Arc::new(self.clock.fork());
        let shown = Arc::<MovableClock>::clone(&clock);
        match self.emulator.fork_by(shown) {
            Ok(emulator) => Self { emulator: Arc::new(emulator), clock },
            // Only a file cannot be forked, or fails.
            Err(ForkError::File | ForkError::Store(_)) => unreachable!("its store is in memory"),
        }
    }

    /// The clock it goes by, to be set, stopped and put forward.
    #[must_use]
    pub fn clock(&self) -> &MovableClock {
        &self.clock
    }

    /// Puts its clock forward: tables become ACTIVE, items expire.
    ///
    /// # Panics
    ///
    /// When there is no such time.
    #[allow(clippy::panic)] // a test, in which there is nothing else to be done about it
    pub fn advance(&self, by: Duration) {
        if self.clock.advance(by).is_none() {
            panic!("there is no time {by:?} from now");
        }
    }

    /// Answers a request without any client: the body is JSON.
    pub fn ask(&self, operation: Operation, body: impl Into<Bytes>) -> Response {
        Emulator::call(&self.emulator, &Request::of(operation, body))
    }

    /// What answers, for layers around it.
    #[must_use]
    pub fn backend(&self) -> Arc<dyn Backend> {
        Arc::<Emulator>::clone(&self.emulator)
    }

    /// A session with it: what is asked in it can be shown.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::with(self.backend())
    }

    /// Serves it on a free port of 127.0.0.1, to programs in other processes, until the server is
    /// dropped or shut down. Its URL is [`Server::url`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let server = dynatape::testing::Database::new().serve().await?;
    /// assert!(server.url().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    pub async fn serve(&self) -> io::Result<Server> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let clock: Arc<dyn Clock> = Arc::<MovableClock>::clone(&self.clock);
        Server::start(listener, self.backend(), clock, Config::default()).await
    }

    /// A configuration for clients of the AWS SDK that ask it: `Client::new(&db.sdk_config())`. No
    /// socket, no credentials, no network.
    #[cfg(feature = "aws-sdk")]
    #[must_use]
    pub fn sdk_config(&self) -> aws_types::SdkConfig {
        super::sdk::config(self.http_client())
    }

    /// What a client's requests go through, for configurations of your own.
    #[cfg(feature = "aws-sdk")]
    #[must_use]
    pub fn http_client(&self) -> super::HttpClient {
        let clock: Arc<dyn Clock> = Arc::<MovableClock>::clone(&self.clock);
        super::HttpClient::asking(self.backend(), clock)
    }
}
