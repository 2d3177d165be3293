//! Where the candidate's state may not be the primary's, and since when: after a write that the
//! candidate was not asked, did not answer or answered otherwise. What differs there shows nothing
//! new; it is put down to that write, the root.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::cassette::{Resource, Settled, has_state, is_item};

/// How many are told apart. Beyond that whole tables are tainted.
const MOST: usize = 10_000;

/// Why: what is told of a difference instead of calling it one.
pub(super) type Root = Arc<str>;

#[derive(Debug, Default)]
pub(super) struct Taints {
    records: HashMap<u64, Record>,
    next: u64,
    by_resource: HashMap<Resource, HashSet<u64>>,
    by_touches: HashMap<Arc<[Resource]>, u64>,
    tables: HashMap<String, Span>,
    everything: Option<Span>,
}

/// The places in the order of the first and the last write of a kind, and the first one's root.
#[derive(Clone, Debug)]
struct Span {
    first: u64,
    last: u64,
    root: Root,
}

#[derive(Debug)]
struct Record {
    span: Span,
    touches: Arc<[Resource]>,
    /// Tables that it is about.
    tables: Vec<String>,
    /// Items that may differ. When all are settled, the record is.
    items: HashSet<Resource>,
}

impl Taints {
    /// From this place in the order on, what these hold is not known.
    pub(super) fn add(&mut self, at: u64, root: &Root, touches: &[Resource], tables: &[String]) {
        if touches.is_empty() {
            return;
        }
        let span = Span { first: at, last: at, root: Arc::clone(root) };
        let known = self.by_touches.get(touches).copied();
        if let Some((id, record)) = known.and_then(|id| Some((id, self.records.get_mut(&id)?))) {
            record.span.extend(at);
            // Some of them may have been settled meanwhile.
            record.items.extend(items(touches));
            for resource in touches {
                self.by_resource.entry(resource.clone()).or_default().insert(id);
            }
            return;
        }
        if self.records.len() >= MOST {
            for table in tables {
                let known = self.tables.entry(table.clone()).or_insert_with(|| span.clone());
                known.extend(at);
            }
            if tables.is_empty() {
                self.add_everything(at, root);
            }
            return;
        }
        let (id, touches) = (self.next, Arc::<[Resource]>::from(touches));
        self.next += 1;
        for resource in &*touches {
            self.by_resource.entry(resource.clone()).or_default().insert(id);
        }
        self.by_touches.insert(Arc::clone(&touches), id);
        let items = items(&touches).collect();
        self.records.insert(id, Record { span, touches, tables: tables.to_vec(), items });
    }

    /// From this place on nothing is known.
    pub(super) fn add_everything(&mut self, at: u64, root: &Root) {
        let span = Span { first: at, last: at, root: Arc::clone(root) };
        self.everything.get_or_insert(span).extend(at);
    }

    /// Why a call at this place may be answered otherwise, if it may.
    pub(super) fn root_of(&self, at: u64, watches: &[Resource], tables: &[String]) -> Option<Root> {
        let of_tables = tables.iter().filter_map(|table| self.tables.get(table));
        let ids = watches.iter().filter_map(|resource| self.by_resource.get(resource)).flatten();
        let records = ids.filter_map(|id| Some(&self.records.get(id)?.span));
        let spans = self.everything.iter().chain(of_tables).chain(records);
        let before = spans.filter(|span| span.first < at);
        before.min_by_key(|span| span.first).map(|span| Arc::clone(&span.root))
    }

