//! What a block is found by: bytes that mostly are few, and then lie in the node itself.

use std::{borrow::Borrow, cmp::Ordering, sync::Arc};

/// How many bytes need no allocation; with these a name takes five words. The hash of a partition
/// key, a short one and a time of day are less.
const FEW: usize = 38;

/// A name. A search compares one name after another: of those that are in the node it touches no
/// other memory.
#[derive(Clone, Debug)]
pub(super) enum Name {
    /// So many of the bytes.
    Few(u8, [u8; FEW]),
    /// More than that.
    Many(Arc<[u8]>),
}

impl Name {
    /// The fewest bytes that are no greater than `key` and greater than `before`, which is less.
    pub(super) fn between(before: &[u8], key: &[u8]) -> Self {
        let common = before.iter().zip(key).take_while(|(one, other)| one == other).count();
        key.get(..=common).unwrap_or(key).into()
    }
}

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Self {
        let mut few = [0; FEW];
        match few.get_mut(..bytes.len()) {
            Some(part) => {
                part.copy_from_slice(bytes);
                Self::Few(bytes.len() as u8, few)
            }
            None => Self::Many(bytes.into()),
        }
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        match self {
            Self::Few(length, bytes) => &bytes[..usize::from(*length)],
            Self::Many(bytes) => bytes,
        }
    }
}

impl std::ops::Deref for Name {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.borrow()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_name_lies_between_two_keys(mut keys in vec(vec(0u8..3, 0..50), 2)) {
            keys.sort();
            prop_assume!(keys[0] < keys[1]);
            let name = Name::between(&keys[0], &keys[1]);
            prop_assert!(keys[0][..] < *name && *name <= keys[1][..], "{name:?}");
        }

        #[test]
        fn names_order_as_their_bytes_do(keys in vec(vec(0u8..2, 0..50), 2)) {
            let names: Vec<Name> = keys.iter().map(|key| key[..].into()).collect();
            prop_assert_eq!(names[0].cmp(&names[1]), keys[0].cmp(&keys[1]));
            prop_assert_eq!(&*names[0], &keys[0][..]);
        }
    }

    #[test]
    fn a_name_is_five_words() {
        assert_eq!(size_of::<Name>(), 40);
    }
}
