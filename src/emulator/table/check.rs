//! Whether a table can be as it is asked to be: the rules of CreateTable that no single member
//! breaks, in the service's order (aws-facts 8.1).

mod vector;

use super::{
    definition::{
        BillingMode, Definition, Encryption, IndexDefinition, KeyElement, OnDemandThroughput,
        Projection, ProjectionType, Role, Throughput, WarmThroughput,
    },
    error::{DefinitionError, ParameterError},
    limits::TABLE_UNITS,
    tags,
};
use crate::{emulator::java, value::Type};

pub(super) use vector::check_vector;

type Checked = Result<(), DefinitionError>;

/// An index's part of the initial capacity of a table billed by request (aws-tables-facts 3.3).
pub(super) const INITIAL_WARM: Throughput = Throughput { read: 12_000, write: 4_000 };

/// Checks a definition whose members are each right.
///
/// # Errors
///
/// The first rule broken.
pub fn check(definition: &Definition, region: &str) -> Checked {
    capacity(definition, region)?;
    keys(definition)?;
    indexes(definition)?;
    settings(definition)?;
    tags::check(&definition.tags)?;
    // Each index by itself, whatever the table has (aws-tables-facts 21). That the limit comes last
    // is inferred: it takes the service a second or two (1.1).
    let indexes = definition.global.iter().flatten();
    for (units, index) in indexes.filter_map(|index| Some((index.throughput?, &index.name))) {
        check_units(units, Some(index), region)?;
    }
    Ok(())
}

/// Checks an index that UpdateTable adds; `attributes` are those of the request, in which its key
/// has to be even if the table has it (aws-facts 8.4, eu-west-2).
///
/// # Errors
///
/// The first rule broken; the order is CreateTable's (inferred).
pub(super) fn check_index(
    table: &Definition,
    attributes: &[(Box<str>, Type)],
    index: &IndexDefinition,
) -> Checked {
    defined_once(attributes)?;
    let request = Definition { attributes: attributes.to_vec(), ..Definition::default() };
    defined(&request, &index.key, attributes.len() < index.key.len())?;
    global_key(&index.key)?;
    projection(&index.projection)?;
    ceilings(table, Some(&index.name), index.on_demand.unwrap_or_default())?;
    warmth(table, Some(&index.name), index.warm.unwrap_or_default(), index.throughput)
}

/// Checks which members of SSESpecification go together (aws-tables-facts 14.1).
///
/// # Errors
///
/// For those that do not.
pub(super) fn check_encryption(encryption: &Encryption) -> Checked {
    let (kind, key) = (encryption.kind.as_deref(), &encryption.key);
    Err(match (encryption.enabled, kind, key) {
        (Some(false), Some(_), _) => ParameterError::EncryptionOff("SSEType"),
        (Some(false), None, Some(_)) => ParameterError::EncryptionOff("KMSMasterKeyId"),
        (_, None, Some(_)) => ParameterError::KeyWithoutType,
        (_, Some("AES256"), _) => ParameterError::Aes256,
        _ => return Ok(()),
    }
    .into())
}

/// Checks the name of a table's class (aws-tables-facts 15 and 24): the empty word is an enum
/// error, others have their own.
///
/// # Errors
///
/// For one there is not.
pub(super) fn check_class(class: &str) -> Checked {
    match class {
        "STANDARD" | "STANDARD_INFREQUENT_ACCESS" => Ok(()),
        "" => Err(DefinitionError::EmptyClass),
        _ => Err(DefinitionError::Class),
    }
}

/// Checks capacity units against the largest there are.
///
/// # Errors
///
/// The first that is too large.
pub(super) fn check_units(units: Throughput, index: Option<&str>, region: &str) -> Checked {
    for (unit, value) in units.named() {
        if value > 1_000_000_000_000 {
            return Err(DefinitionError::OutOfBounds { unit, value });
        }
    }
    for (unit, value) in units.named() {
        if value > TABLE_UNITS {
            let region = region.into();
            return Err(match index {
                None => DefinitionError::AboveTableMaximum { unit, value, region },
                Some(index) => {
                    DefinitionError::AboveIndexMaximum { unit, value, index: index.into(), region }
                }
            });
        }
    }
    Ok(())
}

/// Steps 4 to 6.
fn capacity(table: &Definition, region: &str) -> Checked {
    if let Some(units) = table.throughput {
        if table.is_on_demand() {
            return Err(ParameterError::CapacityOnDemand.into());
        }
        check_units(units, None, region)?;
    } else if !table.is_on_demand() {
        return Err(ParameterError::NoCapacity.into());
    }
    Ok(())
}

