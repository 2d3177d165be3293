//! What a tape has told of its items so far: in which partition of each index they are. A write
//! then touches the partitions it leaves and enters, and no others.

use std::collections::{HashMap, HashSet};

use super::{
    EVERYTHING, Footprint, Tables, checked, index_entries, index_partition, item, items, partition,
    request::{Change, ItemWrite, key_text},
};
use crate::{cassette::schema::KeyAttribute, value::Item};

/// Where an item is in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Not known.
    Somewhere,
    /// Not in it.
    Nowhere,
    /// In the partition of this key.
    At(String),
}

/// Where items are in the indexes, as far as the tape has told.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// By item: a place for each global index of its table.
    places: HashMap<String, Vec<Place>>,
    /// Tables that the tape made: what it has not put is not there.
    empty: HashSet<String>,
}

impl Known {
    /// A table is made or deleted.
    pub(super) fn empty(&mut self, table: &str) {
        let begin = item(table, "");
        self.places.retain(|name, _| !name.starts_with(&begin));
        self.empty.insert(table.to_owned());
    }

    /// A table may hold anything.
    pub(super) fn refill(&mut self, table: &str) {
        self.empty(table);
        self.empty.remove(table);
    }

    /// Something may have changed anything.
    pub(super) fn forget(&mut self) {
        self.places.clear();
        self.empty.clear();
    }

    /// Adds what a write touches, and remembers what it leaves.
    pub(super) fn touch(&mut self, tables: &Tables, footprint: &mut Footprint, write: &ItemWrite) {
        let table = &write.table;
        let schema = tables.get(table);
        let key = write.item.as_ref().and_then(|item| item.text(schema));
        let (Some((hash, key)), Some(schema)) = (key, schema) else {
            if !matches!(write.change, Change::Check) {
                self.forget();
                touch_unknown(footprint, tables, table);
            }
            return;
        };
        if matches!(write.change, Change::Check) {
            // Two checks of one item may change places.
            footprint.touch(checked(table, &key));
            return;
        }
        footprint.watch(checked(table, &key));
        footprint.touch(item(table, &key));
        footprint.touch(partition(table, &hash));
        footprint.touch(items(table));
        footprint.touch(EVERYTHING);
        if schema.gsi.is_empty() {
            return;
        }
        let name = item(table, &key);
        let fresh = if self.empty.contains(table) { Place::Nowhere } else { Place::Somewhere };
        let before = self.places.remove(&name);
        let before = before.unwrap_or_else(|| vec![fresh; schema.gsi.len()]);
        let mut after = Vec::with_capacity(before.len());
        for ((index, index_key), before) in schema.gsi.iter().zip(&before) {
            let place = match tables.changing(table) {
                true => Place::Somewhere,
                false => place_after(&write.change, write, index_key, before),
            };
            for place in [before, &place] {
                match place {
                    Place::Nowhere => continue,
                    Place::At(key) => {
                        footprint.touch(index_partition(table, index, Some(key)));
                    }
                    Place::Somewhere => footprint.touch(index_partition(table, index, None)),
                }
                footprint.touch(index_entries(table, index));
            }
            after.push(place);
        }
        self.places.insert(name, after);
    }
}

fn place_after(
    change: &Change,
    write: &ItemWrite,
    index: &[KeyAttribute],
    before: &Place,
) -> Place {
    let place = |item: &Item| match key_text(index, item) {
        Some((hash, _)) => Place::At(hash),
        None => Place::Nowhere,
    };
    match (change, &write.item) {
        (Change::Put, Some(item)) => place(item.item()),
        (Change::Delete, _) => Place::Nowhere,
        (Change::Update { after: Some(item), .. }, _) => place(item.item()),
        (Change::Update { touched: Some(touched), .. }, _)
            if !index.iter().any(|key| touched.contains(&key.name)) =>
        {
            match (before, &write.item) {
                // What an update makes of nothing has its key, which may be the index's as well.
                (Place::Nowhere, Some(key)) => place(key.item()),
                (place, _) => place.clone(),
            }
        }
        _ => Place::Somewhere,
    }
}

/// A write to an item that cannot be told from others of its table.
fn touch_unknown(footprint: &mut Footprint, tables: &Tables, table: &str) {
    footprint.touch(item(table, "?"));
    footprint.touch(partition(table, "?"));
    footprint.touch(items(table));
    footprint.touch(EVERYTHING);
    for (index, _) in tables.get(table).into_iter().flat_map(|schema| &schema.gsi) {
        footprint.touch(index_partition(table, index, None));
        footprint.touch(index_entries(table, index));
    }
}
