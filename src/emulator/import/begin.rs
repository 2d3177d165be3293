//! Making a table of what is in objects, once and for all.

use bytes::Bytes;

use super::{Counts, Import, KIND, error::ImportError};
use crate::{
    emulator::{
        Emulator, burial,
        door::Caller,
        failure::Failure,
        job_arn,
        listing::Listed,
        source::{Place, Source},
        table::{Catalog, Definition, Job, State, Step, Table, Task, account, limits},
        write::{self, Cause},
    },
    storage::{Read, StoreError, Write, layout},
    value::Stored,
    wire::{
        Fault,
        json::{Json, Value},
    },
};

/// Some items are not in the table (aws-service-facts 7.3).
const INVALID_ITEMS: &str = "Some of the items failed validation checks and were not imported. \
    Please check CloudWatch error logs for more details.";

/// What is asked for.
pub(in crate::emulator) struct Request {
    pub(in crate::emulator) token: Option<String>,
    pub(in crate::emulator) definition: Definition,
    pub(in crate::emulator) source: Source,
    pub(in crate::emulator) place: Place,
    /// The request as it is shown.
    pub(in crate::emulator) asked: Json,
}

/// What becomes of a request.
enum Admission {
    /// It was made before.
    Again(Box<Import>),
    /// The table is being imported already: it will fail (aws-service-facts 7.2).
    Rival,
    Free,
}

impl Request {
    /// Imports the table, or finds out why it cannot be.
    pub(in crate::emulator) fn begin(
        self,
        emulator: &Emulator,
        caller: &Caller,
    ) -> Result<Import, Fault> {
        burial::settle(emulator)?;
        // Before the objects are read, which may take long.
        let early = self.admit(emulator, caller, &*emulator.store.read()?)?;
        if let Admission::Again(import) = early {
            return Ok(*import);
        }
        let objects = self.place.objects(emulator);
        let mut store = emulator.store.write()?;
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        let rival = match self.admit(emulator, caller, store.as_read())? {
            Admission::Again(import) => return Ok(*import),
            Admission::Rival => true,
            Admission::Free => false,
        };
        let objects = match (rival, objects) {
            // The sentence is inferred.
            (true, _) => Err(Failure::new(
                "TableAlreadyExists",
                format!("Table already exists: {}", self.definition.name),
            )),
            (false, objects) => objects,
        };
        let import = self.make(emulator, caller, &mut *store, objects, now)?;
        import.put(&mut *store)?;
        store.commit()?;
        Ok(import)
    }

    /// A name that is taken comes before a token that was used (aws-service-facts 1.4, 7), but for
    /// a request that differs from the one before in where its objects are, which is answered as
    /// that was (1.13).
    fn admit(
        &self,
        emulator: &Emulator,
        caller: &Caller,
        store: &dyn Read,
    ) -> Result<Admission, Fault> {
        let now = emulator.now();
        let (mut earlier, mut running) = (None, 0);
        Import::each(store, None, |import| {
            // Another region knows nothing of it (inferred, as of other tokens).
            if import.region() != caller.region {
                return false;
            }
            running += usize::from(now < import.ended);
            let remembered = now < import.started + limits::millis(limits::IMPORT_TOKEN_KEPT);
            if remembered && Some(&*import.token) == self.token.as_deref() && earlier.is_none() {
                earlier = Some(import);
            }
            false
        })?;
        let name = &*self.definition.name;
        let table = emulator.catalog.known(store, &caller.region, name)?;
        let taken = table.as_ref().is_some_and(|table| !table.is_imported());
        let here = |import: &Import| *import.table == *name;
        let elsewhere = |import: &Import| {
            let of = |json: &Json| {
                json.root().get("S3BucketSource").map(Value::raw).unwrap_or_default().to_owned()
            };
            of(&import.asked) != of(&self.asked)
        };
        match (earlier, taken) {
            (Some(import), true) if here(&import) && elsewhere(&import) => {
                Ok(Admission::Again(Box::new(import)))
            }
            (_, true) => Err(ImportError::TableExists(name.to_owned()).into()),
            (Some(import), false) if here(&import) => Ok(Admission::Again(Box::new(import))),
            (Some(_), false) => Err(ImportError::OtherRequest.into()),
            (None, false) if running >= limits::IMPORTS => Err(ImportError::TooMany.into()),
            (None, false) if table.is_some() => Ok(Admission::Rival),
            (None, false) => Ok(Admission::Free),
        }
    }

    fn make(
        self,
        emulator: &Emulator,
        caller: &Caller,
        store: &mut dyn Write,
        objects: Result<Vec<(String, Bytes)>, Failure>,
        now: u64,
    ) -> Result<Import, Fault> {
        let Self { token, definition, source, asked, .. } = self;
        let number = Catalog::next_number(store)?;
        let (region, account) = (&caller.region, &emulator.settings.account);
        let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{}", definition.name);
        let place = |id: &str| layout::import(id, &definition.name);
        let id = job_arn::id(emulator, store.as_read(), (KIND, number), now, place)?;
        let timing = &emulator.settings.timing;
        let mut import = Import {
            id: id.into(),
            table: definition.name.clone(),
            table_arn: arn.as_str().into(),
            table_id: emulator.table_id(number).into(),
            token: token.unwrap_or_else(|| emulator.uuid("import token", number)).into(),
            asked,
            started: now,
            ended: timing.end(Step::FailImport, now),
            counts: Counts::default(),
            failure: None,
        };
        let objects = match objects {
            Ok(objects) => objects,
            Err(failure) => {
                import.failure = Some(failure);
                return Ok(import);
            }
        };
        let active = timing.end(Step::Import, now);
        let shown = timing.end(Step::ShowImport, now).min(active);
        let mut state = State::new(&definition, now);
        state.jobs = [
            (Task::Create, active),
            (Task::Hide, shown),
            (Task::Import, active),
            (Task::Backups, timing.end(Step::EnableBackups, active)),
        ]
        .map(|(task, until)| Job { task, since: now, until })
        .to_vec();
        let table = Table::new(definition, number, &import.table_id, &arn, now, state);
        account::check((&emulator.catalog, store.as_read()), None, &table, &caller.region)?;
        import.ended = active;
        import.counts = fill(store, &table, &source, &objects, now)?;
        import.failure =
            (import.errors() > 0).then(|| Failure::new("ItemValidationError", INVALID_ITEMS));
        if let Some(table) = table.at(now) {
            Catalog::put(store, &table)?;
        }
        Ok(import)
    }
}

/// Puts the items of the objects in a new table; of two with one key the later is there.
fn fill(
    store: &mut dyn Write,
    table: &Table,
    source: &Source,
    objects: &[(String, Bytes)],
    now: u64,
) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for entry in objects.iter().flat_map(|(_, object)| source.entries(object, table)) {
        counts.processed += 1;
        counts.bytes += entry.bytes;
        let Ok(item) = entry.item else { continue };
        let place = write::place(table, &item);
        let (old, new) = (write::stored_at(store.as_read(), &place)?, Stored::from(item));
        write::replace(store, table, &place, old.as_ref(), Some(&new), Cause::Request(now))?;
        counts.imported += 1;
    }
    Ok(counts)
}
