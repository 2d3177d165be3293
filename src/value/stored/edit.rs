//! Another item out of one of which most stays: what stays is copied as it is written.

use std::iter::Peekable;

use super::{
    Stored, Unreadable,
    walk::{Foreign, Walk},
};
use crate::{
    value::{AttributeValue, Item, encode, size},
    wire::json::write_string,
};

impl Stored {
    /// The item with `new` in place of the attributes of these names, in their byte order; those
    /// of them that are not in `new` go. `new` has no others.
    ///
    /// # Errors
    ///
    /// When the text is no item's.
    pub fn with(&self, names: &[&str], new: &Item) -> Result<Self, Unreadable> {
        debug_assert!(names.is_sorted() && new.names().all(|name| names.contains(&name)));
        if let Ok(edited) = self.edited(names, new) {
            return Ok(edited);
        }
        // Written by somebody else or no item's: all of it tells which.
        let mut item = self.item()?.clone();
        for name in names {
            item.remove(name);
        }
        for (name, value) in new.iter() {
            item.insert(name, value.clone());
        }
        Ok(item.into())
    }

    fn edited(&self, names: &[&str], new: &Item) -> Result<Self, Foreign> {
        let old = self.text();
        let mut text = Vec::with_capacity(old.len() + 64);
        let mut walk = Walk::<true>::over(old);
        let mut new = new.iter().peekable();
        let (mut size, mut last) = (0, None);
        loop {
            // Behind the bracket or the comma.
            let (from, before) = (walk.at + 1, walk.size);
            let Some(name) = walk.name()? else { break };
            // Only where names are in order is it known where the new ones belong.
            let name = name.text()?;
            if last.is_some_and(|last| last >= name) {
                return Err(Foreign);
            }
            size += write_before(Some(&name), &mut new, &mut text);
            walk.value()?;
            if names.binary_search(&&*name).is_err() {
                begin(&mut text);
                text.extend_from_slice(&old[from..walk.at]);
                size += walk.size - before;
            }
            last = Some(name);
        }
        if walk.at != old.len() {
            return Err(Foreign);
        }
        size += write_before(None, &mut new, &mut text);
        if text.is_empty() {
            text.push(b'{');
        }
        text.push(b'}');
        // As `encode::text`: a store may keep the very allocation.
        Ok(Self::sized(text.into_boxed_slice().into(), Some(size)))
    }
}

/// Writes the new attributes that come before or at a name, or all that are left; how large they
/// are.
fn write_before<'a>(
    name: Option<&str>,
    new: &mut Peekable<impl Iterator<Item = (&'a str, &'a AttributeValue)>>,
    text: &mut Vec<u8>,
) -> usize {
    let mut size = 0;
    while let Some((new, value)) = new.next_if(|(new, _)| name.is_none_or(|name| *new <= name)) {
        begin(text);
        write_string(text, new);
        text.push(b':');
        encode::value(value, text);
        size += new.len() + size::value(value);
    }
    size
}

fn begin(text: &mut Vec<u8>) {
    text.push(if text.is_empty() { b'{' } else { b',' });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::value, *};

    proptest! {
        #[test]
        fn what_is_edited_in_the_text_is_what_would_be_written_of_the_item(
            entries in prop::collection::vec(("[a-d\"\\\\é]{1,2}", value()), 0..6),
            others in prop::collection::vec(("[a-d\"\\\\é]{1,2}", prop::option::of(value())), 0..6)
        ) {
            let item: Item = entries.into_iter().collect();
            let mut names: Vec<_> = others.iter().map(|(name, _)| &**name).collect();
            names.sort_unstable();
            names.dedup();
            let new: Item = others.iter().filter_map(|(name, value)| Some((&**name, value.clone()?))).collect();
            let mut expected = item.clone();
            names.iter().for_each(|name| drop(expected.remove(name)));
            new.iter().for_each(|(name, value)| drop(expected.insert(name, value.clone())));

            let stored = Stored::new(encode::text(&item));
            let edited = stored.edited(&names, &new).expect("our own text");
            prop_assert_eq!(edited.text(), &encode::text(&expected));
            prop_assert_eq!(edited.size().expect("told"), size::item(&expected));
            prop_assert_eq!(&Stored::new(edited.text().clone()).into_item().expect("an item"), &expected);

            // As somebody else writes it, with white space.
            let json: serde_json::Value = serde_json::from_slice(stored.text()).expect("JSON");
            let spaced = Stored::new(serde_json::to_vec_pretty(&json).expect("JSON").into());
            let edited = spaced.with(&names, &new).expect("an item");
            prop_assert_eq!(edited.item().expect("an item"), &expected);
        }
    }

    #[test]
    fn names_out_of_order_are_read_all_of_them() {
        let stored = Stored::new(r#"{"b":{"S":"1"},"a":{"S":"2"}}"#.into());
        let new: Item = [("aa", AttributeValue::S("3".into()))].into_iter().collect();
        let edited = stored.with(&["aa", "b"], &new).expect("an item");
        assert_eq!(&edited.text()[..], br#"{"a":{"S":"2"},"aa":{"S":"3"}}"#);
    }
}
