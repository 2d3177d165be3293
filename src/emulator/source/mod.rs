//! What is put in from objects of a bucket, or from files: the items in them, by format and compression.
//!
//! An object is read on its own, from its first byte. What is no item does not end the reading;
//! what leaves it open where the next entry begins does (aws-service-facts 7.3, 2026-10-09: of
//! lines without a key all others were imported, after a line that could not be parsed none).

mod compression;
mod csv;
mod ion;
mod json_lines;
mod place;

use std::io;

use bytes::Bytes;

pub(super) use self::place::{Place, failure};
pub use self::{
    compression::Compression,
    csv::{CsvOptions, write_row},
};

use super::{
    key,
    table::{Schema, Table},
};
use crate::value::{Item, Type, size};

/// How objects are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How the items stand there.
    pub format: Format,
    /// How their text is compressed.
    pub compression: Compression,
}

/// What stands in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// An item a line, as exports write it: `{"Item":{"pk":{"S":"a"}}}`.
    DynamoDbJson,
    /// An item a line, as exports write it: `$ion_1_0 {Item:{pk:"a"}}`.
    Ion,
    /// A header and rows.
    Csv(CsvOptions),
}

/// Something in an object that should be an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// How many bytes it takes, uncompressed, with what separates it from the one before.
    pub bytes: u64,
    /// The item, or why it is none.
    pub item: Result<Item, String>,
}

/// Takes the entries of an object one by one.
type Take<'a> = &'a mut dyn FnMut(Entry);

impl Source {
    /// The text of an object.
    ///
    /// # Errors
    ///
    /// When it is not compressed so.
    pub fn text(&self, object: &Bytes) -> io::Result<Bytes> {
        compression::unpack(self.compression, object)
    }

    /// Takes the entries of a text one by one. `key_type`: of the attributes that are keys.
    pub fn read(
        &self,
        text: &Bytes,
        key_type: impl Fn(&str) -> Option<Type>,
        take: &mut dyn FnMut(Entry),
    ) {
        match &self.format {
            Format::DynamoDbJson => json_lines::read(text, take),
            Format::Ion => ion::read(text, take),
            Format::Csv(options) => csv::read(text, options, key_type, take),
        }
    }

    /// The entries of an object that goes into a table.
    pub(super) fn entries(&self, object: &Bytes, table: &Table) -> Vec<Entry> {
        let text = match self.text(object) {
            Ok(text) => text,
            // One error for the whole of it (7.3).
            Err(error) => {
                return vec![Entry { bytes: object.len() as u64, item: Err(error.to_string()) }];
            }
        };
        let mut entries = Vec::new();
        let mut checked = |entry: Entry| {
            let item = entry.item.and_then(|item| check(table, item));
            entries.push(Entry { item, ..entry });
        };
        self.read(&text, |name| key_type(table, name), &mut checked);
        entries
    }
}

/// The type of an attribute that is part of a key, of the table or of an index; all else in CSV
/// is a string (the documentation of imports).
fn key_type(table: &Table, name: &str) -> Option<Type> {
    let schemas = table.indexes.iter().map(|index| &index.key);
    let kind = |schema: &Schema| schema.attribute(name).map(|attribute| attribute.kind);
    std::iter::once(&table.key).chain(schemas).find_map(kind)
}

/// Whether the item can be in the table: by the rules of PutItem (inferred).
fn check(table: &Table, item: Item) -> Result<Item, String> {
    key::check_item(&table.key, &item).map_err(|error| error.to_string())?;
    key::check_index_keys(table, &item).map_err(|error| error.to_string())?;
    match size::item(&item) > size::MAX_ITEM {
        true => Err("Item size has exceeded the maximum allowed size".into()),
        false => Ok(item),
    }
}
