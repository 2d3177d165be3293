//! Carrying an export out: the objects it writes, in their order, and what becomes of it
//! (aws-service-facts 6.1, 6.3; the developer's guide, "DynamoDB table export output format").

use bytes::Bytes;

use super::{
    Done, Export, Failure, Filter, Outcome, Scope, ViewType,
    changes::{self, Change, States},
    data::{File, Files, Items},
    manifest,
};
use crate::{
    emulator::{
        Emulator,
        figures::Figures,
        md5,
        s3::BucketError,
        table::{Step, Table},
    },
    storage::StoreError,
    value::{Stored, Unreadable, base64, size},
};

/// What is billed for an incremental export at least: 10000000 bytes for one without changes
/// (aws-service-facts 6.1, 2026-10-09).
const LEAST_BILLED: u64 = 10_000_000;

/// What is billed for is counted in these. Inferred: an export of three items has 0 bytes
/// (aws-service-facts 6.1).
const BILLED_UNIT: u64 = 1_000_000;

/// Writes the objects of an export of a table.
pub(in crate::emulator) fn run(
    emulator: &Emulator,
    export: &Export,
    table: &Table,
    filter: &Filter,
    states: &States,
) -> Outcome {
    let run = Run { emulator, export, table, filter, states };
    let result = run.write();
    let step = match (&result, export.scope) {
        (Err(_), _) => Step::FailExport,
        (Ok(_), Scope::Incremental { .. }) => Step::IncrementalExport,
        (Ok((Done { items: 0, .. }, _)), _) => Step::EmptyExport,
        _ => Step::Export,
    };
    let end = emulator.settings.timing.end(step, export.start);
    let result = result.and_then(|(done, files)| run.close(done, &files, end).map(|()| done));
    Outcome { end, result }
}

#[derive(Clone, Copy)]
struct Run<'a> {
    emulator: &'a Emulator,
    export: &'a Export,
    table: &'a Table,
    filter: &'a Filter,
    states: &'a States,
}

impl Run<'_> {
    /// Writes the items.
    fn write(&self) -> Result<(Done, Vec<File>), Failure> {
        self.check()?;
        // The service tries with it whether it may write (the developer's guide).
        self.put(&format!("{}/_started", self.export.id), Bytes::new())?;
        let mut files = Files::new(self.export.format);
        let done = match self.export.scope {
            Scope::Full { .. } => self.all(&mut files)?,
            Scope::Incremental { view, .. } => self.changes(view, &mut files)?,
        };
        let files = files.finish(self.export)?;
        for file in &files {
            self.put(&file.name, file.body.clone())?;
        }
        Ok((done, files))
    }

    /// Writes the manifest, which tells readers that all is there.
    fn close(&self, done: Done, files: &[File], end: u64) -> Result<(), Failure> {
        let objects = [
            ("manifest-files", manifest::files(self.export, files)),
            ("manifest-summary", manifest::summary(self.export, done, end)),
        ];
        for (name, text) in objects {
            let checksum = manifest::checksum(&text);
            self.put(&format!("{}/{name}.json", self.export.id), text.into())?;
            self.put(&format!("{}/{name}.md5", self.export.id), checksum.into())?;
        }
        Ok(())
    }

    fn all(&self, files: &mut Files) -> Result<Done, Failure> {
        let view = &*self.states.last;
        let mut items = Items::new(view, self.table.number);
        let mut done = Done::default();
        while let Some(pair) = items.next()? {
            let item = Stored::new(pair.value).into_item()?;
            if self.filter.takes(&item) {
                files.item(Items::place(&pair.key), &self.filter.part(item))?;
                done.items += 1;
            }
        }
        let held = Figures::of(self.table, view)?.table.bytes;
        done.billed = held / BILLED_UNIT * BILLED_UNIT;
        Ok(done)
    }

    /// A filter is held against what an item is, and against what it was if it is gone (inferred).
    fn changes(&self, view: ViewType, files: &mut Files) -> Result<Done, Failure> {
        let mut done = Done::default();
        for changed in changes::between(self.states, self.table)? {
            let Change { keys, new, old, micros } = changed.read(self.table)?;
            let images = [&new, &old].into_iter().flatten();
            done.billed += images.map(size::item).sum::<usize>() as u64;
            if !new.as_ref().or(old.as_ref()).is_some_and(|item| self.filter.takes(item)) {
                continue;
            }
            let old = old.filter(|_| view == ViewType::NewAndOld);
            let [new, old] = [new, old].map(|image| image.map(|item| self.filter.part(item)));
            files.change(Items::place(&changed.key), &Change { keys, new, old, micros })?;
            done.items += 1;
        }
        done.billed = done.billed.max(LEAST_BILLED);
        Ok(done)
    }

    /// What S3 and KMS refuse whatever is sent to them.
    fn check(&self) -> Result<(), Failure> {
        let target = &self.export.target;
        let account = &*self.emulator.settings.account;
        if target.owner.as_deref().is_some_and(|owner| owner != account) {
            return Err(self.refused(&BucketError::Denied));
        }
        let region =
            target.key.as_deref().and_then(|key| key.strip_prefix("arn:")?.split(':').nth(2));
        match region {
            // Which keys there are is not known here: all that are in the region.
            Some(region) if region != self.export.region() => {
                let text = format!("Invalid arn {region}");
                let code = "KmsNotFoundException";
                let status = "400; Error Code: KMS.NotFoundException";
                Err(Failure::of_sdk(code, &text, status, self.ids()))
            }
            _ => Ok(()),
        }
    }

    fn put(&self, rest: &str, body: Bytes) -> Result<(), Failure> {
        let target = &self.export.target;
        let put = self.emulator.buckets.put(&target.bucket, &target.key(rest), body);
        put.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &BucketError) -> Failure {
        Failure::of_s3(error, self.ids())
    }

    /// The ids of a request, of the form that S3 gives them.
    fn ids(&self) -> [String; 2] {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let digest = |part: u8| md5::digest(&[b"S3 request", self.export.id.as_bytes(), &[part]]);
        let digits = digest(0).map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
        let extended = base64::text(&[digest(1), digest(2), digest(3)].concat());
        [String::from_iter(digits), extended]
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::own(&error.to_string())
    }
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::own(&format!("an item cannot be read: {error}"))
    }
}
