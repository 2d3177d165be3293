//! The items of an export as files: which item is in which, and how each stands there (the
//! developer's guide, "DynamoDB table export output format").

use std::{
    io::{self, Write as _},
    ops::Bound,
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use super::{Export, Failure, Format, Scope, changes::Change};
use crate::{
    emulator::md5,
    storage::{
        Direction, KeyRange, Pair, Read, StoreError,
        layout::{self, TableNumber},
    },
    value::{Item, encode, ion},
};

/// How many files the items of a table are in, by the hashes of their partitions: an export of
/// three items has four, and nine objects (aws-service-facts 6.1, 7.3). That one of what changed
/// has as many is inferred.
const FILES: usize = 4;

/// How many items are looked at at once.
const AT_ONCE: usize = 1000;

/// The files of an export, being written.
pub(super) struct Files {
    format: Format,
    files: Vec<(u64, GzEncoder<Vec<u8>>)>,
}

/// A file of an export.
pub(super) struct File {
    /// The end of its key.
    pub(super) name: String,
    pub(super) items: u64,
    pub(super) body: Bytes,
}

impl Files {
    pub(super) fn new(format: Format) -> Self {
        let file = || (0, GzEncoder::new(Vec::new(), Compression::default()));
        Self { format, files: (0..FILES).map(|_| file()).collect() }
    }

    /// Adds an item of the table.
    pub(super) fn item(&mut self, place: &[u8], item: &Item) -> io::Result<()> {
        let mut line = Vec::new();
        match self.format {
            Format::DynamoDbJson => {
                line.extend_from_slice(br#"{"Item":"#);
                encode::item(item, &mut line);
            }
            Format::Ion => {
                line.extend_from_slice(b"$ion_1_0 {Item:");
                ion::item(item, &mut line);
            }
        }
        line.extend_from_slice(b"}\n");
        self.line(place, &line)
    }

    /// Adds what became of an item.
    pub(super) fn change(&mut self, place: &[u8], change: &Change) -> io::Result<()> {
        let Change { keys, new, old, micros } = change;
        let images = [("Keys", Some(keys)), ("NewImage", new.as_ref()), ("OldImage", old.as_ref())];
        let mut line = match self.format {
            Format::DynamoDbJson => {
                format!(r#"{{"Metadata":{{"WriteTimestampMicros":"{micros}"}}"#)
            }
            Format::Ion => {
                format!("$ion_1_0 {{Record:{{Metadata:{{WriteTimestampMicros:{micros}.}}")
            }
        }
        .into_bytes();
        for (name, image) in images {
            let Some(image) = image else { continue };
            line.push(b',');
            match self.format {
                Format::DynamoDbJson => {
                    line.extend_from_slice(format!("\"{name}\":").as_bytes());
                    encode::item(image, &mut line);
                }
                Format::Ion => {
                    line.extend_from_slice(format!("{name}:").as_bytes());
                    ion::item(image, &mut line);
                }
            }
        }
        line.extend_from_slice(match self.format {
            Format::DynamoDbJson => b"}\n",
            Format::Ion => b"}}\n",
        });
        self.line(place, &line)
    }

    /// `place`: that of the item in its table, which begins with its partition's hash.
    fn line(&mut self, place: &[u8], line: &[u8]) -> io::Result<()> {
        let at = usize::from(place.first().copied().unwrap_or_default()) * FILES / 256;
        let Some((items, file)) = self.files.get_mut(at) else { return Ok(()) };
        *items += 1;
        file.write_all(line)
    }

    /// The files, under names that no other export's have.
    pub(super) fn finish(self, export: &Export) -> io::Result<Vec<File>> {
        let (suffix, folder) = match (self.format, export.scope) {
            (Format::DynamoDbJson, Scope::Full { .. }) => ("json.gz", &*export.id),
            (Format::Ion, Scope::Full { .. }) => ("ion.gz", &*export.id),
            // Those of all incremental exports lie together (the developer's guide).
            (Format::DynamoDbJson, Scope::Incremental { .. }) => ("json.gz", ""),
            (Format::Ion, Scope::Incremental { .. }) => ("ion.gz", ""),
        };
        let slash = if folder.is_empty() { "" } else { "/" };
        let files = self.files.into_iter().enumerate();
        let finished = files.map(|(at, (items, file))| {
            let name = name(&md5::digest(&[export.id.as_bytes(), &[at as u8]]));
            Ok(File {
                name: format!("{folder}{slash}data/{name}.{suffix}"),
                items,
                body: file.finish()?.into(),
            })
        });
        finished.collect()
    }
}

/// Sixteen bytes as the 26 letters and digits that files of exports are called.
fn name(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut rest = u128::from_be_bytes(*bytes);
    let digits = (0..26).map(|_| {
        let digit = DIGITS[(rest % 32) as usize];
        rest /= 32;
        char::from(digit)
    });
    digits.collect()
}

/// The items of a table in a state of the store, one after another.
pub(super) struct Items<'a> {
    view: &'a dyn Read,
    prefix: [u8; 5],
    page: std::vec::IntoIter<Pair>,
    last: Option<Vec<u8>>,
    ended: bool,
}

impl<'a> Items<'a> {
    pub(super) fn new(view: &'a dyn Read, table: TableNumber) -> Self {
        let page = Vec::new().into_iter();
        Self { view, prefix: layout::items(table), page, last: None, ended: false }
    }

    /// The bytes of an item's key by which it has its place in the table.
    pub(super) fn place(key: &[u8]) -> &[u8] {
        key.get(layout::items(0).len()..).unwrap_or_default()
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Result<Option<Pair>, StoreError> {
        if self.page.len() == 0 && !self.ended {
            let after = layout::after(&self.prefix);
            let to = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let from =
                self.last.as_deref().map_or(Bound::Included(&self.prefix[..]), Bound::Excluded);
            let page = self.view.scan(KeyRange { from, to }, Direction::Forward, AT_ONCE)?;
            self.ended = page.len() < AT_ONCE;
            self.last = page.last().map(|pair| pair.key.to_vec());
            self.page = page.into_iter();
        }
        Ok(self.page.next())
    }
}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::own(&format!("cannot compress a file: {cause}"))
    }
}
