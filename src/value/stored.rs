//! An item as a store keeps it: JSON, of which only what is asked for becomes values. A filter
//! looks at one or two attributes of an item; the size of one needs no value at all.

use bytes::Bytes;

use super::{Item, Number, Type, ValueError, decode::Decoder, size};
use crate::wire::json::{Json, JsonError, Value};

/// An item's JSON, as [`super::encode::item`] wrote it.
#[derive(Clone, Debug)]
pub struct Stored {
    json: Json,
}

impl Stored {
    /// Reads the text of an item.
    ///
    /// # Errors
    ///
    /// When it is not JSON.
    pub fn read(text: Bytes) -> Result<Self, JsonError> {
        Json::parse(text).map(|json| Self { json })
    }

    /// All of the item.
    ///
    /// # Errors
    ///
    /// When it holds what no item can.
    pub fn item(&self) -> Result<Item, ValueError> {
        Decoder::new().item(self.json.root())
    }

    /// The attributes of these names.
    ///
    /// # Errors
    ///
    /// When one of them holds what no attribute can.
    pub fn part(&self, names: &[&str]) -> Result<Item, ValueError> {
        let mut decoder = Decoder::new();
        let members = self.json.root().members().filter(|(name, _)| names.contains(&&**name));
        members.map(|(name, value)| Ok((name.into_owned(), decoder.value(value)?))).collect()
    }

    /// As [`size::item`] of the whole.
    #[must_use]
    pub fn size(&self) -> usize {
        self.json.root().members().map(|(name, value)| name.len() + size_of(value)).sum()
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{AttributeValue, Set, encode};

    fn value() -> impl Strategy<Value = AttributeValue> {
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
            entries in prop::collection::vec((".{1,6}", value()), 0..6)
        ) {
            let item: Item = entries.into_iter().collect();
            let mut text = Vec::new();
            encode::item(&item, &mut text);
            let stored = Stored::read(text.into()).expect("JSON");
            prop_assert_eq!(stored.size(), size::item(&item));
            prop_assert_eq!(stored.item().expect("an item"), item.clone());
            let names: Vec<_> = item.names().step_by(2).collect();
            let part: Item = item.iter().step_by(2).map(|(name, value)| (name, value.clone())).collect();
            prop_assert_eq!(stored.part(&names).expect("a part"), part);
        }
    }
}
