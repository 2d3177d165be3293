//! An item as a store keeps it: JSON, of which only what is asked for becomes values. A filter
//! looks at one or two attributes of an item; the size of one needs no value at all.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use memchr::{memchr2, memchr3};
use thiserror::Error;

use super::{Item, Number, Type, ValueError, decode::Decoder, size};
use crate::wire::json::{Json, JsonError, Value};

/// An item's JSON, as [`super::encode::item`] wrote it.
#[derive(Clone, Debug)]
pub struct Stored {
    text: Bytes,
}

impl Stored {
    /// The text of an item.
    #[must_use]
    pub fn new(text: Bytes) -> Self {
        Self { text }
    }

    /// All of the item.
    ///
    /// # Errors
    ///
    /// When the text is no item's.
    pub fn item(&self) -> Result<Item, Unreadable> {
        Ok(Decoder::new().item(Json::parse(self.text.clone())?.root())?)
    }

    /// The attributes of these names. All others are passed over without a look at what they hold.
    ///
    /// # Errors
    ///
    /// When one of them holds what no attribute can.
    pub fn part(&self, names: &[&str]) -> Result<Item, Unreadable> {
        let mut decoder = Decoder::new();
        let mut found = Vec::with_capacity(names.len());
        for (name, value) in members(&self.text) {
            let name = name_of(&self.text, name)?;
            if names.contains(&&*name) {
                let json = Json::parse(self.text.slice(value))?;
                found.push((name.into_owned(), decoder.value(json.root())?));
            }
        }
        Ok(Item::from(found))
    }

    /// As [`size::item`] of the whole.
    ///
    /// # Errors
    ///
    /// When the text is no JSON.
    pub fn size(&self) -> Result<usize, Unreadable> {
        let json = Json::parse(self.text.clone())?;
        Ok(json.root().members().map(|(name, value)| name.len() + size_of(value)).sum())
    }
}

/// A text that is no item's.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It is no JSON.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// It holds what no item can.
    #[error("{0}")]
    Value(#[from] ValueError),
}

/// Where the names (with their quotes) and the values of an item's attributes stand. The text is
/// our own, without white space between its parts; one that is not ends early.
fn members(text: &[u8]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + '_ {
    let mut at = 1;
    std::iter::from_fn(move || {
        let name = at..string_end(text, at)?;
        let value = name.end + 1..object_end(text, name.end + 1)?;
        at = value.end + 1;
        Some((name, value))
    })
}

fn name_of(text: &Bytes, quoted: Range<usize>) -> Result<Cow<'_, str>, JsonError> {
    let inner = &text[quoted.start + 1..quoted.end - 1];
    match std::str::from_utf8(inner) {
        Ok(plain) if !plain.contains('\\') => Ok(plain.into()),
        _ => {
            let json = Json::parse(text.slice(quoted))?;
            let name = json.root().as_str().unwrap_or_default();
            Ok(name.into_owned().into())
        }
    }
}

/// The end of the string that begins here.
fn string_end(text: &[u8], from: usize) -> Option<usize> {
    if text.get(from) != Some(&b'"') {
        return None;
    }
    let mut at = from + 1;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        // Whatever is escaped is passed over.
        at += 2;
    }
}

/// The end of the object that begins here.
fn object_end(text: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut open) = (from, 0_usize);
    loop {
        at += memchr3(b'"', b'{', b'}', text.get(at..)?)?;
        match text[at] {
            b'"' => at = string_end(text, at)?,
            b'{' => (at, open) = (at + 1, open + 1),
            _ => {
                (at, open) = (at + 1, open.checked_sub(1)?);
                if open == 0 {
                    return Some(at);
                }
            }
        }
    }
}

/// As [`size::value`].
fn size_of(value: Value<'_>) -> usize {
    let Some((name, content)) = value.members().next() else { return 0 };
    let text = |content: Value<'_>| content.as_str().map_or(0, |text| text.len());
    let number = |content: Value<'_>| {
        let number = content.as_str().and_then(|text| text.parse::<Number>().ok());
        number.map_or(0, size::number)
    };
    // Four characters are three bytes, less one for each `=` that fills up.
    let bytes = |content: Value<'_>| {
        content.as_str().map_or(0, |text| text.len() / 4 * 3 - text.matches('=').count())
    };
    match Type::from_name(&name) {
        Some(Type::S) => text(content),
        Some(Type::N) => number(content),
        Some(Type::B) => bytes(content),
        Some(Type::Bool | Type::Null) => 1,
        Some(Type::Ss) => content.elements().map(text).sum(),
        Some(Type::Ns) => content.elements().map(number).sum(),
        Some(Type::Bs) => content.elements().map(bytes).sum(),
        Some(Type::L) => 3 + content.elements().map(|element| 1 + size_of(element)).sum::<usize>(),
        Some(Type::M) => {
            let entries = content.members();
            3 + entries.map(|(name, inner)| name.len() + 1 + size_of(inner)).sum::<usize>()
        }
        None => 0,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{AttributeValue, Set, encode};

    /// Any value of any type.
    pub(in crate::value) fn value() -> impl Strategy<Value = AttributeValue> {
        let number = || {
            "-?[1-9][0-9]{0,20}(\\.[0-9]{0,9}[1-9])?(E-?[1-9][0-9])?"
                .prop_map(|text| text.parse::<Number>().expect("a number"))
        };
        let set = |members: Vec<Vec<u8>>| Set::new(members).map(AttributeValue::Bs);
        let leaf = prop_oneof![
            ".{0,12}".prop_map(AttributeValue::S),
            number().prop_map(AttributeValue::N),
            Just(AttributeValue::N(Number::from(0u64))),
            any::<Vec<u8>>().prop_map(AttributeValue::B),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null),
            prop::collection::btree_set(any::<Vec<u8>>(), 1..4)
                .prop_filter_map("a set", move |members| set(members.into_iter().collect())),
            prop::collection::btree_set(".{0,5}", 1..4).prop_filter_map("a set", |members| {
                Set::new(members.into_iter().collect()).map(AttributeValue::Ss)
            }),
            prop::collection::vec(number(), 1..4)
                .prop_filter_map("a set", |members| Set::new(members).map(AttributeValue::Ns)),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                prop::collection::vec((".{1,5}", inner), 0..4)
                    .prop_map(|entries| AttributeValue::M(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_read_of_the_text_is_what_was_written(
            entries in prop::collection::vec(("[a-z\"\\\\{}é]{1,6}", value()), 0..6)
        ) {
            let item: Item = entries.into_iter().collect();
            let mut text = Vec::new();
            encode::item(&item, &mut text);
            let stored = Stored::new(text.into());
            prop_assert_eq!(stored.size().expect("JSON"), size::item(&item));
            prop_assert_eq!(stored.item().expect("an item"), item.clone());
            let names: Vec<_> = item.names().step_by(2).collect();
            let part: Item = item.iter().step_by(2).map(|(name, value)| (name, value.clone())).collect();
            prop_assert_eq!(stored.part(&names).expect("a part"), part);
        }
    }
}
