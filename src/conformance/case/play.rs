//! Puts a case to something that answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use http::{HeaderName, HeaderValue, header::AUTHORIZATION};

use super::{
    Body, Call, Captured, Case, Fault, Step,
    template::{MemberPath, expand},
};
use crate::{
    backend::{
        Backend,
        active::{table_request, unprotect_request, until_gone},
    },
    conformance::{Exchange, player, prove::Proof, run::Played, token},
    diff::{Comparison, Finding, Layer, Outcome, Subject, compare},
    wire::{
        Effect, MADE_FOR, Operation, Request, Response, X_AMZ_TARGET,
        json::{Json, Value, Writer},
    },
};

/// What a case is put to.
pub struct PlayCase<'a> {
    /// What answers.
    pub backend: &'a dyn Backend,
    /// Moves the target's clock, where it can be moved.
    pub wait: Option<&'a (dyn Fn(Duration) + Sync)>,
    /// For a target that lives on after the case: it is waited for and left as it was found, and
    /// idempotency tokens are renewed, by this number, which is to be another for every case.
    pub lives_on: Option<u64>,
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
    let mut playing = Playing::of(target);
    let mut played = Played::unmeasured(case.slug(), operation.to_owned(), String::new());
    played.note = None;
    match playing.all(case).await {
        Ok(()) => played.outcome = playing.comparison.outcome(),
        // What a later step lacks is what an earlier one should have brought.
        Err(_) if playing.comparison.outcome() == Outcome::Divergent => {
            played.outcome = Outcome::Divergent;
        }
        Err(Stopped::Unsupported(note)) => {
            (played.outcome, played.note) = (Outcome::Unsupported, Some(note));
        }
        Err(Stopped::NotMeasured(note)) => played.note = Some(note),
    }
    playing.leave().await;
    played.findings = playing.comparison.findings;
    played.tally = playing.comparison.tally;
    if played.outcome != Outcome::Exact {
        played.exchanges = playing.exchanges;
    }
    played
}

/// All requests of a case; what an earlier answer has to give is null in them.
///
/// # Errors
///
/// When one cannot be made.
pub fn requests(case: &Case) -> Result<Vec<Request>, Fault> {
    let calls = case.given.iter().chain(&case.steps).filter_map(|step| match step {
        Step::Call(call) => Some(call),
        Step::Wait(_) => None,
    });
    calls.map(|call| request(call, &Captured::anything())).collect()
}

/// Plays a case and changes what each step expects, in one place at a time: which changes would
/// not be noticed?
pub async fn prove(case: &Case, target: &PlayCase<'_>) -> Proof {
    let mut playing = Playing { proof: Some(Proof::default()), ..Playing::of(target) };
    // A case that cannot be played proves nothing, and that is seen in the count.
    let _ = playing.all(case).await;
    playing.leave().await;
    playing.proof.unwrap_or_default()
}