/// Steps 7 to 9, and the keys of the indexes. That all definitions are used is asked here: a
/// surplus one hides everything about projections, capacity and names (aws-tables-facts 1.3, 5).
fn keys(table: &Definition) -> Checked {
    defined_once(&table.attributes)?;
    let short = table.attributes.is_empty() || table.key.len() == 2;
    defined(table, &table.key, short)?;
    pair(&table.key)?;
    let lists =
        [("LocalSecondaryIndexes", &table.local), ("GlobalSecondaryIndexes", &table.global)];
    for (name, list) in lists {
        if list.as_ref().is_some_and(Vec::is_empty) {
            return Err(ParameterError::EmptyList(name).into());
        }
    }
    if table.vector.as_ref().is_some_and(Vec::is_empty) {
        return Err(ParameterError::EmptyList("VectorIndexes").into());
    }
    for index in table.local.iter().flatten() {
        local_key(table, index)?;
    }
    for index in table.global.iter().flatten() {
        defined(table, &index.key, table.attributes.len() < index.key.len())?;
        global_key(&index.key)?;
    }
    vector::attributes(table)?;
    all_used(table)
}

fn defined_once(attributes: &[(Box<str>, Type)]) -> Checked {
    let mut names = attributes.iter().map(|(name, _)| name).enumerate();
    match names.find(|(at, name)| attributes[..*at].iter().any(|(other, _)| other == *name)) {
        Some((_, again)) => Err(DefinitionError::RepeatedAttribute(again.clone())),
        None => Ok(()),
    }
}

fn defined(table: &Definition, key: &[KeyElement], short: bool) -> Checked {
    if key.iter().all(|element| table.attribute(&element.name).is_some()) {
        return Ok(());
    }
    if short {
        return Err(DefinitionError::NoDefinition);
    }
    let keys = java::sized(key.iter().map(|element| &*element.name)).join(", ");
    let defined = java::sized(table.attributes.iter().map(|(name, _)| &**name)).join(", ");
    Err(ParameterError::Undefined { keys, defined }.into())
}

/// A key of one or two attributes.
fn pair(key: &[KeyElement]) -> Checked {
    match key {
        [first, ..] if first.role != Role::Hash => Err(DefinitionError::FirstNotHash),
        [first, second] if first.name == second.name => Err(DefinitionError::SameName),
        [_, second] if second.role != Role::Range => Err(DefinitionError::SecondNotRange),
        _ => Ok(()),
    }
}

fn local_key(table: &Definition, index: &IndexDefinition) -> Checked {
    let ([table_hash, _], [own_hash, rest @ ..]) = (&*table.key, &*index.key) else {
        return Err(ParameterError::LocalNeedsRange.into());
    };
    defined(table, &index.key, table.attributes.len() < index.key.len())?;
    pair(&index.key)?;
    if rest.is_empty() {
        return Err(ParameterError::LocalWithoutRange(index.name.clone()).into());
    }
    if own_hash.name != table_hash.name {
        return Err(ParameterError::LocalOtherHash {
            index: index.name.clone(),
            own: own_hash.name.clone(),
            table: table_hash.name.clone(),
        }
        .into());
    }
    Ok(())
}

/// A key of up to four and four attributes (aws-facts 8.2).
fn global_key(key: &[KeyElement]) -> Checked {
    if key.first().is_some_and(|first| first.role != Role::Hash) {
        return Err(DefinitionError::FirstNotHash);
    }
    for (at, element) in key.iter().enumerate() {
        if key[..at].iter().any(|other| other.name == element.name) {
            return Err(match key.len() {
                2 => DefinitionError::SameName,
                _ => DefinitionError::RepeatedKey,
            });
        }
    }
    let hashes = key.iter().take_while(|element| element.role == Role::Hash).count();
    if key[hashes..].iter().any(|element| element.role == Role::Hash) {
        return Err(ParameterError::HashAfterRange.into());
    }
    for (role, count) in [("HASH", hashes), ("RANGE", key.len() - hashes)] {
        if count > 4 {
            return Err(ParameterError::TooManyKeys(role).into());
        }
    }
    Ok(())
}

/// Step 13.
fn all_used(table: &Definition) -> Checked {
    let used: Vec<&str> = table.used().collect();
    if table.attributes.iter().all(|(name, _)| used.contains(&&**name)) {
        return Ok(());
    }
    if table.local.is_none() && table.global.is_none() && table.vector.is_none() {
        return Err(ParameterError::UnusedWithoutIndex.into());
    }
    let defined = java::sized(table.attributes.iter().map(|(name, _)| &**name)).join(", ");
    Err(ParameterError::Unused { defined, used: java::grown(used).join(", ") }.into())
}

