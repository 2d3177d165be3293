//! What Query and Scan have in common: which items of a page are returned, and as what.

use std::{borrow::Cow, sync::Arc};

use thiserror::Error;

use super::{
    Emulator,
    capacity::{Charge, Report, Side, read_units},
    contributors,
    door::Caller,
    expression::{Expressions, Held},
    fault::Manner,
    index, key, page,
    shape::Sent,
    table::{Index, Schema, Table},
    vector, write,
};
use crate::{
    expr::{Condition, ExprError, Projection},
    storage::{Direction, Read, StoreError, Value, Values, layout},
    value::{
        AttributeValue, Item, Layer, ValueErrorKind,
        encode::{self, NumberOrder},
    },
    wire::{
        Fault,
        json::{Elements, Writer},
    },
};

/// A read that is refused (aws-facts 5.4, 5.5, 5.7).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ReadError {
    #[error("The table does not have the specified index: {0}")]
    NoIndex(String),
    #[error("Query operation not supported on this index type.")]
    VectorQuery,
    #[error("Scan operation not supported on this index type")]
    VectorScan,
    /// Known of the service for years, no dated capture; that it is the same before an index is
    /// filled is inferred.
    #[error("Cannot read from backfilling global secondary index: {0}")]
    Backfilling(Box<str>),
    #[error("Consistent reads are not supported on global secondary indexes")]
    ConsistentGlobal,
    #[error(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index {0} because its projection type is not ALL"
    )]
    AllOfGlobal(Box<str>),
    /// Inferred: known of the service for years, no dated capture.
    #[error(
        "One or more parameter values were invalid: Global secondary index {index} does not project [{attributes}]"
    )]
    NotProjected { index: Box<str>, attributes: String },
    #[error("The provided starting key is invalid")]
    Start,
    #[error("The provided starting key is invalid: {0}")]
    StartValue(String),
    #[error(
        "The provided starting key is invalid: The provided key element does not match the schema"
    )]
    StartMismatch,
    #[error("The query can return at most one row and cannot be restarted")]
    StartElsewhere,
    #[error("The provided starting key does not match the range key predicate")]
    StartOutOfRange,
    #[error("The provided exclusive start key is invalid")]
    StartInvalid,
    #[error("The provided starting key is outside query boundaries based on provided conditions")]
    StartOutside,
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::validation(error.to_string())
    }
}

/// What of each item is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Select {
    /// Nothing: they are counted.
    Count,
    /// Everything.
    All,
    /// What the index has.
    Projected,
    /// What the projection says.
    Specific,
}

/// What Query and Scan are both asked.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) table: Cow<'a, str>,
    pub(super) index: Option<Cow<'a, str>>,
    pub(super) filter: Option<Condition>,
    pub(super) projection: Option<Projection>,
    pub(super) select: Select,
    pub(super) consistent: bool,
    pub(super) limit: Option<usize>,
    pub(super) start: Option<Item>,
    pub(super) numbers: NumberOrder,
    pub(super) report: Report,
}

/// A table, and the index of it that is read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) table: Arc<Table>,
    /// The place of the index among the table's.
    pub(super) index: Option<u8>,
}

/// One page, ready to send.
#[derive(Debug)]
pub(super) struct Outcome {
    table: Arc<Table>,
    count: usize,
    pub(super) scanned: usize,
    /// `None` when they are only counted.
    pub(super) items: Option<Elements>,
    pub(super) last: Option<Item>,
    pub(super) charge: Charge,
    report: Report,
}

/// Checks what Select allows beside a projection (aws-facts 5.5).
pub(super) fn select(sent: &Sent<'_>, manner: Manner) -> Result<Select, Fault> {
    let projection =
        ["AttributesToGet", "ProjectionExpression"].into_iter().find(|member| sent.has(member));
    let cannot = |what: &str| {
        let projection = projection.unwrap_or_default();
        manner.refuse(&format!("Cannot specify the {projection} when choosing to get {what}"))
    };
    let (projected, indexed) = (projection.is_some(), sent.has("IndexName"));
    Ok(match sent.text("Select").as_deref() {
        Some("COUNT") if projected => return Err(cannot("only the Count")),
        Some("ALL_ATTRIBUTES") if projected => return Err(cannot("ALL_ATTRIBUTES")),
        Some("ALL_PROJECTED_ATTRIBUTES") if projected => {
            return Err(cannot("ALL_PROJECTED_ATTRIBUTES"));
        }
        Some("ALL_PROJECTED_ATTRIBUTES") if !indexed => {
            return Err(manner.refuse(
                "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
            ));
        }
        Some("SPECIFIC_ATTRIBUTES") if !projected => {
            return Err(manner.refuse(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get \
                 SPECIFIC_ATTRIBUTES",
            ));
        }
        Some("COUNT") => Select::Count,
        Some("ALL_ATTRIBUTES") => Select::All,
        _ if projected => Select::Specific,
        _ if indexed => Select::Projected,
        _ => Select::All,
    })
}

