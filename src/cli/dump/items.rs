//! The items of a dump: a line each, or rows under the names of all attributes that there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::Dumped;
use crate::{
    cli::{args::Form, load::files::items_in},
    emulator::source::write_row,
    wire::json::{Json, Kind, Value, compact},
};

/// A file of items that is being written.
pub(super) struct Items {
    path: PathBuf,
    count: u64,
    lines: BufWriter<File>,
    /// What becomes of the lines, if they are not what is wanted.
    rows: Option<Rows>,
}

/// Rows to be: the names of all columns are known only when all items are.
struct Rows {
    /// Those that come first, and what is read back as it was.
    keys: Vec<String>,
    columns: BTreeSet<String>,
    /// By name, the types that come back as strings.
    changed: BTreeMap<String, BTreeSet<String>>,
}

impl Items {
    /// Begins the file, in whose place another form of the same items may have been.
    pub(super) fn create(
        out: &Path,
        table: &str,
        form: Form,
        definition: &[u8],
    ) -> anyhow::Result<Self> {
        let (end, others) = match form {
            Form::Jsonl => ("jsonl", "csv"),
            Form::Csv => ("csv", "jsonl"),
        };
        let (path, other) = (items_in(out, table, end), items_in(out, table, others));
        // Whoever loads the folder would load both.
        if other.exists() {
            fs::remove_file(&other).with_context(|| other.display().to_string())?;
        }
        let (file, rows) = match form {
            Form::Jsonl => (File::create(&path), None),
            Form::Csv => (tempfile::tempfile_in(out), Some(Rows::of(definition)?)),
        };
        let lines = BufWriter::new(file.with_context(|| path.display().to_string())?);
        Ok(Self { path, count: 0, lines, rows })
    }

    pub(super) fn add(&mut self, item: Value<'_>) -> anyhow::Result<()> {
        if let Some(rows) = &mut self.rows {
            rows.meet(item);
        }
        writeln!(self.lines, r#"{{"Item":{}}}"#, compact(item))?;
        self.count += 1;
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<Dumped> {
        let shown = self.path.display().to_string();
        let lines = self.lines.into_inner().with_context(|| shown.clone())?;
        let changed = match self.rows {
            None => Vec::new(),
            Some(rows) => rows.write(lines, &self.path).context(shown)?,
        };
        Ok(Dumped { count: self.count, changed })
    }
}

impl Rows {
    fn of(definition: &[u8]) -> anyhow::Result<Self> {
        let definition = Json::parse(definition.to_vec())?;
        let schema = definition.root().get("KeySchema").into_iter().flat_map(Value::elements);
        let name = |key: Value<'_>| Some(key.get("AttributeName")?.as_str()?.into_owned());
        let keys = schema.filter_map(name).collect();
        Ok(Self { keys, columns: BTreeSet::new(), changed: BTreeMap::new() })
    }

    /// Takes note of what there is in an item.
    fn meet(&mut self, item: Value<'_>) {
        for (name, value) in item.members() {
            if self.keys.iter().any(|key| *key == name) {
                continue;
            }
            if !self.columns.contains(&*name) {
                self.columns.insert(name.clone().into_owned());
            }
            let Some((kind, content)) = value.members().next() else { continue };
            if kind != "S" || content.as_str().is_none_or(|text| text.is_empty()) {
                let kinds = self.changed.entry(name.into_owned()).or_default();
                kinds.insert(kind.into_owned());
            }
        }
    }

    /// Makes rows of lines; gives what is read back otherwise.
    fn write(self, mut lines: File, path: &Path) -> anyhow::Result<Vec<String>> {
        let mut file = BufWriter::new(File::create(path)?);
        let columns: Vec<&str> =
            self.keys.iter().chain(&self.columns).map(String::as_str).collect();
        let mut row = String::new();
        write_row(columns.iter().copied(), &mut row);
        lines.rewind()?;
        for line in BufReader::new(lines).lines() {
            let line = Json::parse(line?)?;
            let item = line.root().get("Item").context("a line without an item")?;
            let cells: Vec<String> =
                columns.iter().map(|name| item.get(name).map(cell).unwrap_or_default()).collect();
            write_row(cells.iter().map(String::as_str), &mut row);
            file.write_all(row.as_bytes())?;
            row.clear();
        }
        // Of no items there is a header all the same.
        file.write_all(row.as_bytes())?;
        file.flush()?;
        let kinds = |kinds: BTreeSet<String>| kinds.into_iter().collect::<Vec<_>>().join(", ");
        Ok(self.changed.into_iter().map(|(name, of)| format!("{name} ({})", kinds(of))).collect())
    }
}

/// What stands in a column: strings, numbers, binaries (Base64) and booleans as they are, all else
/// as its JSON.
fn cell(value: Value<'_>) -> String {
    let Some((kind, content)) = value.members().next() else { return String::new() };
    match (&*kind, content.kind()) {
        (_, Kind::String) => content.as_str().unwrap_or_default().into_owned(),
        ("BOOL", _) => content.raw().to_owned(),
        ("NULL", _) => String::new(),
        _ => compact(content).to_string(),
    }
}
