//! Every store against a `BTreeMap`.

use std::{collections::BTreeMap, ops::Bound};

use proptest::{collection::vec, prelude::*, test_runner::TestCaseError};

use super::{sqlite::Durability, *};

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
    Scan(Bound<Vec<u8>>, Bound<Vec<u8>>, bool, usize),
    Commit,
    Abandon,
    Watch,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(0u8..3, 0..4)
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded),
        Just(Bound::Unbounded)
    ]
}

/// Short ones lie beside others in memory, long ones do not.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let repeated = (any::<u8>(), 0usize..700).prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![vec(any::<u8>(), 0..3), repeated]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (key(), value()).prop_map(|(key, value)| Step::Put(key, value)),
        2 => key().prop_map(Step::Delete),
        3 => (bound(), bound(), any::<bool>(), 0usize..9)
            .prop_map(|(from, to, back, limit)| Step::Scan(from, to, back, limit)),
        1 => Just(Step::Commit),
        1 => Just(Step::Abandon),
        1 => Just(Step::Watch),
    ]
}

fn slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

/// All pairs that there are.
fn all(store: &dyn Read) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let range = KeyRange { from: Bound::Unbounded, to: Bound::Unbounded };
    let pairs = store.scan(range, Direction::Forward, usize::MAX).unwrap();
    pairs.into_iter().map(|pair| (pair.key.to_vec(), pair.value.to_vec())).collect()
}

/// The size that a value is put with: of some, none.
fn told(value: &[u8]) -> Option<u32> {
    Some(value.len() as u32 / 2).filter(|size| *size > 0)
}

/// Does the steps in a store and in a map, and compares what is read.
fn reads_as_a_btree_map_does(
    store: &dyn Store,
    remembers: bool,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let mut committed: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut expected = committed.clone();
    let mut open = store.write().unwrap();
    // What somebody looks at for a while, and what it was then.
    let mut watched = None;
    for step in steps {
        match step {
            Step::Put(key, value) => {
                open.put_sized(&key, value.clone().into(), told(&value)).unwrap();
                let (found, size) = open.get_sized(&key).unwrap().unwrap();
                prop_assert_eq!(&found[..], &value[..]);
                prop_assert!(size == told(&value) || (size.is_none() && !remembers));
                expected.insert(key, value);
            }
            Step::Delete(key) => {
                open.delete(&key).unwrap();
                prop_assert_eq!(open.get(&key).unwrap(), None);
                expected.remove(&key);
            }
            Step::Watch => {
                let last = watched.replace((store.read().unwrap(), committed.clone()));
                if let Some((snapshot, was)) = last {
                    prop_assert_eq!(all(&*snapshot), was);
                }
            }
            Step::Scan(from, to, back, limit) => {
                let range = KeyRange { from: slice(&from), to: slice(&to) };
                let mut pairs: Vec<_> = if range.is_empty() {
                    Vec::new()
                } else {
                    expected.range::<[u8], _>((range.from, range.to)).collect()
                };
                let direction = if back { Direction::Backward } else { Direction::Forward };
                if back {
                    pairs.reverse();
                }
                pairs.truncate(limit);
                let found = open.scan(range, direction, limit).unwrap();
                for pair in found.iter().filter(|pair| pair.size.is_some() || remembers) {
                    prop_assert_eq!(pair.size, told(&pair.value));
                }
                let found: Vec<_> =
                    found.iter().map(|pair| (pair.key.to_vec(), pair.value.to_vec())).collect();
                let pairs: Vec<_> =
                    pairs.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(found, pairs);
            }
            Step::Commit => {
                open.commit().unwrap();
                committed = expected.clone();
                open = store.write().unwrap();
            }
            Step::Abandon => {
                drop(open);
                expected = committed.clone();
                open = store.write().unwrap();
            }
        }
        let snapshot = store.read().unwrap();
        for key in committed.keys() {
            let value = snapshot.get(key).unwrap();
            prop_assert_eq!(value.as_deref(), committed.get(key).map(Vec::as_slice));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_store_reads_as_a_btree_map_does(steps in vec(step(), 0..60)) {
        reads_as_a_btree_map_does(&MemoryStore::new(), true, steps)?;
    }

    #[test]
    fn the_sqlite_store_reads_as_a_btree_map_does(steps in vec(step(), 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("db"), Durability::Fleeting).unwrap();
        reads_as_a_btree_map_does(&store, false, steps)?;
    }
}
