//! Puts a case to something that answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use http::{HeaderName, HeaderValue};

use super::{
    Body, Call, Captured, Case, Fault, Step,
    template::{MemberPath, expand},
};
use crate::{
    backend::{
        Backend,
        active::{table_request, until_gone},
    },
    conformance::{Exchange, player, run::Played},
    diff::{Comparison, Finding, Layer, Outcome, Subject, compare},
    wire::{
        Operation, Request, Response, X_AMZ_TARGET,
        json::{Json, Value, Writer},
    },
};

/// What a case is put to.
pub struct PlayCase<'a> {
    /// What answers.
    pub backend: &'a dyn Backend,
    /// Moves the target's clock, where it can be moved.
    pub wait: Option<&'a (dyn Fn(Duration) + Sync)>,
    /// Whether the target lives on after the case: it is waited for and left as it was found.
    pub lives_on: bool,
}

/// Why there is no verdict.
enum Stopped {
    /// The target does not have the operation.
    Unsupported(String),
    /// It could not be asked.
    NotMeasured(String),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::NotMeasured(fault.to_string())
    }
}

impl std::fmt::Debug for PlayCase<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlayCase").finish_non_exhaustive()
    }
}

/// Plays one case. `operation` is what the case is about, and what it is counted under.
pub async fn play(case: &Case, operation: &str, target: &PlayCase<'_>) -> Played {
    let mut playing = Playing {
        target,
        captured: Captured::default(),
        keys: BTreeMap::new(),
        made: Vec::new(),
        comparison: Comparison::default(),
        exchanges: Vec::new(),
    };
    let mut played = Played::unmeasured(case.slug(), operation.to_owned(), String::new());
    played.note = None;
    match playing.all(case).await {
        Ok(()) => played.outcome = playing.comparison.outcome(),
        Err(Stopped::Unsupported(note)) => {
            (played.outcome, played.note) = (Outcome::Unsupported, Some(note));
        }
        Err(Stopped::NotMeasured(note)) => played.note = Some(note),
    }
    if target.lives_on {
        for table in &playing.made {
            // Best effort: a table that the case deleted itself is gone already.
            take_away(target.backend, table).await;
        }
    }
    played.findings = playing.comparison.findings;
    played.tally = playing.comparison.tally;
    if played.outcome != Outcome::Exact {
        played.exchanges = playing.exchanges;
    }
    played
}

/// Deletes a table, even one that the case has protected against it.
async fn take_away(backend: &dyn Backend, table: &str) {
    let deleted = || async {
        let delete = table_request(Operation::DeleteTable, table);
        backend.call(delete).await.is_ok_and(|answer| answer.status.is_success())
    };
    if !deleted().await {
        let mut json = Writer::new();
        json.object(|json| {
            json.key("TableName");
            json.string(table);
            json.key("DeletionProtectionEnabled");
            json.bool(false);
        });
        let update = Request::of(Operation::UpdateTable, json.into_bytes());
        if !backend.call(update).await.is_ok_and(|answer| answer.status.is_success())
            || !deleted().await
        {
            return;
        }
    }
    until_gone(backend, table).await;
}

/// A case on its way.
struct Playing<'a> {
    target: &'a PlayCase<'a>,
    captured: Captured,
    /// Key attributes of the tables made, by table.
    keys: BTreeMap<String, Vec<String>>,
    made: Vec<String>,
    comparison: Comparison,
    exchanges: Vec<Exchange>,
}

