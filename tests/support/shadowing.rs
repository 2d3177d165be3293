//! A shadow around backends of a test's own, and what it tells.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // a test; each uses its part

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use dynatape::{
    backend::{
        Backend, BackendError, BoxFuture,
        shadow::{Observed, Progress, Settings, Shadow, Sink, Unmeasured},
    },
    clock::{ManualClock, SystemClock},
    diff::{Finding, Outcome},
    emulator::{self, Emulator},
    storage::MemoryStore,
    wire::{Operation, Request, Response},
};
use serde_json::{Value, json};
use tokio::runtime::Handle;

pub type Answer = Result<Response, BackendError>;

/// A backend made of an asynchronous closure.
pub struct Does<F>(pub F);

impl<F> fmt::Debug for Does<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Does")
    }
}

impl<F, T> Backend for Does<F>
where
    F: Fn(Request) -> T + Send + Sync,
    T: Future<Output = Answer> + Send + 'static,
{
    fn call(&self, request: Request) -> BoxFuture<'_, Answer> {
        Box::pin((self.0)(request))
    }
}

/// One that always makes the same of the same.
pub fn emulator() -> Arc<Emulator> {
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH));
    let settings = emulator::Settings::default();
    Arc::new(Emulator::new(Arc::new(MemoryStore::new()), clock, settings))
}

/// The trait's method is another, and an `Arc` has it.
pub fn answer_of(emulator: &Emulator, request: &Request) -> Response {
    emulator.call(request)
}

/// What a sink was told.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
    pub unmeasured: Option<Unmeasured>,
}

impl Told {
    /// The outcome, or why there is none.
    pub fn text(&self) -> String {
        self.unmeasured.as_ref().map_or_else(|| self.outcome.to_string(), ToString::to_string)
    }
}

#[derive(Debug, Default)]
pub struct Notes {
    pub told: Mutex<Vec<(u64, Told)>>,
    pub unseen: Mutex<usize>,
}

impl Notes {
    /// In the order in which the primary answered.
    pub fn all(&self) -> Vec<Told> {
        let mut told = self.told.lock().unwrap().clone();
        told.sort_by_key(|(number, _)| *number);
        told.into_iter().map(|(_, told)| told).collect()
    }

    pub fn divergent(&self) -> Vec<Told> {
        let mut all = self.all();
        all.retain(|told| told.outcome == Outcome::Divergent);
        all
    }
}

impl Sink for Notes {
    fn observed(&self, observed: Observed<'_>) {
        let told = Told {
            id: observed.id(),
            outcome: observed.outcome,
            findings: observed.comparison.findings,
            unmeasured: observed.unmeasured,
        };
        self.told.lock().unwrap().push((observed.number, told));
    }

    fn unseen(&self, calls: usize) {
        *self.unseen.lock().unwrap() += calls;
    }
}

/// A shadow, and what it tells.
pub struct Shadowed {
    pub shadow: Arc<Shadow<Arc<dyn Backend>>>,
    pub progress: Progress,
    pub notes: Arc<Notes>,
}

pub fn shadowed(
    primary: Arc<dyn Backend>,
    candidate: Arc<dyn Backend>,
    settings: Settings,
) -> Shadowed {
    let notes = Arc::new(Notes::default());
    let sink: Arc<dyn Sink> = Arc::<Notes>::clone(&notes);
    let clock = Arc::new(SystemClock);
    let shadow = Shadow::start(primary, candidate, sink, settings, clock, &Handle::current());
    Shadowed { progress: shadow.progress(), shadow: Arc::new(shadow), notes }
}

impl Shadowed {
    pub async fn ask(&self, operation: Operation, body: &Value) -> Answer {
        self.shadow.call(Request::of(operation, body.to_string())).await
    }

    pub async fn create(&self) {
        let answer = self.ask(Operation::CreateTable, &table()).await.unwrap();
        assert!(answer.status.is_success(), "{answer:?}");
    }

    pub async fn settled(&self) {
        assert_eq!(self.progress.settled(Duration::from_secs(60)).await, 0);
    }
}

pub fn table() -> Value {
    json!({
        "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    })
}
