//! SELECT: which part of a table or index it reads, and a page of it (aws-facts 10.10).

use std::{borrow::Cow, sync::Arc};

use thiserror::Error;

use super::query;
use crate::{
    emulator::{
        Emulator,
        capacity::{Charge, Report, Side, read_units},
        door::Caller,
        index,
        key::{self, KeyError},
        next_token::{Bond, Position},
        page::Range,
        read::{self, ReadError, Reading, Source},
        table::{Index, Table},
        vector, write,
    },
    expr::{BoundKeys, KeyTest},
    partiql::{self, Access, KeyAttribute, Keys, Part, Select},
    storage::{Direction, Read, layout},
    value::{
        AttributeValue, Item,
        encode::{self, NumberOrder},
        size,
    },
    wire::{Fault, json::Elements},
};

/// What of a SELECT depends on the table.
#[derive(Debug, Error)]
enum SelectError {
    #[error("The table does not have the specified index")]
    NoIndex,
    #[error("Strongly consistent read is not supported on Global Secondary Indexes")]
    Consistent,
    #[error(
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."
    )]
    SeveralAttributes,
    #[error(
        "One or more parameter values were invalid: Secondary index {index} does not project one or more filter attributes: [{attributes}]"
    )]
    FilterNotProjected { index: Box<str>, attributes: String },
}

impl From<SelectError> for Fault {
    fn from(error: SelectError) -> Self {
        Self::validation(error.to_string())
    }
}

/// A key value that is refused.
struct Refused(Fault);

impl From<partiql::Error> for Refused {
    fn from(error: partiql::Error) -> Self {
        Self(super::statement::refuse(error))
    }
}

/// How a page is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paging<'a> {
    pub(super) consistent: bool,
    pub(super) limit: Option<usize>,
    pub(super) bond: &'a Bond,
    pub(super) token: Option<&'a str>,
    pub(super) report: Report,
}

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) table: Arc<Table>,
    pub(super) items: Elements,
    pub(super) charge: Charge,
    /// The key of the last item looked at, and how to go on.
    pub(super) last: Option<Item>,
    pub(super) next: Option<String>,
}

/// Reads a page of what a SELECT asks for.
pub(super) fn page(
    emulator: &Emulator,
    caller: &Caller,
    select: &Select,
    paging: Paging<'_>,
) -> Result<Page, Fault> {
    let store = emulator.store.read()?;
    let source = source(emulator, caller, &*store, (select, paging.consistent))?;
    let keys = keys(&source)?;
    if select.order.is_empty() {
        // Nothing to hold against the key.
    } else if let Err(error) = check_order(select, &keys) {
        return Err(super::statement::refuse(error));
    }
    let access = Access::of(select.filter.as_ref(), &keys, check_size).map_err(|error| error.0)?;
    let (ranges, direction) = ranges(&source, select, &keys, &access)?;
    check_filter(&source, select, &access)?;
    let mut reading = Reading {
        table: Cow::Borrowed(&select.from.table),
        index: select.from.index.as_deref().map(Cow::Borrowed),
        filter: select.filter.clone(),
        projection: select.projection.clone(),
        select: match (&select.projection, source.index) {
            (Some(_), _) => read::Select::Specific,
            (None, Some(_)) => read::Select::Projected,
            (None, None) => read::Select::All,
        },
        consistent: paging.consistent,
        limit: paging.limit,
        start: None,
        numbers: NumberOrder::Hashed,
        report: paging.report,
    };
    reading.check_projected(&source)?;
    let begin = match paging.token {
        Some(token) => paging.bond.position(token)?,
        None => Position { part: 0, after: None },
    };
    let mut page = Page {
        table: Arc::clone(&source.table),
        items: Elements::default(),
        charge: Charge::default(),
        last: None,
        next: None,
    };
    reading.start = begin.after;
    for (at, Stretch { range, single, partition }) in ranges.iter().enumerate().skip(begin.part) {
        // A whole key is read as GetItem reads it: there is nothing after it.
        let range = (range, partition.as_ref().map(std::slice::from_ref));
        let outcome = reading.run(emulator, &*store, source.clone(), range, direction)?;
        reading.start = None;
        page.items.append(outcome.items.unwrap_or_default());
        page.charge.add(&outcome.charge);
        let last = outcome.last.filter(|_| !single);
        if let Some(limit) = &mut reading.limit {
            *limit -= outcome.scanned.min(*limit);
        }
        let ended = reading.limit == Some(0);
        if last.is_some() || (ended && at + 1 < ranges.len()) {
            let part = if last.is_some() { at } else { at + 1 };
            let position = Position { part, after: last };
            page.next = Some(paging.bond.token(&position));
            page.last = position.after;
            break;
        }
    }
    Ok(page)
}