/// The values of ExclusiveStartKey; only an empty or double-typed one has the prefix, but all of
/// them where Scan is read by the older layer (aws-facts 5.7).
pub(super) fn start(
    start: Option<Held<Item>>,
    layer: Layer,
    prefixed: bool,
) -> Result<Option<Item>, Fault> {
    start.transpose().map_err(|error| {
        let has_prefix =
            prefixed || matches!(error.kind, ValueErrorKind::Empty | ValueErrorKind::SeveralTypes);
        match error.sentence(layer) {
            Some(sentence) if has_prefix => ReadError::StartValue(sentence).into(),
            _ => Manner::Bare.refuse_value(&error, layer),
        }
    })
}

impl<'a> Reading<'a> {
    /// Puts together what both operations read alike.
    pub(super) fn read(
        sent: &Sent<'a>,
        expressions: &Expressions,
        filter: Option<Condition>,
        projection: Option<Projection>,
        start: Option<Item>,
        select_manner: Manner,
    ) -> Result<Self, Fault> {
        let select = select(sent, select_manner)?;
        expressions.finish()?;
        Ok(Self {
            table: sent.text("TableName").unwrap_or_default(),
            index: sent.text("IndexName"),
            filter,
            projection,
            select,
            consistent: sent.boolean("ConsistentRead") == Some(true),
            limit: sent.integer("Limit").and_then(|limit| usize::try_from(limit.value).ok()),
            start,
            numbers: NumberOrder::Ascending,
            report: Report::of(sent),
        })
    }

    /// Finds the table and the index; one of vectors is refused with an error of the operation's
    /// (aws-facts 11.7, eu-west-2 2026-08-19; 5.5).
    pub(super) fn source(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
        of_vectors: ReadError,
    ) -> Result<Source, Fault> {
        let name = super::op::table_name(&self.table);
        let table = emulator.table(store, caller, name)?;
        let index = match &self.index {
            None => None,
            Some(name) => match table.index(name) {
                Some((number, _)) => Some(number),
                None if table.vector(name).is_some() && self.consistent => {
                    return Err(ReadError::ConsistentGlobal.into());
                }
                None if table.vector(name).is_some() => return Err(of_vectors.into()),
                None => return Err(ReadError::NoIndex(name.to_string()).into()),
            },
        };
        if let Some(name) = &self.index
            && table.index_creation(name).is_some()
        {
            return Err(ReadError::Backfilling(name.as_ref().into()).into());
        }
        let source = Source { table, index };
        if self.consistent && source.index_of().is_some_and(|index| index.global) {
            return Err(ReadError::ConsistentGlobal.into());
        }
        Ok(source)
    }