/// The rest of steps 10 to 12.
fn indexes(table: &Definition) -> Checked {
    let (local, global) =
        (table.local.as_deref().unwrap_or_default(), table.global.as_deref().unwrap_or_default());
    let named_before = |indexes: &[IndexDefinition], index: &IndexDefinition| match indexes
        .iter()
        .any(|other| other.name == index.name)
    {
        true => Err(ParameterError::RepeatedIndex(index.name.clone())),
        false => Ok(()),
    };
    for (indexes, most, is_global) in [(local, 5, false), (global, 20, true)] {
        for (at, index) in indexes.iter().enumerate() {
            projection(&index.projection)?;
            named_before(&indexes[..at], index)?;
        }
        if indexes.len() > most {
            return Err(match is_global {
                true => ParameterError::TooManyGlobal,
                false => ParameterError::TooManyLocal,
            }
            .into());
        }
    }
    for index in global {
        match (table.billing == Some(BillingMode::PayPerRequest), index.throughput) {
            (true, Some(_)) => {
                return Err(ParameterError::IndexCapacityOnDemand(index.name.clone()).into());
            }
            (false, None) => {
                return Err(ParameterError::IndexWithoutCapacity(index.name.clone()).into());
            }
            _ => {}
        }
    }
    vector::all(table)?;
    // A name that two kinds have comes last of all about indexes (aws-facts 8.1, 12).
    global.iter().try_for_each(|index| named_before(local, index))?;
    let others = || local.iter().chain(global).map(|index| &index.name);
    let mut vectors = table.vector.iter().flatten().map(|index| &index.name);
    match vectors.find(|name| others().any(|other| other == *name)) {
        Some(name) => Err(ParameterError::RepeatedIndex(name.clone()).into()),
        None => Ok(()),
    }
}

fn projection(sent: &Projection) -> Checked {
    let Some(kind) = sent.kind else {
        return Err(ParameterError::NoProjectionType.into());
    };
    let Some(names) = &sent.attributes else {
        return match kind {
            ProjectionType::Include => Err(ParameterError::NoAttributes.into()),
            _ => Ok(()),
        };
    };
    if kind != ProjectionType::Include {
        return Err(ParameterError::NeedlessAttributes(kind.name()).into());
    }
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ParameterError::RepeatedProjected(pair[0].clone()).into()),
        None => Ok(()),
    }
}

/// Steps 14 to 16: stream, encryption, class, ceilings.
fn settings(table: &Definition) -> Checked {
    match &table.stream {
        Some((true, None)) => return Err(ParameterError::StreamWithoutView.into()),
        Some((false, Some(_))) => return Err(ParameterError::ViewWithoutStream.into()),
        _ => {}
    }
    table.encryption.as_ref().map_or(Ok(()), check_encryption)?;
    table.class.as_deref().map_or(Ok(()), check_class)?;
    let whole = (None, table.on_demand, table.warm, table.throughput);
    let parts = table.global.iter().flatten();
    let parts =
        parts.map(|index| (Some(&*index.name), index.on_demand, index.warm, index.throughput));
    for (index, on_demand, warm, provisioned) in std::iter::once(whole).chain(parts) {
        ceilings(table, index, on_demand.unwrap_or_default())?;
        warmth(table, index, warm.unwrap_or_default(), provisioned)?;
    }
    Ok(())
}

fn ceilings(table: &Definition, index: Option<&str>, sent: OnDemandThroughput) -> Checked {
    let units = [("MaxReadRequestUnits", sent.read), ("MaxWriteRequestUnits", sent.write)];
    let units = || units.into_iter().filter_map(|(unit, value)| Some((unit, value?)));
    if let (Some((unit, _)), false) = (units().next(), table.is_on_demand()) {
        return Err(match index {
            None => ParameterError::OnDemandProvisioned(unit),
            Some(index) => ParameterError::IndexOnDemandProvisioned { unit, index: index.into() },
        }
        .into());
    }
    match units().find(|(_, value)| *value < 1) {
        None => Ok(()),
        Some((unit, _)) => {
            // The blank before the colon is the service's (aws-tables-facts 3.5).
            let of = index.map_or_else(|| "table".into(), |index| format!("index : {index}"));
            Err(ParameterError::OnDemandRange { unit, of }.into())
        }
    }
}

fn warmth(
    table: &Definition,
    index: Option<&str>,
    sent: WarmThroughput,
    provisioned: Option<Throughput>,
) -> Checked {
    let least = provisioned.unwrap_or(INITIAL_WARM);
    let sides = [
        ("ReadUnitsPerSecond", sent.read, least.read, "ReadCapacityUnits"),
        ("WriteUnitsPerSecond", sent.write, least.write, "WriteCapacityUnits"),
    ];
    for (unit, value, least, provisioned) in sides {
        if value.is_some_and(|value| value < least) {
            let of = index.map_or_else(|| "table".into(), |index| format!("index {index}"));
            return Err(match table.is_on_demand() {
                true => ParameterError::WarmBelowInitial { unit, of },
                false => ParameterError::WarmBelowProvisioned { unit, of, provisioned },
            }
            .into());
        }
    }
    Ok(())
}

impl Throughput {
    pub(super) fn named(self) -> [(&'static str, i64); 2] {
        [("ReadCapacityUnits", self.read), ("WriteCapacityUnits", self.write)]
    }
}
