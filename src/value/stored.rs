//! An item as a store keeps it: JSON, of which only what is asked for becomes values. A filter
//! looks at one or two attributes of an item; the size of one needs no value at all, and most
//! items that are replaced are looked at by nobody.

mod edit;
mod walk;

use std::cell::OnceCell;

use bytes::Bytes;
use thiserror::Error;

use self::walk::{Foreign, Walk};
use super::{Item, ValueError, decode::Decoder, encode, size};
use crate::wire::json::{Json, JsonError};

/// An item's JSON, as [`encode::item`] writes it, and its values: each made of the other when it is
/// first asked for.
#[derive(Clone, Debug)]
pub struct Stored {
    text: OnceCell<Bytes>,
    item: OnceCell<Item>,
    size: OnceCell<usize>,
}

impl Stored {
    /// The text of an item.
    #[must_use]
    pub fn new(text: Bytes) -> Self {
        Self { text: text.into(), item: OnceCell::new(), size: OnceCell::new() }
    }

    /// The text of an item, whose size may be known.
    #[must_use]
    pub fn sized(text: Bytes, size: Option<usize>) -> Self {
        Self { size: size.map(OnceCell::from).unwrap_or_default(), ..Self::new(text) }
    }

    /// Its text.
    pub fn text(&self) -> &Bytes {
        // One of the two is always there.
        self.text.get_or_init(|| self.item.get().map(encode::text).unwrap_or_default())
    }

    /// All of the item.
    ///
    /// # Errors
    ///
    /// When the text is no item's.
    pub fn item(&self) -> Result<&Item, Unreadable> {
        if let Some(item) = self.item.get() {
            return Ok(item);
        }
        let item = self.read()?;
        Ok(self.item.get_or_init(|| item))
    }

    /// All of the item.
    ///
    /// # Errors
    ///
    /// When the text is no item's.
    pub fn into_item(self) -> Result<Item, Unreadable> {
        match self.item.into_inner() {
            Some(item) => Ok(item),
            None => Self { item: OnceCell::new(), ..self }.read(),
        }
    }

    fn read(&self) -> Result<Item, Unreadable> {
        if let Ok(item) = Walk::<false>::over(self.text()).item() {
            return Ok(item);
        }
        // Written by somebody else or no item's: the decoder tells which.
        Ok(Decoder::new().item(Json::parse(self.text().clone())?.root())?)
    }

    /// The attributes of these names. All others are passed over without a look at what they hold.
    ///
    /// # Errors
    ///
    /// When one of them holds what no attribute can.
    pub fn part(&self, names: &[&str]) -> Result<Item, Unreadable> {
        if self.item.get().is_none()
            && let Ok(part) = self.walk(names)
        {
            return Ok(part);
        }
        // Written by somebody else or no item's: all of it tells which.
        let wanted = self.item()?.iter().filter(|(name, _)| names.contains(name));
        Ok(wanted.map(|(name, value)| (name.to_owned(), value.clone())).collect())
    }

    fn walk(&self, names: &[&str]) -> Result<Item, Foreign> {
        let mut walk = Walk::<false>::over(self.text());
        let mut found = Vec::with_capacity(names.len());
        while found.len() < names.len()
            && let Some(name) = walk.name()?
        {
            let name = match name.plain() {
                Some(plain) => names.iter().copied().find(|name| name.as_bytes() == plain),
                None => {
                    let text = name.text()?;
                    names.iter().copied().find(|name| **name == *text)
                }
            };
            let Some(name) = name else {
                walk.value()?;
                continue;
            };
            found.push((name.to_owned(), walk.read()?));
        }
        Ok(found.into())
    }

    /// As [`size::item`] of the whole.
    ///
    /// # Errors
    ///
    /// When the text is no JSON.
    pub fn size(&self) -> Result<usize, Unreadable> {
        if let Some(size) = self.size.get() {
            return Ok(*size);
        }
        let size = self.measured()?;
        Ok(*self.size.get_or_init(|| size))
    }

    fn measured(&self) -> Result<usize, Unreadable> {
        if let Some(item) = self.item.get() {
            return Ok(size::item(item));
        }
        let mut walk = Walk::<true>::over(self.text());
        loop {
            match walk.name().and_then(|name| name.map(|_| walk.value()).transpose()) {
                Ok(Some(())) => {}
                Ok(None) => return Ok(walk.size),
                Err(Foreign) => return Ok(size::item(self.item()?)),
            }
        }
    }
}

impl From<Item> for Stored {
    fn from(item: Item) -> Self {
        Self { text: OnceCell::new(), item: item.into(), size: OnceCell::new() }
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

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{AttributeValue, Number, Set, encode};

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
            prop_assert_eq!(stored.item().expect("an item"), &item);
            prop_assert_eq!(stored.clone().into_item().expect("an item"), item.clone());
            prop_assert_eq!(stored.size().expect("values"), size::item(&item));
            let made = Stored::from(item.clone());
            prop_assert_eq!(made.text(), stored.text());
            let names: Vec<_> = item.names().step_by(2).collect();
            let part: Item = item.iter().step_by(2).map(|(name, value)| (name, value.clone())).collect();
            prop_assert_eq!(stored.part(&names).expect("a part"), part.clone());

            // As somebody else writes it, with white space.
            let json: serde_json::Value = serde_json::from_slice(stored.text()).expect("JSON");
            let spaced = Stored::new(serde_json::to_vec_pretty(&json).expect("JSON").into());
            prop_assert_eq!(spaced.size().expect("JSON"), size::item(&item));
            prop_assert_eq!(spaced.part(&names).expect("a part"), part);
        }

        #[test]
        fn a_text_that_is_cut_or_garbled_is_refused_or_read_and_never_walked_past(
            entries in prop::collection::vec(("[a-z\"\\\\é]{1,6}", value()), 0..4),
            garbled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            kept in any::<prop::sample::Index>(),
        ) {
            let mut text = Vec::new();
            encode::item(&entries.into_iter().collect(), &mut text);
            for (at, byte) in garbled {
                let at = at.index(text.len());
                text[at] = byte;
            }
            text.truncate(kept.index(text.len() + 1));
            let stored = Stored::new(text.into());
            let _ = (stored.size(), stored.part(&["a", "none"]), stored.item().cloned());
        }
    }
}