    /// A GSI cannot give what it does not have (aws-facts 5.5, 5.10).
    pub(super) fn check_projected(&self, source: &Source) -> Result<(), Fault> {
        let Some(index) = source.index_of().filter(|index| index.global) else { return Ok(()) };
        if self.select == Select::All && index.projected.is_some() {
            return Err(ReadError::AllOfGlobal(index.name.clone()).into());
        }
        let missing: Vec<_> = source.not_projected(self.projection.as_ref()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let attributes = missing.join(", ");
        Err(ReadError::NotProjected { index: index.name.clone(), attributes }.into())
    }

    /// The attributes that the filter and the projection look at.
    fn needed(&self) -> Vec<&str> {
        let filtered = self.filter.iter().flat_map(Condition::paths);
        let projected = self.projection.iter().flat_map(Projection::paths);
        let mut names: Vec<_> =
            filtered.chain(projected).map(|path| path.attribute.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Reads a page and makes the answer of it. `asked` are the values of the partition key, if it
    /// is of one partition.
    pub(super) fn run(
        &self,
        emulator: &Emulator,
        store: &dyn Read,
        source: Source,
        (range, asked): (&page::Range, Option<&[Arc<AttributeValue>]>),
        direction: Direction,
    ) -> Result<Outcome, Fault> {
        let old = emulator.old(self.consistent);
        let store = old.as_deref().map_or(store, |old| old);
        let start = self.start.as_ref().map(|start| source.place(start));
        let reach_back = self.reaches_back(&source);
        // Vectors are billed by other sizes than those that end a page.
        let with_vectors = source.index.is_none() && !source.table.vectors.is_empty();
        // Rows that are looked at again when all have been read.
        let again = reach_back || with_vectors || contributors::counts(&source.table);
        let mut rows = Values::default();
        let mut chosen = Chosen::of(self);
        let walk = (range, direction);
        let mut page = page::read(store, walk, start.as_deref(), self.limit, |row| {
            if again {
                rows.push(row);
            }
            if reach_back { Ok(()) } else { chosen.add(row) }
        })?;
        let mut charge = Charge::default();
        if emulator.counts(self.report, &source.table) {
            let bytes = if with_vectors { source.billed(&rows)? } else { page.bytes()? };
            let units = read_units(bytes, self.consistent);
            match source.index {
                None => charge.table = units,
                Some(number) => charge.indexes.push((number.into(), units)),
            }
        }
        if reach_back {
            for row in rows.iter() {
                // The entry shares its key with an item: both change in one transaction.
                let place = write::place(&source.table, &page::part(&row, &source.keys())?);
                let text = store.get(&place)?.unwrap_or_default();
                let item = write::parse(&text)?;
                charge.table += read_units(vector::billed(&source.table, &item), self.consistent);
                chosen.add_if(&item, &Value::from(&text))?;
            }
        }
        contributors::page(&mut charge, &source, &rows, asked)?;
        emulator.spend_one(Side::Read, &source.table, &charge)?;
        let last = page.last.as_ref().map(|row| page::part(&row.into(), &source.keys()));
        let last = last.transpose()?;
        Ok(Outcome {
            table: source.table,
            count: chosen.count,
            scanned: page.scanned,
            items: (self.select != Select::Count).then_some(chosen.items),
            last,
            charge,
            report: self.report,
        })
    }

    /// Whether more is asked for than an index has: then its table has it.
    fn reaches_back(&self, source: &Source) -> bool {
        source.index_of().is_some_and(|index| index.projected.is_some())
            && (self.select == Select::All
                || source.not_projected(self.projection.as_ref()).next().is_some())
    }
}

/// With so many items a page is taken for one that its size ends.
const MANY: usize = 256;

/// The items of a page that the filter lets through, as they are returned.
struct Chosen<'a> {
    reading: &'a Reading<'a>,
    /// The attributes that the filter and the projection look at.
    needed: Vec<&'a str>,
    all_as_they_are: bool,
    count: usize,
    items: Elements,
}

impl<'a> Chosen<'a> {
    fn of(reading: &'a Reading<'a>) -> Self {
        let all_as_they_are = reading.filter.is_none()
            && reading.projection.is_none()
            && reading.numbers != NumberOrder::Hashed
            && reading.select != Select::Count;
        let (needed, items) = (reading.needed(), Elements::default());
        Self { reading, needed, all_as_they_are, count: 0, items }
    }

    /// Adds an item or an index entry.
    #[inline]
    fn add(&mut self, row: &Value<'_>) -> Result<(), StoreError> {
        if self.all_as_they_are {
            self.count += 1;
            self.items.push(row.bytes());
            if self.count == MANY {
                self.items.reserve(page::MOST_BYTES);
            }
            return Ok(());
        }
        match &*self.needed {
            [] => self.add_if(&Item::new(), row),
            needed => self.add_if(&page::part(row, needed)?, row),
        }
    }

    /// Adds an item, of which the needed attributes are known.
    fn add_if(&mut self, needed: &Item, text: &Value<'_>) -> Result<(), StoreError> {
        let reading = self.reading;
        if reading.filter.as_ref().is_some_and(|filter| !filter.holds(needed)) {
            return Ok(());
        }
        self.count += 1;
        if reading.select == Select::Count {
            return Ok(());
        }
        let mut made = Vec::new();
        if let Some(projection) = &reading.projection {
            encode::item_in(reading.numbers, &projection.apply(needed), &mut made);
            self.items.push(&made);
        } else if reading.numbers == NumberOrder::Hashed {
            // It is stored in the other order.
            encode::item_in(reading.numbers, &write::parse(&text.share())?, &mut made);
            self.items.push(&made);
        } else {
            self.items.push(text.bytes());
        }
        Ok(())
    }
}

impl Source {
    /// The attributes that the key to go on from is made of: those of the table's, and of the
    /// index's.
    fn keys(&self) -> Vec<&str> {
        let attributes = self.table.key.attributes().chain(self.schema().attributes());
        attributes.map(|attribute| &*attribute.name).collect()
    }

    /// The index that is read.
    pub(super) fn index_of(&self) -> Option<&Index> {
        self.table.indexes.get(usize::from(self.index?))
    }

    /// What rows of a table that has vector indexes are billed as (aws-facts 6.9).
    fn billed(&self, rows: &Values) -> Result<usize, StoreError> {
        let items = rows.iter().map(|row| write::parse(&row.share()));
        items.map(|item| Ok(vector::billed(&self.table, &item?))).sum()
    }

    /// The key of what is read.
    pub(super) fn schema(&self) -> &Schema {
        self.index_of().map_or(&self.table.key, |index| &index.key)
    }

    /// Whether a filter takes the keys of the table and of its indexes as the scalars they are.
    pub(super) fn check_filter(&self, filter: &Condition) -> Result<(), ExprError> {
        fn names(schema: &Schema) -> impl Iterator<Item = &str> {
            schema.attributes().map(|key| &*key.name)
        }
        let of_table: Vec<_> = names(&self.table.key).collect();
        let of_indexes: Vec<_> =
            self.table.indexes.iter().flat_map(|index| names(&index.key)).collect();
        filter.check_keys_are_scalars(&of_table, &of_indexes)
    }

    /// What all places of it begin with.
    pub(super) fn prefix(&self) -> Vec<u8> {
        match self.index_of() {
            None => layout::items(self.table.number).to_vec(),
            Some(index) => layout::entries(self.table.number, index.slot).to_vec(),
        }
    }

    /// The place of an item, which has all keys.
    pub(super) fn place(&self, item: &Item) -> Vec<u8> {
        let mut place = self.prefix();
        let mut complete = key::place(self.schema(), item, &mut place);
        if self.index.is_some() {
            complete &= key::plain(&self.table.key, item, &mut place);
        }
        debug_assert!(complete, "a key that was not checked");
        place
    }

    /// Whether a start key is made of the keys of the table and of the index, and of nothing
    /// else.
    pub(super) fn is_key(&self, start: &Item) -> bool {
        let index = self.index_of().map(|index| index.key.attributes());
        let mut wanted: Vec<_> =
            self.table.key.attributes().chain(index.into_iter().flatten()).collect();
        wanted.sort_by(|left, right| left.name.cmp(&right.name));
        wanted.dedup();
        wanted.len() == start.len()
            && wanted.iter().zip(start.iter()).all(|(attribute, (name, value))| {
                *attribute.name == *name && attribute.kind == value.kind()
            })
    }

    /// The attributes of a projection that the index does not have.
    fn not_projected<'a>(
        &'a self,
        projection: Option<&'a Projection>,
    ) -> impl Iterator<Item = &'a str> {
        let index = self.index_of();
        let paths = projection.into_iter().flat_map(Projection::paths);
        paths
            .map(|path| path.attribute.as_str())
            .filter(move |name| index.is_some_and(|index| !index::has(&self.table, index, name)))
    }
}

impl Outcome {
    /// Writes the answer's members.
    pub(super) fn encode(self, json: &mut Writer) {
        self.charge.write_member(&self.table, self.report, json);
        json.key("Count");
        json.number(self.count);
        if let Some(items) = self.items {
            json.key("Items");
            json.elements(items);
        }
        if let Some(last) = &self.last {
            json.key("LastEvaluatedKey");
            let mut text = Vec::new();
            encode::item(last, &mut text);
            json.raw(&text);
        }
        json.key("ScannedCount");
        json.number(self.scanned);
    }
}
