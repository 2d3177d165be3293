//! How a bulk operation begins: what the objects hold is noted, to be put by and by.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::{Bulk, KIND, Part, Progress, Usage};
use crate::{
    emulator::{
        Emulator,
        door::Caller,
        job_arn,
        source::{Entry, Place, Source},
        table::{Catalog, Refusal, Step, Table},
        token,
    },
    storage::{Read, layout},
    value::encode,
    wire::{
        Fault,
        json::{Json, Writer},
    },
};

/// What is asked for.
pub(in crate::emulator) struct Request {
    pub(in crate::emulator) token: Option<String>,
    /// The name of the table.
    pub(in crate::emulator) table: String,
    pub(in crate::emulator) source: Source,
    pub(in crate::emulator) place: Place,
    /// The request as it is shown.
    pub(in crate::emulator) asked: Json,
}

impl Request {
    /// Begins the operation; with a token of the last ten minutes (inferred: as long as that of a
    /// transaction) it is the one that began then.
    pub(in crate::emulator) fn begin(
        self,
        emulator: &Emulator,
        caller: &Caller,
    ) -> Result<Bulk, Fault> {
        let early = emulator.store.read()?;
        if let Some(bulk) = self.earlier(emulator, caller, &*early)? {
            return Ok(bulk);
        }
        let table = self.table(emulator, caller, &*early)?;
        drop(early);
        let objects = self.place.objects(emulator);
        let entries = objects.map(|objects| self.entries(&objects, &table));
        let mut store = emulator.store.write()?;
        if let Some(bulk) = self.earlier(emulator, caller, store.as_read())? {
            return Ok(bulk);
        }
        let table = self.table(emulator, caller, store.as_read())?;
        let now = emulator.now();
        let number = Catalog::next_number(&mut *store)?;
        let place = |id: &str| layout::bulk(id, &table.name);
        let id = job_arn::id(emulator, store.as_read(), (KIND, number), now, place)?;
        let step = if entries.is_ok() { Step::BulkPut } else { Step::FailBulk };
        let (region, account) = (&caller.region, &emulator.settings.account);
        let mut bulk = Bulk {
            id: id.into(),
            table: table.name.clone(),
            table_arn: format!("arn:aws:dynamodb:{region}:{account}:table/{}", table.name).into(),
            table_id: table.id.clone(),
            token: self.token.clone().unwrap_or_else(|| emulator.uuid("bulk token", number)).into(),
            number,
            asked: self.asked.clone(),
            started: now,
            until: emulator.settings.timing.end(step, now),
            cancelled: None,
            total: Progress::default(),
            done: Progress::default(),
            failed: 0,
            usage: usage(&table),
            failure: None,
            finished: false,
        };
        match entries {
            Ok(entries) => {
                for (entry, place) in entries.iter().zip(0u64..) {
                    store.put(&layout::bulk_entry(number, place), entry.clone())?;
                }
                bulk.total.entries = entries.len() as u64;
                bulk.total.bytes = entries.iter().map(super::advance::bytes).sum();
            }
            Err(failure) => bulk.failure = Some(failure),
        }
        let key = layout::bulk(&bulk.id, &bulk.table);
        bulk.put(&mut *store)?;
        store.put(&layout::running_bulk(number), key.clone().into())?;
        if let Some(token) = self.remembered(caller, now) {
            token.note(&mut *store, &key)?;
        }
        store.commit()?;
        emulator.bulks.store(true, Ordering::Release);
        Ok(bulk)
    }

    fn earlier(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
    ) -> Result<Option<Bulk>, Fault> {
        let Some(token) = self.remembered(caller, emulator.now()) else { return Ok(None) };
        let key = token.earlier(store)?;
        Ok(key.map(|key| Bulk::at(store, &key)).transpose()?.flatten())
    }

    fn remembered<'a>(&self, caller: &'a Caller, now: u64) -> Option<token::Request<'a>> {
        let token = self.token.as_deref()?;
        Some(token::Request::of(KIND, &caller.region, token, Some(self.asked.root()), now))
    }

    /// The table, if items can be put in it: one operation at a time, and not while the table is
    /// created or deleted (inferred from the errors that the model declares).
    fn table(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
    ) -> Result<Table, Fault> {
        let table = emulator.table_called(store, caller, &self.table)?;
        let name = &table.name;
        let busy = |what: String| Err(Refusal::InUse(what).into());
        if table.creation().is_some() {
            return busy(format!("Table is being created: {name}"));
        }
        if table.deletion().is_some() {
            return busy(format!("Table is being deleted: {name}"));
        }
        let running = super::advance::running(store)?;
        if running.iter().any(|bulk| bulk.table_id == table.id) {
            return busy(format!("Table is being used: {name}"));
        }
        Ok(Table::clone(&table))
    }

    /// What the objects hold, as it is noted: how long it is, then the item or why it is none.
    fn entries(&self, objects: &[(String, Bytes)], table: &Table) -> Vec<Bytes> {
        let mut noted = Vec::new();
        for (key, object) in objects {
            for Entry { bytes, item } in self.source.entries(object, table) {
                let (kind, text) = match item {
                    Ok(item) => (b'i', encode::text(&item)),
                    Err(error) => (b'e', report(key, &error)),
                };
                noted.push([&bytes.to_be_bytes()[..], &[kind], &text].concat().into());
            }
        }
        noted
    }
}

/// A line of the report about what could not be put; its form is ours.
fn report(key: &str, error: &str) -> Bytes {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("S3Key");
        json.string(key);
        json.key("ErrorMessage");
        json.string(error);
    });
    json.into_bytes().into()
}

fn usage(table: &Table) -> Vec<Usage> {
    let part = |global| if global { Part::Global } else { Part::Local };
    let indexes = table.indexes.iter().map(|index| (part(index.global), Some(index.name.clone())));
    let vectors = table.vectors.iter().map(|index| (Part::Vector, Some(index.name.clone())));
    std::iter::once((Part::Table, None))
        .chain(indexes)
        .chain(vectors)
        .map(|(part, index)| Usage { part, index, bytes: 0 })
        .collect()
}
