//! Does a condition hold for an item? (aws-facts 4.5)

use std::borrow::Cow;

use super::ast::{Comparator, Condition, Operand};
use crate::value::{AttributeValue, Item, Number};

impl Condition {
    /// Whether the condition holds. The item that is not there is the empty item.
    #[must_use]
    pub fn holds(&self, item: &Item) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(item)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(item)),
            Self::Not(inner) => !inner.holds(item),
            Self::Compare(left, comparator, right) => {
                compare(left.find(item).as_deref(), *comparator, right.find(item).as_deref())
            }
            Self::Between(operand, lower, upper) => {
                let operand = operand.find(item);
                let value = operand.as_deref();
                compare(lower.find(item).as_deref(), Comparator::LessOrEqual, value)
                    && compare(value, Comparator::LessOrEqual, upper.find(item).as_deref())
            }
            Self::In(operand, list) => {
                let operand = operand.find(item);
                operand.is_some() && list.iter().any(|member| member.find(item) == operand)
            }
            Self::AttributeExists(path) => path.resolve(item).is_some(),
            Self::AttributeNotExists(path) => path.resolve(item).is_none(),
            Self::AttributeType(operand, kind) => {
                operand.find(item).is_some_and(|value| value.kind() == *kind)
            }
            Self::BeginsWith(operand, prefix) => {
                match (operand.find(item).as_deref(), prefix.find(item).as_deref()) {
                    (Some(value), Some(prefix)) => begins_with(value, prefix),
                    _ => false,
                }
            }
            Self::Contains(operand, part) => {
                match (operand.find(item).as_deref(), part.find(item).as_deref()) {
                    (Some(value), Some(part)) => contains(value, part),
                    _ => false,
                }
            }
        }
    }
}

impl Operand {
    /// The value the operand has in an item.
    #[must_use]
    pub fn find<'a>(&'a self, item: &'a Item) -> Option<Cow<'a, AttributeValue>> {
        match self {
            Self::Path(path) => path.resolve(item).map(Cow::Borrowed),
            Self::Value(value) => Some(Cow::Borrowed(value)),
            Self::Size(inner) => {
                let size = size(inner.find(item)?.as_ref())?;
                Some(Cow::Owned(AttributeValue::N(Number::from(size as u64))))
            }
        }
    }
}

/// Compares two values of an item. Without a value on either side only `<>` holds.
#[must_use]
pub fn compare(
    left: Option<&AttributeValue>,
    comparator: Comparator,
    right: Option<&AttributeValue>,
) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return comparator == Comparator::NotEqual;
    };
    let order = left.order(right);
    match comparator {
        Comparator::Equal => left == right,
        Comparator::NotEqual => left != right,
        Comparator::Less => order.is_some_and(|order| order.is_lt()),
        Comparator::LessOrEqual => order.is_some_and(|order| order.is_le()),
        Comparator::Greater => order.is_some_and(|order| order.is_gt()),
        Comparator::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
    }
}

/// What `size` says of a value: nothing of numbers, booleans and null. Strings are counted in
/// UTF-16 units.
#[must_use]
pub fn size(value: &AttributeValue) -> Option<usize> {
    match value {
        AttributeValue::S(text) => Some(text.encode_utf16().count()),
        AttributeValue::B(bytes) => Some(bytes.len()),
        AttributeValue::Ss(set) => Some(set.len()),
        AttributeValue::Ns(set) => Some(set.len()),
        AttributeValue::Bs(set) => Some(set.len()),
        AttributeValue::L(list) => Some(list.len()),
        AttributeValue::M(map) => Some(map.len()),
        AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null => None,
    }
}

/// Whether a string or binary begins with another.
#[must_use]
pub fn begins_with(value: &AttributeValue, prefix: &AttributeValue) -> bool {
    match (value, prefix) {
        (AttributeValue::S(text), AttributeValue::S(prefix)) => text.starts_with(prefix),
        (AttributeValue::B(bytes), AttributeValue::B(prefix)) => bytes.starts_with(prefix),
        _ => false,
    }
}

/// Whether a string or binary has a part, a set a member, a list an element.
#[must_use]
pub fn contains(value: &AttributeValue, part: &AttributeValue) -> bool {
    match (value, part) {
        (AttributeValue::S(text), AttributeValue::S(part)) => text.contains(part),
        (AttributeValue::B(bytes), AttributeValue::B(part)) => {
            part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
        }
        (AttributeValue::Ss(set), AttributeValue::S(member)) => set.has(member),
        (AttributeValue::Ns(set), AttributeValue::N(member)) => set.has(member),
        (AttributeValue::Bs(set), AttributeValue::B(member)) => set.has(member),
        (AttributeValue::L(list), element) => list.contains(element),
        _ => false,
    }
}
