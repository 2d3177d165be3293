//! The keys of one minute: so many are counted exactly, and of more those that count most.
//!
//! When there are more, the half that counts least is forgotten, and the most that one of those
//! had is what a key that comes then may have had before. So a count is never too low, and it is
//! known by how much it may be too high. (The sketch is that of Metwally's "space saving", with
//! the smallest counters replaced a half at a time.)

use std::{cmp::Reverse, collections::BTreeMap};

/// How many different keys of a minute are counted exactly.
pub const EXACT_KEYS: usize = 2_000;

/// How many keys of a minute are told, and kept when it is over: as many as CloudWatch's reports
/// list at most.
pub const LISTED_KEYS: usize = 100;

/// What was counted in a minute, in thousandths.
#[derive(Clone, Debug, Default)]
pub(super) struct Minute {
    /// Of all keys.
    pub(super) sum: u64,
    keys: BTreeMap<Box<[u8]>, Count>,
    /// The most that a key may have that was forgotten.
    forgotten: u64,
}

/// What a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) value: u64,
    /// By how much that may be too high.
    pub(super) over: u64,
}

impl Minute {
    pub(super) fn add(&mut self, key: &[u8], amount: u64) {
        self.sum += amount;
        if let Some(count) = self.keys.get_mut(key) {
            count.value += amount;
            return;
        }
        let over = self.forgotten;
        self.keys.insert(key.into(), Count { value: over + amount, over });
        if self.keys.len() > EXACT_KEYS {
            self.keep(EXACT_KEYS / 2);
        }
    }

    /// Keeps what is told of a minute that is over.
    pub(super) fn end(&mut self) {
        self.keep(LISTED_KEYS);
    }

    /// The keys that count most, first; of those that count the same, by their text.
    pub(super) fn listed(&self) -> Vec<(&[u8], Count)> {
        let mut all: Vec<_> = self.keys.iter().map(|(key, count)| (&**key, *count)).collect();
        all.sort_by_key(|(_, count)| Reverse(count.value));
        all.truncate(LISTED_KEYS);
        all
    }

    fn keep(&mut self, most: usize) {
        if self.keys.len() <= most {
            return;
        }
        let mut all: Vec<_> = std::mem::take(&mut self.keys).into_iter().collect();
        all.sort_by_key(|(_, count)| Reverse(count.value));
        self.forgotten = all.get(most).map_or(0, |(_, count)| count.value).max(self.forgotten);
        all.truncate(most);
        self.keys = all.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Vec<u8> {
        format!("{number:05}").into_bytes()
    }

    #[test]
    fn as_many_keys_as_it_says_are_exact() {
        let mut minute = Minute::default();
        for round in 0..3 {
            (0..EXACT_KEYS).for_each(|at| minute.add(&key(at), round + at as u64));
        }
        let listed = minute.listed();
        assert_eq!(listed.len(), LISTED_KEYS);
        for (at, (found, count)) in listed.iter().enumerate() {
            let number = EXACT_KEYS - 1 - at;
            assert_eq!(found, &key(number));
            assert_eq!(*count, Count { value: 3 + 3 * number as u64, over: 0 });
        }
    }

    #[test]
    fn of_more_keys_the_most_frequent_are_found_and_bounded() {
        // Ten keys come often among twenty thousand that come once.
        let mut minute = Minute::default();
        let mut truth = BTreeMap::<Vec<u8>, u64>::new();
        for at in 0..20_000 {
            for key in [key(at + 10), key(at % 10)] {
                *truth.entry(key.clone()).or_default() += 1;
                minute.add(&key, 1);
                assert!(minute.keys.len() <= EXACT_KEYS);
            }
        }
        assert_eq!(minute.sum, 40_000);
        let listed = minute.listed();
        let often: Vec<_> = (0..10).map(key).collect();
        assert_eq!(listed[..10].iter().map(|(key, _)| *key).collect::<Vec<_>>(), often);
        assert!(listed[10].1.over > 0, "nothing was forgotten");
        for (key, Count { value, over }) in listed {
            let exact = truth[key];
            assert!(value - over <= exact && exact <= value, "{exact} {value} {over}");
        }
    }
}
