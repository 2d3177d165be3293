//! Which part of a table or index a WHERE clause asks for (aws-facts 10.10, 10.12).

use std::{cmp::Ordering, sync::Arc};

use super::error::Error;
use crate::{
    expr::{
        KeyTest,
        ast::{Comparator, Condition, Operand},
    },
    value::{AttributeValue, Item, Type},
};

type Result<T> = std::result::Result<T, Error>;

/// A key attribute of what is read.
#[derive(Clone, Copy, Debug)]
pub struct KeyAttribute<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub kind: Type,
}

/// The key of what is read: one attribute each.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// The partition key.
    pub hash: KeyAttribute<'a>,
    /// The sort key.
    pub range: Option<KeyAttribute<'a>>,
}

/// How items are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// All are looked at.
    Scan,
    /// Those of these parts, which do not overlap, in the order written.
    Parts(Vec<Part>),
}

/// A partition, or a range of its sort keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The value of the partition key.
    pub hash: Arc<AttributeValue>,
    /// What is asked of the sort key.
    pub range: Option<KeyTest>,
}

/// One of the conditions that OR joins.
struct Branch<'a> {
    /// The values that the partition key may have; none if it does not say.
    hash: Vec<&'a Arc<AttributeValue>>,
    range: Option<KeyTest>,
    /// Whether it asks of the sort key what no single range can be.
    irregular: bool,
}

impl Access {
    /// Finds the parts that a condition asks for. `check` refuses a value that no key can have for
    /// its size.
    ///
    /// # Errors
    ///
    /// When a key is compared with what it cannot be, or parts overlap.
    pub fn of<E: From<Error>>(
        filter: Option<&Condition>,
        keys: &Keys<'_>,
        check: impl Fn(&str, &AttributeValue, bool) -> std::result::Result<(), E>,
    ) -> std::result::Result<Self, E> {
        let Some(filter) = filter else { return Ok(Self::Scan) };
        let mut branches = Vec::new();
        let mut alternatives = Vec::new();
        split(filter, false, &mut alternatives);
        for alternative in alternatives {
            let branch = Branch::of(alternative, keys);
            if branch.hash.is_empty() {
                return Ok(Self::Scan);
            }
            for value in &branch.hash {
                check_value(&keys.hash, value)?;
                check(keys.hash.name, value, false)?;
            }
            if let (Some(test), Some(key)) = (&branch.range, &keys.range) {
                for value in test.values() {
                    check_value(key, value)?;
                    check(key.name, value, true)?;
                }
            }
            branches.push(branch);
        }
        Ok(Self::Parts(parts(&branches)?))
    }
}

fn check_value(key: &KeyAttribute<'_>, value: &AttributeValue) -> Result<()> {
    let kind = value.kind();
    if !kind.is_scalar() {
        return Err(Error::KeyKind(key.name.to_owned(), kind.name()));
    }
    match kind == key.kind {
        true => Ok(()),
        false => Err(Error::KeyType(key.name.to_owned())),
    }
}

fn parts(branches: &[Branch<'_>]) -> Result<Vec<Part>> {
    let irregular = branches.iter().any(|branch| branch.irregular);
    let mut parts: Vec<Part> = Vec::new();
    for branch in branches {
        let mut seen: Vec<&AttributeValue> = Vec::new();
        for hash in &branch.hash {
            if seen.contains(&&***hash) {
                continue;
            }
            seen.push(hash);
            let part = Part { hash: Arc::clone(hash), range: branch.range.clone() };
            if irregular {
                // The filter tells what of the partition is meant.
                if !parts.iter().any(|known| known.hash == part.hash) {
                    parts.push(Part { range: None, ..part });
                }
            } else if parts.iter().any(|known| known.overlaps(&part)) {
                return Err(Error::Overlap);
            } else {
                parts.push(part);
            }
        }
    }
    Ok(parts)
}

/// The conditions that OR, or AND, joins.
fn split<'a>(condition: &'a Condition, all: bool, out: &mut Vec<&'a Condition>) {
    match condition {
        Condition::And(parts) if all => parts.iter().for_each(|part| split(part, all, out)),
        Condition::Or(parts) if !all => parts.iter().for_each(|part| split(part, all, out)),
        other => out.push(other),
    }
}

impl<'a> Branch<'a> {
    fn of(condition: &'a Condition, keys: &Keys<'_>) -> Self {
        let mut branch = Self { hash: Vec::new(), range: None, irregular: false };
        let (mut hashes, mut ranges) = (0, 0);
        let mut conjuncts = Vec::new();
        split(condition, true, &mut conjuncts);
        for conjunct in conjuncts {
            if speaks_of(conjunct, keys.hash.name) {
                hashes += 1;
                branch.hash = equal_values(conjunct).unwrap_or_default();
            } else if let Some(range) = keys.range
                && speaks_of(conjunct, range.name)
            {
                ranges += 1;
                branch.range = test(conjunct);
                branch.irregular |= branch.range.is_none();
            }
        }
        // Two conditions on the partition key make a scan of it.
        if hashes != 1 {
            branch.hash.clear();
        }
        branch.irregular |= ranges > 1;
        branch
    }
}

