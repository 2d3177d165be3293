//! The player: puts the requests of a cassette to a backend in recorded order and compares each
//! answer with the recorded one.

use std::{collections::BTreeSet, time::Duration};

use super::{
    prepare::{Preparation, prepare},
    run::{Played, TapeRun},
    scan::{Ask, Scans, Taken},
};
use crate::{
    backend::{Backend, BackendError},
    cassette::{Cassette, Interaction},
    diff::{Comparison, Outcome, Subject, compare},
    wire::{
        Operation, Request, Response,
        json::{Json, Writer},
    },
};

/// How to play.
#[derive(Clone, Copy, Debug)]
pub struct PlayOptions {
    /// Whether the recorded bytes are those of the wire; see [`Subject::exact`].
    pub exact: bool,
    /// Whether the target lives on after the tape, so that what was made in it must be deleted.
    pub clean_up: bool,
}

/// Plays one cassette. `progress` is called after each interaction.
///
/// # Errors
///
/// When what the recording takes for granted cannot be made in the target: nothing measured after
/// that would mean anything.
pub async fn play(
    name: &str,
    cassette: &Cassette,
    backend: &dyn Backend,
    options: PlayOptions,
    progress: &mut (dyn FnMut() + Send),
) -> Result<TapeRun, PrepareError> {
    let mut run = TapeRun {
        name: name.to_owned(),
        from: cassette.header.from.summary(),
        ..TapeRun::default()
    };
    let preparation = prepare(cassette);
    let mut made = BTreeSet::new();
    let ready = set_up(&preparation, backend, &mut run, &mut made).await;
    if ready.is_ok() {
        let mut player = Player {
            backend,
            preparation: &preparation,
            scans: Scans::of(cassette),
            exact: options.exact,
            recorded_on: &cassette.header.on,
        };
        for (at, interaction) in cassette.interactions.iter().enumerate() {
            let mut played = player.one(at, interaction).await;
            // An answer that came several times in a row: a write counts as often as it was made.
            for _ in 1..interaction.times {
                let again = player.one(at, interaction).await;
                played = if again.outcome > played.outcome { again } else { played };
            }
            note_tables(interaction, &played, &mut made);
            run.played.push(played);
            progress();
        }
    }
    if options.clean_up {
        for table in made {
            // Best effort: a table that the recording deleted itself is gone already.
            let _ = backend.call(table_request(Operation::DeleteTable, &table)).await;
        }
    }
    ready.map(|()| run)
}

/// The target could not be brought to where the recording starts.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A request of the preparation was refused.
    #[error("cannot prepare the target: {what}: {answer}")]
    Refused {
        /// What was being made.
        what: String,
        /// What the target said.
        answer: String,
    },
    /// There was no answer.
    #[error("cannot prepare the target: {what}: {cause}")]
    NoAnswer {
        /// What was being made.
        what: String,
        /// Why not.
        cause: BackendError,
    },
}

async fn set_up(
    preparation: &Preparation,
    backend: &dyn Backend,
    run: &mut TapeRun,
    made: &mut BTreeSet<String>,
) -> Result<(), PrepareError> {
    for (table, request) in &preparation.tables {
        must(backend, request.clone(), || format!("create table {table}")).await?;
        made.insert(table.clone());
        wait_until_active(backend, table).await?;
        run.prepared.push(format!("table {table}"));
    }
    for request in &preparation.items {
        must(backend, request.clone(), || {
            "put an item that was there before the recording".to_owned()
        })
        .await?;
    }
    if !preparation.items.is_empty() {
        run.prepared.push(format!("{} items", preparation.items.len()));
    }
    for table in &preparation.unknown {
        run.prepared.push(format!("not table {table}: nothing recorded tells its key"));
    }
    Ok(())
}

async fn must(
    backend: &dyn Backend,
    request: Request,
    what: impl Fn() -> String,
) -> Result<Response, PrepareError> {
    match backend.call(request).await {
        Ok(response) if response.status.is_success() => Ok(response),
        Ok(response) => {
            let answer = String::from_utf8_lossy(&response.body).into_owned();
            Err(PrepareError::Refused { what: what(), answer })
        }
        Err(cause) => Err(PrepareError::NoAnswer { what: what(), cause }),
    }
}