/// Deletes a table, even one that the case has protected against it.
async fn take_away(backend: &dyn Backend, table: &str) {
    // While it is being made it cannot be deleted. One that is gone is not waited for.
    let _ = player::wait_until_active(backend, table).await;
    let deleted = || async {
        let delete = table_request(Operation::DeleteTable, table);
        backend.call(delete).await.is_ok_and(|answer| answer.status.is_success())
    };
    if !deleted().await {
        let unprotect = unprotect_request(table);
        if !backend.call(unprotect).await.is_ok_and(|answer| answer.status.is_success())
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
    /// ARNs of the backups made, which outlive their tables.
    backups: Vec<String>,
    comparison: Comparison,
    exchanges: Vec<Exchange>,
    /// Whether the target is no longer where the case takes it to be.
    differs: bool,
    /// Where the expectations are changed to see whether anybody notices.
    proof: Option<Proof>,
}

impl<'a> Playing<'a> {
    fn of(target: &'a PlayCase<'a>) -> Self {
        Self {
            target,
            captured: Captured::default(),
            keys: BTreeMap::new(),
            made: Vec::new(),
            backups: Vec::new(),
            comparison: Comparison::default(),
            exchanges: Vec::new(),
            differs: false,
            proof: None,
        }
    }

    /// Takes away what was made in a target that lives on.
    async fn leave(&self) {
        for table in self.made.iter().filter(|_| self.target.lives_on.is_some()) {
            // Best effort: a table that the case deleted itself is gone already.
            take_away(self.target.backend, table).await;
        }
        for backup in self.backups.iter().filter(|_| self.target.lives_on.is_some()) {
            let mut json = Writer::new();
            json.object(|json| {
                json.key("BackupArn");
                json.string(backup);
            });
            let delete = Request::of(Operation::DeleteBackup, json.into_bytes());
            let _ = self.target.backend.call(delete).await;
        }
    }

    /// Plays every step.
    async fn all(&mut self, case: &Case) -> Result<(), Stopped> {
        if self.target.lives_on.is_some() && case.travels() {
            // It is an endpoint of one region, and what is made in another would stay there.
            return Err(Stopped::NotMeasured("the target is in one region".to_owned()));
        }
        if self.target.lives_on.is_some() {
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
                (self.target.lives_on.is_some(), call.operation, request.table())
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
            if self.target.lives_on.is_some() && makes_a_table && !actual.status.is_success() {
                // What follows would be done to a table that is not the case's.
                return Ok(());
            }
            self.keep(call, &actual);
        }
        Ok(())
    }

    /// A case may write to, change and delete every table that it names: none may be somebody's.
    async fn leave_alone(&self, case: &Case) -> Result<(), Stopped> {
        let all = requests(case)?;
        let tables: BTreeSet<_> = all.iter().flat_map(Request::tables).collect();
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
        let request = token::renew(request(call, &self.captured)?, self.target.lives_on);
        if call.operation == Operation::CreateTable {
            self.remember_key(&request);
        }
        let answer = self.target.backend.call(request.clone()).await;
        // A target that fails may have made the table all the same.
        let refused = answer.as_ref().is_ok_and(|answer| answer.status.is_client_error());
        if let (false, Some(table)) = (refused, table_made(call.operation, &request)) {
            self.made.push(table);
        }
        let answer = answer.map_err(|error| Stopped::NotMeasured(error.to_string()))?;
        self.backups.extend(backup_made(call.operation, &answer));
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
        let expected = call.expected.response(call.operation, &self.captured, actual)?;
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
        if let Some(proof) = &mut self.proof {
            for (kind, path, other) in call.expected.mutants(call.operation) {
                let other = other.response(call.operation, &self.captured, actual)?;
                let findings = compare(subject, &other, actual).findings;
                let reported = findings.iter().any(|finding| !found.findings.contains(finding));
                proof.count(kind, &format!("step {number} {path}"), reported);
            }
        }
        for finding in &mut found.findings {
            finding.path = format!("step {number} {}", finding.path);
            finding.follows = self.differs;
        }
        let changes = call.operation.effect() == Effect::Write;
        self.differs |= found
            .findings
            .iter()
            .any(|finding| finding.matters && (changes || finding.layer == Layer::Status));
        self.comparison.findings.append(&mut found.findings);
        self.comparison.tally.add(&found.tally);
        let Ok(json) = Json::parse(actual.body.clone()) else { return Ok(()) };
        for wanted in Presence::of(call) {
            if let Some(proof) = &mut self.proof {
                // The member that is there is said to lack, the one to be kept is another.
                let first = json.root().members().next().map(|(name, _)| format!("$.{name}"));
                let other = if wanted.there { Some("$.~".to_owned()) } else { first };
                if let Some(path) = other.as_deref().and_then(MemberPath::parse) {
                    let reported = Presence { path: &path, ..wanted }.check(json.root()).is_some();
                    proof.count("presence", &format!("step {number} {}", path.as_str()), reported);
                }
            }
            let finding = wanted.check(json.root()).map(|finding| Finding {
                path: format!("step {number} {}", finding.path),
                follows: self.differs,
                ..finding
            });
            self.comparison.check(Layer::Fields, finding);
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

/// A member that has to be there, because a later step needs it, or must not be.
#[derive(Clone, Copy)]
struct Presence<'a> {
    path: &'a MemberPath,
    there: bool,
}

impl<'a> Presence<'a> {
    fn of(call: &'a Call) -> impl Iterator<Item = Self> {
        let lacks = call.lacks.iter().map(|path| Self { path, there: false });
        lacks.chain(call.capture.iter().map(|(_, path)| Self { path, there: true }))
    }

    fn check(self, body: Value<'_>) -> Option<Finding> {
        let found = self.path.find(body);
        let actual = found.map_or("(none)", |value| value.raw());
        (found.is_some() != self.there).then(|| Finding {
            layer: Layer::Fields,
            path: self.path.as_str().to_owned(),
            expected: if self.there { "(some value)" } else { "(none)" }.to_owned(),
            actual: actual.to_owned(),
            matters: true,
            follows: false,
        })
    }
}

/// The table that a request makes, where it does.
fn table_made(operation: Operation, request: &Request) -> Option<String> {
    let json = request.json().ok()?;
    let root = json.root();
    let name = match operation {
        Operation::CreateTable => return request.table(),
        Operation::RestoreTableFromBackup | Operation::RestoreTableToPointInTime => {
            root.get("TargetTableName")
        }
        Operation::ImportTable => root.get("TableCreationParameters")?.get("TableName"),
        _ => None,
    };
    Some(name?.as_str()?.into_owned())
}

/// The ARN of the backup that an answer tells of, if that was the one that made it.
fn backup_made(operation: Operation, answer: &Response) -> Option<String> {
    if operation != Operation::CreateBackup {
        return None;
    }
    let json = Json::parse(answer.body.clone()).ok()?;
    Some(json.root().get("BackupDetails")?.get("BackupArn")?.as_str()?.into_owned())
}

/// The request of a call.
fn request(call: &Call, captured: &Captured) -> Result<Request, Fault> {
    let body = match &call.body {
        Body::Json(json) => expand(json.root(), captured)?,
        Body::Raw(bytes) => bytes.clone(),
    };
    let made = Request::of(call.operation, body);
    if call.target.is_none() && call.headers.is_empty() && call.region.is_none() {
        return Ok(made);
    }
    let mut headers = made.headers.clone();
    let header =
        |value: &str| HeaderValue::try_from(value).map_err(|_| Fault::Template(value.to_owned()));
    if let (Some(region), Some(signed)) = (&call.region, made.header(&AUTHORIZATION)) {
        let signed = signed.replace(MADE_FOR, region);
        headers.insert(AUTHORIZATION, header(&signed)?);
    }
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
