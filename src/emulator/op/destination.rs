//! What the operations on Kinesis destinations have in common (aws-service-facts 13, 1.9, 1.10).

use std::{borrow::Cow, sync::Arc};

use thiserror::Error;

use crate::{
    emulator::{
        Emulator,
        door::Caller,
        fault,
        rule::{Limit, Rule},
        shape::{Member, Sent, Shape},
        table::{
            Catalog, Table,
            kinesis::{Destination, Precision, Status},
            limits::{self, UNSEEN_SETTINGS},
        },
    },
    storage::{Read, Write},
    wire::{Fault, json::Writer},
};

/// `StreamArn`. Whether longest is told, and after what, is inferred.
pub(super) const STREAM: Rule =
    Rule::older("StreamArn", &[Limit::Required, Limit::Shortest(37), Limit::Longest(1024)]);

/// `ApproximateCreationDateTimePrecision`; the order of its words is inferred.
pub(super) const PRECISION: &[Rule] = &[Rule::older(
    "ApproximateCreationDateTimePrecision",
    &[Limit::OneOf(&["MICROSECOND", "MILLISECOND"])],
)];

/// The members of a configuration.
const CONFIGURATION: &[Member] = &[Member("ApproximateCreationDateTimePrecision", Shape::Text)];

/// The members of a request that may say how its destination is to be, in a structure called so.
pub(super) const fn members(configuration: &'static str) -> [Member; 3] {
    [
        Member("TableName", Shape::Text),
        Member("StreamArn", Shape::Text),
        Member(configuration, Shape::Structure(configuration, CONFIGURATION)),
    ]
}

/// A change that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum DestinationError {
    #[error("Table is not in a valid state to enable Kinesis Streaming Destination: {0}")]
    State(#[from] StateError),
    #[error("Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters")]
    Configured,
    #[error(
        "Invalid Request: Precision is already set to the desired value of {precision} for tableId: {table}, kdsArn: {stream}"
    )]
    SamePrecision { precision: &'static str, table: Box<str>, stream: Box<str> },
    #[error(
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
    )]
    NothingToUpdate,
}

/// What a destination must be to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum StateError {
    #[error(
        "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
    )]
    Live,
    #[error("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")]
    NotActive,
    #[error(
        "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: {table}, kdsArn: {stream}"
    )]
    NotUpdatable { table: Box<str>, stream: String },
    /// Known up to the ARN; the rest is inferred.
    #[error(
        "No streaming destination with streamArn: {stream} found for table with tableName: {table}"
    )]
    Unknown { table: Box<str>, stream: String },
}

impl From<DestinationError> for Fault {
    fn from(error: DestinationError) -> Self {
        Self::validation(error.to_string())
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        DestinationError::State(error).into()
    }
}

/// What an answer repeats: table, stream, status, and the configuration under its name.
pub(super) struct Answer {
    pub(super) table: Box<str>,
    pub(super) stream: String,
    pub(super) status: Status,
    pub(super) configuration: Option<(&'static str, Option<Precision>)>,
}

impl Answer {
    /// Writes the answer's members, by name.
    pub(super) fn encode(&self, json: &mut Writer) {
        json.key("DestinationStatus");
        json.string(self.status.name());
        let configuration = |at_end: bool, json: &mut Writer| {
            if let Some((name, precision)) = self.configuration
                && at_end == (name > "TableName")
            {
                json.key(name);
                json.object(|json| encode_precision(precision, json));
            }
        };
        configuration(false, json);
        json.key("StreamArn");
        json.string(&self.stream);
        json.key("TableName");
        json.string(&self.table);
        configuration(true, json);
    }
}

/// Writes the precision, if it was set.
pub(super) fn encode_precision(precision: Option<Precision>, json: &mut Writer) {
    if let Some(precision) = precision {
        json.key("ApproximateCreationDateTimePrecision");
        json.string(precision.name());
    }
}

/// The ARN of a request that was checked.
pub(super) fn stream(sent: &Sent<'_>) -> String {
    sent.text("StreamArn").map(Cow::into_owned).unwrap_or_default()
}

/// The precision that a configuration asks for.
pub(super) fn precision(sent: &Sent<'_>, configuration: &str) -> Option<Precision> {
    let asked = sent.structure(configuration)?;
    Precision::named(&asked.text("ApproximateCreationDateTimePrecision")?)
}

/// The table, which is unknown just after its creation began.
pub(super) fn table(
    emulator: &Emulator,
    store: &dyn Read,
    caller: &Caller,
    name: &str,
) -> Result<Arc<Table>, Fault> {
    let table = emulator.table_called(store, caller, super::table_name(name))?;
    match table.creation() {
        Some(job) if !limits::is_over(UNSEEN_SETTINGS, Some(job.since), emulator.now()) => {
            Err(fault::no_table_called(&table.name))
        }
        _ => Ok(table),
    }
}

/// The destination of that ARN, if the table ever had it.
pub(super) fn find<'a>(table: &'a Table, stream: &str) -> Option<&'a Destination> {
    table.state.destinations.iter().find(|known| *known.stream == *stream)
}

/// Keeps a destination in place of the one of the same stream, or after the others.
pub(super) fn keep(
    store: &mut dyn Write,
    table: &Table,
    destination: Destination,
) -> Result<(), Fault> {
    let mut changed = Table::clone(table);
    let known = &mut changed.state.destinations;
    match known.iter().position(|known| known.stream == destination.stream) {
        Some(at) => known[at] = destination,
        None => known.push(destination),
    }
    Ok(Catalog::put(store, &changed)?)
}
