//! Which element of one list belongs to which of the other? Elements with an identity (a primary
//! key, an index name) are paired by it, so that one missing item is one difference and not as
//! many as items follow it.

use std::collections::HashMap;

/// How two lists pair up, by positions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Alignment {
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) missing: Vec<usize>,
    pub(super) extra: Vec<usize>,
}

impl Alignment {
    /// By position: what is left over at the end is missing or extra.
    pub(super) fn by_position(expected: usize, actual: usize) -> Self {
        let both = expected.min(actual);
        Self {
            pairs: (0..both).map(|at| (at, at)).collect(),
            missing: (both..expected).collect(),
            extra: (both..actual).collect(),
        }
    }

    /// By identity; equal identities pair in their order. Pairs come in the expected order.
    pub(super) fn by_identity(expected: &[String], actual: &[String]) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, identity) in actual.iter().enumerate().rev() {
            places.entry(identity).or_default().push(at);
        }
        let mut alignment = Self::default();
        for (at, identity) in expected.iter().enumerate() {
            match places.get_mut(&**identity).and_then(Vec::pop) {
                Some(other) => alignment.pairs.push((at, other)),
                None => alignment.missing.push(at),
            }
        }
        alignment.extra = places.into_values().flatten().collect();
        alignment.extra.sort_unstable();
        alignment
    }

    /// Elements without a partner by identity are paired in their order: they are the same
    /// element changed more often than they are one gone and one new.
    pub(super) fn pair_leftovers(mut self) -> Self {
        let both = self.missing.len().min(self.extra.len());
        self.pairs.extend(self.missing.drain(..both).zip(self.extra.drain(..both)));
        self.pairs.sort_unstable();
        self
    }

    /// Whether paired elements come in the same order on both sides.
    pub(super) fn in_order(&self) -> bool {
        self.pairs.is_sorted_by_key(|(_, actual)| *actual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_missing_element_is_one_difference() {
        let alignment =
            Alignment::by_identity(&texts(&["a", "b", "c", "d"]), &texts(&["a", "c", "d"]));
        assert_eq!(alignment.missing, [1]);
        assert_eq!(alignment.extra, [0; 0]);
        assert!(alignment.in_order());
    }

    #[test]
    fn a_swap_is_out_of_order() {
        let alignment = Alignment::by_identity(&texts(&["a", "b"]), &texts(&["b", "a"]));
        assert_eq!(alignment.pairs, [(0, 1), (1, 0)]);
        assert!(!alignment.in_order());
    }

    #[test]
    fn equal_identities_pair_in_their_order() {
        let alignment = Alignment::by_identity(&texts(&["a", "a"]), &texts(&["a", "a", "a"]));
        assert_eq!((alignment.pairs, alignment.extra), (vec![(0, 0), (1, 1)], vec![2]));
    }
}