    /// A call at this place left these alike.
    pub(super) fn settle(&mut self, at: u64, settled: &Settled) {
        for item in &settled.items {
            let ids: Vec<u64> = self.by_resource.get(item).into_iter().flatten().copied().collect();
            for id in ids {
                let Some(record) = self.records.get_mut(&id) else { continue };
                if record.span.last > at || !record.items.remove(item) {
                    continue;
                }
                self.forget(item, id);
                self.end_if_settled(id);
            }
        }
        for table in &settled.tables {
            if self.tables.get(table).is_some_and(|span| span.last < at) {
                self.tables.remove(table);
            }
            let of_table = self
                .records
                .iter_mut()
                .filter(|(_, record)| record.span.last < at && record.tables.contains(table));
            let mut ended = Vec::new();
            for (id, record) in of_table {
                record.tables.retain(|name| name != table);
                if record.tables.is_empty() {
                    ended.push(*id);
                }
            }
            for id in ended {
                self.end(id);
            }
        }
    }

    fn end_if_settled(&mut self, id: u64) {
        let settled = self.records.get(&id).is_some_and(|record| {
            // What is no item is settled with its table only.
            let lasts = |one: &Resource| has_state(one) && !is_item(one);
            record.items.is_empty() && !record.touches.iter().any(lasts)
        });
        if settled {
            self.end(id);
        }
    }

    fn end(&mut self, id: u64) {
        let Some(record) = self.records.remove(&id) else { return };
        for resource in &*record.touches {
            self.forget(resource, id);
        }
        self.by_touches.remove(&record.touches);
    }

    fn forget(&mut self, resource: &Resource, id: u64) {
        if let Some(ids) = self.by_resource.get_mut(resource) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_resource.remove(resource);
            }
        }
    }
}

impl Span {
    fn extend(&mut self, at: u64) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

fn items(touches: &[Resource]) -> impl Iterator<Item = Resource> {
    touches.iter().filter(|resource| is_item(resource)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<Resource> {
        names.iter().map(|name| (*name).into()).collect()
    }

    fn items(names: &[&str]) -> Settled {
        Settled { items: list(names), tables: Vec::new() }
    }

    fn taints() -> Taints {
        let mut taints = Taints::default();
        let touches = list(&["item t a", "item t b", "items t"]);
        taints.add(5, &"why".into(), &touches, &["t".to_owned()]);
        taints
    }

    #[test]
    fn what_comes_after_it_is_tainted_until_all_items_are_settled() {
        let mut taints = taints();
        let root = |taints: &Taints, at, name| taints.root_of(at, &list(&[name]), &[]);
        assert_eq!(root(&taints, 4, "item t a"), None, "it came before");
        assert_eq!(root(&taints, 6, "item t a").as_deref(), Some("why"));
        assert_eq!(root(&taints, 6, "item t c"), None);
        taints.settle(7, &items(&["item t a"]));
        assert_eq!(root(&taints, 8, "item t a"), None);
        assert!(root(&taints, 8, "item t b").is_some() && root(&taints, 8, "items t").is_some());
        taints.settle(9, &items(&["item t b"]));
        assert_eq!(root(&taints, 10, "items t"), None);
        assert!(taints.by_resource.is_empty() && taints.by_touches.is_empty());
    }

    #[test]
    fn what_settled_it_before_the_last_write_did_not() {
        let mut taints = taints();
        let again = list(&["item t a", "item t b", "items t"]);
        taints.add(9, &"later".into(), &again, &["t".to_owned()]);
        taints.settle(8, &items(&["item t a", "item t b"]));
        assert_eq!(taints.root_of(10, &list(&["items t"]), &[]).as_deref(), Some("why"));
        taints.settle(11, &items(&["item t a", "item t b"]));
        assert_eq!(taints.root_of(12, &list(&["items t"]), &[]), None);
    }

    #[test]
    fn a_table_made_anew_is_settled_and_too_many_items_are_a_table() {
        let mut taints = taints();
        let table = || vec!["t".to_owned()];
        for number in 0..=MOST {
            taints.add(6, &"many".into(), &list(&[&format!("item t {number}")]), &table());
        }
        assert!(taints.root_of(7, &list(&["item t unheard of"]), &table()).is_some());
        taints.settle(8, &Settled { items: Vec::new(), tables: table() });
        assert_eq!(taints.root_of(9, &list(&["item t 1", "items t"]), &table()), None);
        assert!(taints.by_resource.is_empty());
    }
}
