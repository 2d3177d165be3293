//! How large an item is, as the service counts: for the 400 KB limit, capacity and
//! `TableSizeBytes`. Every rule byte-exact by bisection (aws-facts 3.9, eu-west-2).

use super::{AttributeValue, Item, Map, Number};

/// How large an item may be.
pub const MAX_ITEM: usize = 409_600;

/// The size of an item: names and values.
#[must_use]
pub fn item(item: &Item) -> usize {
    item.iter().map(|(name, inner)| name.len() + value(inner)).sum()
}

/// The size of a value without the name of its attribute.
#[must_use]
pub fn value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => self::number(*number),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::Bool(_) | AttributeValue::Null => 1,
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::Ns(set) => set.iter().map(|member| number(*member)).sum(),
        AttributeValue::Bs(set) => set.iter().map(Vec::len).sum(),
        AttributeValue::L(elements) => list(elements),
        AttributeValue::M(entries) => map(entries),
    }
}

fn list(elements: &[AttributeValue]) -> usize {
    3 + elements.iter().map(|element| 1 + value(element)).sum::<usize>()
}

fn map(entries: &Map) -> usize {
    3 + entries.iter().map(|(name, inner)| name.len() + 1 + value(inner)).sum::<usize>()
}

/// Two digits a byte, on either side of the point; zeros at both ends are free.
pub(super) fn number(number: Number) -> usize {
    if number.is_zero() {
        return 1;
    }
    let (digits, exponent) = (i32::from(number.digits()), i32::from(number.exponent()));
    let (whole, fraction) = match exponent {
        0.. => (digits, 0),
        _ => ((digits + exponent).max(0), digits.min(-exponent)),
    };
    let bytes = (whole + 1) / 2 + (fraction + 1) / 2 + 1 + i32::from(number.is_negative());
    usize::try_from(bytes).unwrap_or_default()
}