/// Other targets take their time to make a table.
async fn wait_until_active(backend: &dyn Backend, table: &str) -> Result<(), PrepareError> {
    const TRIES: u32 = 100;
    for _ in 0..TRIES {
        let what = || format!("describe table {table}");
        let response = must(backend, table_request(Operation::DescribeTable, table), what).await?;
        let status = Json::parse(response.body).ok().and_then(|json| {
            Some(json.root().get("Table")?.get("TableStatus")?.as_str()?.into_owned())
        });
        if status.as_deref() == Some("ACTIVE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = format!("not ACTIVE after {} s", TRIES / 10);
    Err(PrepareError::Refused { what: format!("wait for table {table}"), answer })
}

fn table_request(operation: Operation, table: &str) -> Request {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("TableName");
        json.string(table);
    });
    Request::of(operation, json.into_bytes())
}

/// One tape being played.
struct Player<'a> {
    backend: &'a dyn Backend,
    preparation: &'a Preparation,
    scans: Scans,
    exact: bool,
    recorded_on: &'a str,
}

impl Player<'_> {
    async fn one(&mut self, at: usize, interaction: &Interaction) -> Played {
        if let Some(why) = self.preparation.cannot_measure(interaction, self.exact) {
            return unmeasured(interaction, why.to_owned());
        }
        let Some(expected) = interaction.to_response() else {
            let why = "the recording holds a broken connection here";
            return unmeasured(interaction, why.to_owned());
        };
        let request = match self.scans.ask(at, interaction) {
            Ask::AsRecorded => interaction.to_request(),
            Ask::Instead(request) => *request,
            Ask::Nothing => {
                let taken = self.scans.take(at, interaction, None, self.backend).await;
                return match taken.and_then(|taken| taken.whole) {
                    Some((expected, actual)) => self.compared(interaction, &[(expected, actual)]),
                    None => unmeasured(interaction, "the target's scan has fewer pages".to_owned()),
                };
            }
        };
        let actual = match self.backend.call(request).await {
            Ok(actual) => actual,
            Err(error) => return unmeasured(interaction, error.to_string()),
        };
        if unknown_to_target(&expected, &actual) {
            return played(interaction, Outcome::Unsupported, Comparison::default());
        }
        match self.scans.take(at, interaction, Some(&actual), self.backend).await {
            Some(Taken { rest: Some(rest), whole }) => {
                let parts: Vec<_> = std::iter::once(rest).chain(whole).collect();
                self.compared(interaction, &parts)
            }
            _ => self.compared(interaction, &[(expected, actual)]),
        }
    }

    fn compared(&self, interaction: &Interaction, answers: &[(Response, Response)]) -> Played {
        let table = interaction.to_request().table();
        let key = table.and_then(|table| self.preparation.keys.get(&table));
        let subject = Subject {
            operation: interaction.target.operation(),
            key: key.map_or(&[][..], Vec::as_slice),
            exact: self.exact,
            recorded_on: self.recorded_on,
        };
        let mut comparison = Comparison::default();
        for (expected, actual) in answers {
            let part = compare(subject, expected, actual);
            comparison.findings.extend(part.findings);
            comparison.tally.add(&part.tally);
        }
        played(interaction, comparison.outcome(), comparison)
    }
}

fn played(interaction: &Interaction, outcome: Outcome, comparison: Comparison) -> Played {
    Played {
        id: interaction.id.clone(),
        operation: interaction.target.name().to_owned(),
        outcome,
        findings: comparison.findings,
        tally: comparison.tally,
        note: None,
    }
}

fn unmeasured(interaction: &Interaction, note: String) -> Played {
    Played { note: Some(note), ..played(interaction, Outcome::NotMeasured, Comparison::default()) }
}

fn unknown_to_target(expected: &Response, actual: &Response) -> bool {
    const UNKNOWN: &str = "UnknownOperationException";
    actual.error_type().as_deref() == Some(UNKNOWN)
        && expected.error_type().as_deref() != Some(UNKNOWN)
}

/// Tables that the recording's own requests made in the target.
fn note_tables(interaction: &Interaction, played: &Played, made: &mut BTreeSet<String>) {
    let creates = interaction.target.operation() == Some(Operation::CreateTable);
    let measured = !matches!(played.outcome, Outcome::NotMeasured | Outcome::Unsupported);
    if creates && measured {
        made.extend(interaction.to_request().table());
    }
}
