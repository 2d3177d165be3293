//! Paths that keep apart, as one tree over the item they lead into.

use std::collections::BTreeMap;

use crate::value::{AttributeValue, Item, Map, Path, Step};

/// What hangs at the end of each path, by the way there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<T> {
    Leaf(T),
    Names(Names<T>),
    /// In ascending order, in which parts of a list are returned and appended (aws-facts 4.6,
    /// 4.8).
    Indexes(BTreeMap<usize, Self>),
}

pub(super) type Names<T> = BTreeMap<String, Tree<T>>;

/// The tree of paths that do not overlap.
pub(super) fn plant<'a, T>(paths: impl IntoIterator<Item = (&'a Path, T)>) -> Names<T> {
    let mut root = Names::new();
    for (path, leaf) in paths {
        match path.steps.split_first() {
            None => {
                root.insert(path.attribute.clone(), Tree::Leaf(leaf));
            }
            Some((first, rest)) => {
                let node = root.entry(path.attribute.clone()).or_insert_with(|| empty(first));
                node.plant(first, rest, leaf);
            }
        }
    }
    root
}

fn empty<T>(step: &Step) -> Tree<T> {
    match step {
        Step::Name(_) => Tree::Names(BTreeMap::new()),
        Step::Index(_) => Tree::Indexes(BTreeMap::new()),
    }
}

impl<T> Tree<T> {
    fn plant(&mut self, step: &Step, rest: &[Step], leaf: T) {
        let fresh = || rest.first().map(empty);
        let child = match (self, step) {
            (Self::Names(names), Step::Name(name)) => match fresh() {
                Some(inner) => names.entry(name.clone()).or_insert(inner),
                None => return drop(names.insert(name.clone(), Self::Leaf(leaf))),
            },
            (Self::Indexes(indexes), Step::Index(index)) => match fresh() {
                Some(inner) => indexes.entry(*index).or_insert(inner),
                None => return drop(indexes.insert(*index, Self::Leaf(leaf))),
            },
            // Only for paths that overlap or conflict.
            _ => return,
        };
        if let Some((next, rest)) = rest.split_first() {
            child.plant(next, rest, leaf);
        }
    }

    fn cut(&self, value: &AttributeValue) -> Option<AttributeValue> {
        match (self, value) {
            (Self::Leaf(_), value) => Some(value.clone()),
            (Self::Names(names), AttributeValue::M(map)) => {
                let part = cut(names, map);
                (!part.is_empty()).then_some(AttributeValue::M(part))
            }
            (Self::Indexes(indexes), AttributeValue::L(list)) => {
                let part: Vec<_> = indexes
                    .iter()
                    .filter_map(|(index, inner)| inner.cut(list.get(*index)?))
                    .collect();
                (!part.is_empty()).then_some(AttributeValue::L(part))
            }
            _ => None,
        }
    }
}

/// The parts of an item at the paths: maps keep what is asked for, lists close up.
pub(super) fn cut<T>(names: &Names<T>, item: &Item) -> Map {
    names
        .iter()
        .filter_map(|(name, inner)| Some((name.as_str(), inner.cut(item.get(name)?)?)))
        .collect()
}