impl Playing<'_> {
    /// Plays every step.
    async fn all(&mut self, case: &Case) -> Result<(), Stopped> {
        if self.target.lives_on {
            self.leave_alone(case).await?;
        }
        for (at, step) in case.given.iter().enumerate() {
            let Step::Call(call) = step else {
                self.wait(step)?;
                continue;
            };
            let (request, actual) = self.ask(call).await?;
            let label = format!("given {}", at + 1);
            Exchange::of(label, &request, None, Some(&actual)).add_to(&mut self.exchanges);
            if !actual.status.is_success() {
                let answer = String::from_utf8_lossy(&actual.body);
                let note = format!("what is given could not be made: {answer}");
                return Err(Stopped::NotMeasured(note));
            }
            if let (true, Operation::CreateTable, Some(table)) =
                (self.target.lives_on, call.operation, request.table())
            {
                let active = player::wait_until_active(self.target.backend, &table).await;
                active.map_err(|error| Stopped::NotMeasured(error.to_string()))?;
            }
            self.keep(call, &actual);
        }
        for (at, step) in case.steps.iter().enumerate() {
            let Step::Call(call) = step else {
                self.wait(step)?;
                continue;
            };
            let (request, actual) = self.ask(call).await?;
            let unknown = "UnknownOperationException";
            let is_expected = matches!(&call.expected, super::Expected::Refused(refusal)
                if refusal.kind == unknown);
            if actual.error_type().as_deref() == Some(unknown) && !is_expected {
                Exchange::of(format!("step {}", at + 1), &request, None, Some(&actual))
                    .add_to(&mut self.exchanges);
                let note = format!("the target does not have {}", call.operation.name());
                return Err(Stopped::Unsupported(note));
            }
            self.compare(at + 1, call, &request, &actual)?;
            let makes_a_table = call.operation == Operation::CreateTable
                && !matches!(call.expected, super::Expected::Refused(_));
            if self.target.lives_on && makes_a_table && !actual.status.is_success() {
                // What follows would be done to a table that is not the case's.
                return Ok(());
            }
            self.keep(call, &actual);
        }
        Ok(())
    }

    /// A case may write to, change and delete every table that it names: none may be somebody's.
    async fn leave_alone(&self, case: &Case) -> Result<(), Stopped> {
        let calls = case.given.iter().chain(&case.steps).filter_map(|step| match step {
            Step::Call(call) => Some(call),
            Step::Wait(_) => None,
        });
        let mut tables = BTreeSet::new();
        for call in calls {
            tables.extend(request(call, &Captured::anything())?.tables());
        }
        for table in tables {
            let describe = table_request(Operation::DescribeTable, &table);
            let answer = self.target.backend.call(describe).await;
            let answer = answer.map_err(|error| Stopped::NotMeasured(error.to_string()))?;
            if answer.status.is_success() {
                let note = format!("the target has a table {table} of its own");
                return Err(Stopped::NotMeasured(note));
            }
        }
        Ok(())
    }

    fn wait(&self, step: &Step) -> Result<(), Stopped> {
        match (step, self.target.wait) {
            (Step::Wait(time), Some(wait)) => {
                wait(*time);
                Ok(())
            }
            _ => Err(Stopped::NotMeasured("the target's clock cannot be moved".to_owned())),
        }
    }

    async fn ask(&mut self, call: &Call) -> Result<(Request, Response), Stopped> {
        let request = request(call, &self.captured)?;
        if call.operation == Operation::CreateTable {
            self.remember_key(&request);
        }
        let answer = self.target.backend.call(request.clone()).await;
        let answer = answer.map_err(|error| Stopped::NotMeasured(error.to_string()))?;
        if let (true, Operation::CreateTable, Some(table)) =
            (answer.status.is_success(), call.operation, request.table())
        {
            self.made.push(table);
        }
        Ok((request, answer))
    }

    fn remember_key(&mut self, request: &Request) {
        let Ok(json) = request.json() else { return };
        let schema = json.root().get("KeySchema").into_iter().flat_map(Value::elements);
        let names = schema.filter_map(|part| part.get("AttributeName")?.as_str());
        let names: Vec<_> = names.map(std::borrow::Cow::into_owned).collect();
        if let Some(table) = request.table() {
            self.keys.insert(table, names);
        }
    }

    fn compare(
        &mut self,
        number: usize,
        call: &Call,
        request: &Request,
        actual: &Response,
    ) -> Result<(), Fault> {
        let expected = call.expected.response(&self.captured, actual)?;
        Exchange::of(format!("step {number}"), request, Some(&expected), Some(actual))
            .add_to(&mut self.exchanges);
        let key = request.table().and_then(|table| self.keys.get(&table));
        let subject = Subject {
            operation: Some(call.operation),
            key: key.map_or(&[][..], Vec::as_slice),
            exact: true,
            recorded_on: "",
            expectation: call.expected.expectation(),
        };
        let mut found = compare(subject, &expected, actual);
        for finding in &mut found.findings {
            finding.path = format!("step {number} {}", finding.path);
        }
        self.comparison.findings.append(&mut found.findings);
        self.comparison.tally.add(&found.tally);
        let Ok(json) = Json::parse(actual.body.clone()) else { return Ok(()) };
        for path in &call.lacks {
            let there = path.find(json.root());
            self.comparison.check(
                Layer::Fields,
                there.map(|value| Finding {
                    layer: Layer::Fields,
                    path: format!("step {number} {}", path.as_str()),
                    expected: "(none)".to_owned(),
                    actual: value.raw().to_owned(),
                    matters: true,
                }),
            );
        }
        Ok(())
    }

    fn keep(&mut self, call: &Call, actual: &Response) {
        let Ok(json) = Json::parse(actual.body.clone()) else { return };
        for (name, path) in &call.capture {
            if let Some(value) = MemberPath::find(path, json.root()) {
                self.captured.keep(name, value);
            }
        }
    }
}

/// The request of a call.
fn request(call: &Call, captured: &Captured) -> Result<Request, Fault> {
    let body = match &call.body {
        Body::Json(json) => expand(json.root(), captured)?,
        Body::Raw(bytes) => bytes.clone(),
    };
    let made = Request::of(call.operation, body);
    if call.target.is_none() && call.headers.is_empty() {
        return Ok(made);
    }
    let mut headers = made.headers.clone();
    let header =
        |value: &str| HeaderValue::try_from(value).map_err(|_| Fault::Template(value.to_owned()));
    match &call.target {
        None => {}
        Some(None) => drop(headers.remove(X_AMZ_TARGET)),
        Some(Some(target)) => drop(headers.insert(X_AMZ_TARGET, header(target)?)),
    }
    for (name, value) in &call.headers {
        let name = HeaderName::try_from(name).map_err(|_| Fault::Template(name.clone()))?;
        match value {
            None => drop(headers.remove(&name)),
            Some(value) => drop(headers.insert(name, header(value)?)),
        }
    }
    Ok(Request::new(headers, made.body().clone()))
}
