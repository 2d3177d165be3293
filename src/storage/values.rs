//! Values as a store holds them: several in one piece of memory.

use std::ops::Range;

use bytes::Bytes;

/// A value where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    bytes: &'a [u8],
    /// What holds them, and maybe others.
    within: &'a Bytes,
    size: Option<u32>,
}

impl<'a> Value<'a> {
    /// The value that lies at a place within others, and the size it was put with.
    ///
    /// # Panics
    ///
    /// When there is no such place.
    #[inline]
    #[must_use]
    pub fn within(within: &'a Bytes, at: Range<usize>, size: Option<u32>) -> Self {
        Self { bytes: &within[at], within, size }
    }

    /// The value itself.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The value without a copy: what holds it is held on to.
    #[must_use]
    pub fn share(&self) -> Bytes {
        self.within.slice_ref(self.bytes)
    }

    /// The size it was put with ([`super::Write::put_sized`]), if the store remembers.
    #[inline]
    #[must_use]
    pub fn size(&self) -> Option<u32> {
        self.size
    }
}

impl<'a> From<&'a Bytes> for Value<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Self::within(bytes, 0..bytes.len(), None)
    }
}

/// Values that were found one after another. Those that lie in one piece of memory hold on to it
/// once: a count of references for each would take longer than to copy the value.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pieces: Vec<Bytes>,
    at: Vec<Place>,
}

/// The piece, where in it, and the size; zero, nobody told. Many of these are written to be read
/// once: they are short.
#[derive(Clone, Debug)]
struct Place {
    piece: u32,
    from: u32,
    to: u32,
    size: u32,
}

impl Values {
    /// Adds a value.
    #[inline]
    pub fn push(&mut self, value: &Value<'_>) {
        let place = |bytes: &Bytes| (bytes.as_ptr(), bytes.len());
        let same = |last: &Bytes| place(last) == place(value.within);
        if !self.pieces.last().is_some_and(same) {
            self.pieces.push(value.within.clone());
        }
        let from = value.bytes.as_ptr().addr() - value.within.as_ptr().addr();
        let places = [self.pieces.len() - 1, from, from + value.bytes.len()];
        let [piece, from, to] = places.map(short);
        self.at.push(Place { piece, from, to, size: value.size.unwrap_or_default() });
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'_>> + Clone {
        let value = |place: &Place| {
            let (piece, at) = (place.piece as usize, place.from as usize..place.to as usize);
            Value::within(&self.pieces[piece], at, (place.size > 0).then_some(place.size))
        };
        self.at.iter().map(value)
    }
}

/// No memory that values lie in is as long as 4 GiB.
fn short(number: usize) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_hold_on_to_their_memory_once() {
        let (one, other) = (Bytes::from("aabbb".to_owned()), Bytes::from("c".to_owned()));
        let mut values = Values::default();
        values.push(&Value::within(&one, 0..2, Some(7)));
        values.push(&Value::within(&one, 2..5, None));
        values.push(&Value::from(&other));
        values.push(&Value::within(&one, 1..1, None));
        assert_eq!((values.len(), values.pieces.len()), (4, 3));
        let found: Vec<_> = values.iter().map(|value| (value.share(), value.size())).collect();
        assert_eq!(
            found,
            [("aa".into(), Some(7)), ("bbb".into(), None), ("c".into(), None), ("".into(), None)]
        );
    }
}
