//! The player: puts the requests of a cassette to a backend in recorded order and compares each
//! answer with the recorded one.

use std::{collections::BTreeSet, time::Duration};

use super::{
    prepare::{Preparation, prepare},
    run::{Played, TapeRun},
};
use crate::{
    backend::{Backend, BackendError},
    cassette::{Cassette, Interaction},
    diff::{Comparison, Outcome, Subject, Tally, compare},
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
        for interaction in &cassette.interactions {
            let recorded_on = &*cassette.header.on;
            let played = one(interaction, &preparation, backend, options, recorded_on).await;
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

async fn one(
    interaction: &Interaction,
    preparation: &Preparation,
    backend: &dyn Backend,
    options: PlayOptions,
    recorded_on: &str,
) -> Played {
    let request = interaction.to_request();
    let operation = interaction.target.operation();
    if let Some(why) = preparation.cannot_measure(interaction, options.exact) {
        return unmeasured(interaction, why.to_owned());
    }
    let key = request.table().and_then(|table| preparation.keys.get(&table));
    let answer = backend.call(request).await;
    let played = |outcome, comparison: Comparison, note| Played {
        id: interaction.id.clone(),
        operation: interaction.target.name().to_owned(),
        outcome,
        findings: comparison.findings,
        tally: comparison.tally,
        note,
    };
    let Some(expected) = interaction.to_response() else {
        let why = "the recording holds a broken connection here";
        return unmeasured(interaction, why.to_owned());
    };
    match answer {
        Err(error) => unmeasured(interaction, error.to_string()),
        Ok(actual) if unknown_to_target(&expected, &actual) => {
            played(Outcome::Unsupported, Comparison::default(), None)
        }
        Ok(actual) => {
            let key = key.map_or(&[][..], Vec::as_slice);
            let comparison = compare(
                Subject { operation, key, exact: options.exact, recorded_on },
                &expected,
                &actual,
            );
            played(comparison.outcome(), comparison, None)
        }
    }
}

fn unmeasured(interaction: &Interaction, note: String) -> Played {
    Played {
        id: interaction.id.clone(),
        operation: interaction.target.name().to_owned(),
        outcome: Outcome::NotMeasured,
        findings: Vec::new(),
        tally: Tally::default(),
        note: Some(note),
    }
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