/// Whether a condition on its own is about an attribute: not through OR or NOT, but for the NOT of
/// one condition.
fn speaks_of(condition: &Condition, name: &str) -> bool {
    let is = |operand: &Operand| matches!(operand, Operand::Path(path) if path.attribute == name && path.steps.is_empty());
    match condition {
        Condition::Compare(left, _, right) => is(left) || is(right),
        Condition::Between(operand, ..) | Condition::In(operand, _) => is(operand),
        Condition::BeginsWith(operand, _) => is(operand),
        Condition::Not(inner) => {
            !matches!(**inner, Condition::And(_) | Condition::Or(_)) && speaks_of(inner, name)
        }
        _ => false,
    }
}

/// The values that an attribute must be equal to one of.
fn equal_values(condition: &Condition) -> Option<Vec<&Arc<AttributeValue>>> {
    match condition {
        Condition::Compare(Operand::Path(_), Comparator::Equal, Operand::Value(value))
        | Condition::Compare(Operand::Value(value), Comparator::Equal, Operand::Path(_)) => {
            Some(vec![value])
        }
        Condition::In(Operand::Path(_), list) => list
            .iter()
            .map(|member| match member {
                Operand::Value(value) => Some(value),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn test(condition: &Condition) -> Option<KeyTest> {
    match condition {
        Condition::Compare(Operand::Path(_), comparator, Operand::Value(value)) => {
            KeyTest::comparison(*comparator, value)
        }
        Condition::Compare(Operand::Value(value), comparator, Operand::Path(_)) => {
            KeyTest::comparison(comparator.flipped(), value)
        }
        Condition::Between(_, Operand::Value(lower), Operand::Value(upper)) => {
            Some(KeyTest::Between(Arc::clone(lower), Arc::clone(upper)))
        }
        Condition::BeginsWith(_, Operand::Value(prefix)) => {
            Some(KeyTest::BeginsWith(Arc::clone(prefix)))
        }
        Condition::In(..) => match equal_values(condition)?.as_slice() {
            [only] => Some(KeyTest::Equal(Arc::clone(only))),
            _ => None,
        },
        _ => None,
    }
}

impl Part {
    /// Whether some sort key can be in both. Touching closed bounds count, and so do prefixes.
    fn overlaps(&self, other: &Self) -> bool {
        if self.hash != other.hash {
            return false;
        }
        let (Some(one), Some(two)) = (&self.range, &other.range) else { return true };
        !(ends_before(one, two) || ends_before(two, one))
    }
}

/// Whether all that a test allows is smaller than all that another does.
fn ends_before(one: &KeyTest, two: &KeyTest) -> bool {
    let (Some((top, top_closed)), Some((bottom, bottom_closed))) = (upper(one), lower(two)) else {
        return false;
    };
    if let KeyTest::BeginsWith(prefix) = one {
        // Whatever begins with the prefix may be as great as one likes beside it.
        return top.order(bottom) == Some(Ordering::Less)
            && !crate::expr::begins_with(bottom, prefix);
    }
    match top.order(bottom) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => !(top_closed && bottom_closed),
        _ => false,
    }
}

/// The greatest value that a test allows, and whether it is one; of a prefix, the prefix.
fn upper(test: &KeyTest) -> Option<(&AttributeValue, bool)> {
    match test {
        KeyTest::Equal(value) | KeyTest::LessOrEqual(value) | KeyTest::Between(_, value) => {
            Some((value, true))
        }
        KeyTest::Less(value) => Some((value, false)),
        KeyTest::BeginsWith(value) => Some((value, true)),
        KeyTest::Greater(_) | KeyTest::GreaterOrEqual(_) => None,
    }
}

fn lower(test: &KeyTest) -> Option<(&AttributeValue, bool)> {
    match test {
        KeyTest::Equal(value) | KeyTest::GreaterOrEqual(value) | KeyTest::Between(value, _) => {
            Some((value, true))
        }
        KeyTest::Greater(value) => Some((value, false)),
        KeyTest::BeginsWith(value) => Some((value, true)),
        KeyTest::Less(_) | KeyTest::LessOrEqual(_) => None,
    }
}

/// The key of the one item that a condition is about.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleKey {
    /// The key.
    pub key: Item,
    /// Whether the condition asks for anything else.
    pub conditional: bool,
}

/// Finds the key in the equalities that AND joins; `in_counts` says whether IN with one value is
/// one.
///
/// # Errors
///
/// When a key is not there, or is to be two things.
pub fn single_key(filter: Option<&Condition>, keys: &[&str], in_counts: bool) -> Result<SingleKey> {
    let mut conjuncts = Vec::new();
    if let Some(filter) = filter {
        split(filter, true, &mut conjuncts);
    }
    let mut key = Item::new();
    let mut conditional = false;
    for conjunct in conjuncts {
        let name = keys.iter().find(|name| speaks_of(conjunct, name));
        let values = match conjunct {
            Condition::In(..) if !in_counts => None,
            other => equal_values(other),
        };
        match (name, values.as_deref()) {
            (Some(name), Some([value])) => {
                let known = key.insert(*name, AttributeValue::clone(value));
                if known.is_some_and(|known| known != ***value) {
                    return Err(Error::TwoKeys((*name).to_owned()));
                }
            }
            _ => conditional = true,
        }
    }
    match key.len() == keys.len() {
        true => Ok(SingleKey { key, conditional }),
        false => Err(Error::NoKey),
    }
}
