//! Which files belong together: a table's definition, `NAME.table.json`, and its items, `NAME`
//! with the ending of their form.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::definition::Definition;
use crate::emulator::source::{Compression, CsvOptions, Format, Source};

/// The end of the name of a definition's file.
const DEFINITION: &str = ".table.json";

/// How the items of a file stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `.json`: one text, or a line each.
    Json(Compression),
    /// As exports have them, or CSV.
    Source(Source),
}

/// A file of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Items {
    /// Its path without the endings.
    pub(super) base: PathBuf,
    pub(super) form: Form,
}

impl Items {
    /// By the endings of its name; `None` if they tell nothing.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let compression = match path.extension().and_then(|end| end.to_str()) {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        };
        let inner =
            if compression == Compression::None { path.into() } else { path.with_extension("") };
        let source = |format| Form::Source(Source { format, compression });
        let form = match inner.extension()?.to_str()? {
            "json" => Form::Json(compression),
            "jsonl" | "ndjson" => source(Format::DynamoDbJson),
            "ion" => source(Format::Ion),
            "csv" => source(Format::Csv(CsvOptions::default())),
            _ => return None,
        };
        Some(Self { base: inner.with_extension(""), form })
    }

    /// Where the definition of their table should be.
    pub(super) fn definition(&self) -> PathBuf {
        with_end(&self.base, DEFINITION)
    }
}

/// The name that a definition's file is of, with its folder.
pub(super) fn defined(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(DEFINITION)?;
    Some(path.with_file_name(name))
}

/// Where a table's definition is written.
pub(in crate::cli) fn definition_in(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}{DEFINITION}"))
}

/// Where a table's items are written that have this ending.
pub(in crate::cli) fn items_in(folder: &Path, table: &str, end: &str) -> PathBuf {
    folder.join(format!("{table}.{end}"))
}

fn with_end(base: &Path, end: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The files of items of the table that `base` names, in the order of their names.
pub(super) fn beside(base: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = base.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut found = listed(folder.unwrap_or(Path::new(".")))?;
    let name = base.file_name();
    found.retain(|path| {
        let items = Items::of(path).filter(|_| defined(path).is_none());
        items.is_some_and(|items| items.base.file_name() == name)
    });
    Ok(found)
}

/// The definitions in a folder, in the order of their names.
pub(super) fn definitions(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = listed(folder)?;
    found.retain(|path| defined(path).is_some());
    if found.is_empty() {
        bail!(
            "{0} holds neither manifest-summary.json (an export) nor NAME{DEFINITION} (the \
             definition of a table, whose items are in NAME.jsonl, .json, .csv or .ion beside it)",
            folder.display()
        );
    }
    Ok(found)
}

fn listed(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unread = || format!("cannot read the folder {}", folder.display());
    let entries = fs::read_dir(folder).with_context(unread)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().with_context(unread)?;
    paths.sort();
    Ok(paths)
}

/// Reads a definition's file.
pub(super) fn definition(path: &Path) -> anyhow::Result<Definition> {
    let text = fs::read(path).with_context(|| {
        format!(
            "{}: the definition of the table is not there: write into it what CreateTable takes, \
             or what `aws dynamodb describe-table` prints",
            path.display()
        )
    })?;
    Definition::parse(text).with_context(|| path.display().to_string())
}