fn source(
    emulator: &Emulator,
    caller: &Caller,
    store: &dyn Read,
    (select, consistent): (&Select, bool),
) -> Result<Source, Fault> {
    let table = emulator.table(store, caller, super::table_name(&select.from.table))?;
    let Some(name) = &select.from.index else { return Ok(Source { table, index: None }) };
    if table.vector(name).is_some() {
        return Err(ReadError::VectorScan.into());
    }
    let (number, index) = table.index(name).ok_or(SelectError::NoIndex)?;
    if table.index_creation(name).is_some() {
        return Err(ReadError::Backfilling(name.as_str().into()).into());
    }
    if consistent && index.global {
        return Err(SelectError::Consistent.into());
    }
    Ok(Source { table, index: Some(number) })
}

fn keys(source: &Source) -> Result<Keys<'_>, Fault> {
    let schema = source.schema();
    let key = |key: &'_ crate::emulator::table::KeyAttribute| key.kind;
    match (schema.partition.as_slice(), schema.sort.as_slice()) {
        ([hash], sort @ ([] | [_])) => Ok(Keys {
            hash: KeyAttribute { name: &hash.name, kind: key(hash) },
            range: sort.first().map(|range| KeyAttribute { name: &range.name, kind: range.kind }),
        }),
        _ => Err(SelectError::SeveralAttributes.into()),
    }
}

fn check_order(select: &Select, keys: &Keys<'_>) -> Result<(), partiql::Error> {
    if select.filter.is_none() {
        return Err(partiql::Error::OrderWithoutWhere);
    }
    for order in &select.order {
        let name = order
            .attribute
            .as_ref()
            .map_err(|(text, place)| partiql::Error::OrderTerm(text.clone(), *place))?;
        if name != keys.hash.name && keys.range.is_none_or(|range| name != range.name) {
            return Err(partiql::Error::OrderAttribute(name.clone()));
        }
    }
    Ok(())
}

/// Refuses the value of a key that no item can have (aws-facts 3.4).
fn check_size(name: &str, value: &AttributeValue, sorts: bool) -> Result<(), Refused> {
    let refused = |error: KeyError| Err(Refused(error.into()));
    if let Some(kind) = key::emptiness(value) {
        return refused(KeyError::Empty { kind, name: name.into() });
    }
    match (size::value(value), sorts) {
        (2049.., false) => refused(KeyError::PartitionTooLong),
        (1025.., true) => refused(KeyError::SortTooLong),
        _ => Ok(()),
    }
}

/// A part of a table or index that is read.
struct Stretch {
    range: Range,
    /// Whether it is that of one item.
    single: bool,
    /// The value of the partition key, if it is of one partition.
    partition: Option<Arc<AttributeValue>>,
}

/// What to read, and in which direction.
///
/// Without ORDER BY partitions are in the order written (inferred) and their items ascend; ORDER
/// BY the partition key alone reads sort keys backward (aws-facts 10.10; of DESC, inferred).
fn ranges(
    source: &Source,
    select: &Select,
    keys: &Keys<'_>,
    access: &Access,
) -> Result<(Vec<Stretch>, Direction), Fault> {
    let refuse = |error| Err(super::statement::refuse(error));
    let down = |name: &str| {
        let mut terms = select.order.iter();
        terms.find(|term| term.attribute.as_deref() == Ok(name)).map(|term| term.down)
    };
    let parts = match access {
        Access::Parts(parts) => parts,
        Access::Scan if !select.order.is_empty() => {
            return refuse(partiql::Error::OrderWithoutKey);
        }
        Access::Scan => {
            let from = source.prefix();
            let range = Range { to: layout::after(&from), from };
            let all = Stretch { range, single: false, partition: None };
            return Ok((vec![all], Direction::Forward));
        }
    };
    let mut partitions: Vec<&AttributeValue> = Vec::new();
    for part in parts {
        if !partitions.contains(&&*part.hash) {
            partitions.push(&part.hash);
        }
    }
    let by_partition = down(keys.hash.name);
    if !select.order.is_empty() && partitions.len() > 1 && by_partition.is_none() {
        return refuse(partiql::Error::OrderWithoutHash);
    }
    if let Some(down) = by_partition {
        partitions.sort_by(|left, right| {
            let order = left.order(right).unwrap_or(std::cmp::Ordering::Equal);
            if down { order.reverse() } else { order }
        });
    }
    let backward = match keys.range.and_then(|range| down(range.name)) {
        Some(down) => down,
        None => by_partition.is_some(),
    };
    let direction = if backward { Direction::Backward } else { Direction::Forward };
    let mut ranges = Vec::with_capacity(parts.len());
    for partition in partitions {
        let mut of_partition: Vec<_> = parts
            .iter()
            .filter(|part| *part.hash == *partition)
            .map(|part| Stretch {
                range: query::range(source, &bound(part)),
                single: is_single(source, part),
                partition: Some(Arc::clone(&part.hash)),
            })
            .collect();
        of_partition.sort_by(|left, right| left.range.from.cmp(&right.range.from));
        if backward {
            of_partition.reverse();
        }
        ranges.extend(of_partition);
    }
    Ok((ranges, direction))
}

fn bound(part: &Part) -> BoundKeys {
    let hash = vec![Arc::clone(&part.hash)];
    match &part.range {
        Some(KeyTest::Equal(value)) => {
            BoundKeys { hash, equal: vec![Arc::clone(value)], range: None }
        }
        other => BoundKeys { hash, equal: Vec::new(), range: other.clone() },
    }
}

fn is_single(source: &Source, part: &Part) -> bool {
    source.index.is_none()
        && (source.schema().sort.is_empty() || matches!(part.range, Some(KeyTest::Equal(_))))
}

/// A read of one part of an index filters by what the index has; a scan of it just finds nothing.
fn check_filter(source: &Source, select: &Select, access: &Access) -> Result<(), Fault> {
    let (Some(index), Access::Parts(_), Some(filter)) = (source.index_of(), access, &select.filter)
    else {
        return Ok(());
    };
    if matches!(filter, crate::expr::Condition::Or(_)) {
        return Ok(());
    }
    let has = |index: &Index, name: &str| index::has(&source.table, index, name);
    let mut missing: Vec<&str> = Vec::new();
    for path in filter.paths() {
        let name = path.attribute.as_str();
        if !has(index, name) && !missing.contains(&name) {
            missing.push(name);
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => {
            let attributes = missing.join(", ");
            Err(SelectError::FilterNotProjected { index: index.name.clone(), attributes }.into())
        }
    }
}

/// The item of a key, as batches and transactions return it, if it is there and meets the filter;
/// and its size.
pub(super) fn item(
    store: &dyn Read,
    table: &Table,
    key: &Item,
    select: &Select,
) -> Result<(Option<Vec<u8>>, usize), Fault> {
    let item = write::item_at(store, &write::place(table, key))?;
    let bytes = item.as_ref().map_or(0, |item| vector::billed(table, item));
    let meets = |item: &Item| select.filter.as_ref().is_none_or(|filter| filter.holds(item));
    let shown = item.filter(meets).map(|item| {
        let part = select.projection.as_ref().map(|projection| projection.apply(&item));
        let mut text = Vec::new();
        encode::item_in(NumberOrder::Hashed, part.as_ref().unwrap_or(&item), &mut text);
        text
    });
    Ok((shown, bytes))
}

/// One such item on its own.
pub(super) fn get(
    emulator: &Emulator,
    store: &dyn Read,
    table: &Table,
    key: &Item,
    select: &Select,
    consistent: bool,
) -> Result<(Option<Vec<u8>>, Charge), Fault> {
    let old = emulator.old(consistent);
    let store = old.as_deref().map_or(store, |old| old);
    let (item, bytes) = item(store, table, key, select)?;
    let charge = Charge::of_table(read_units(bytes, consistent)).about(table, key);
    emulator.spend_one(Side::Read, table, &charge)?;
    Ok((item, charge))
}
