//! The items of a file, with the lines they begin in.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use bytes::Bytes;

use super::{definition::Definition, files::Form};
use crate::{
    emulator::source::{Compression, Format, Source},
    value::encode,
    wire::json::{Json, Kind, Value},
};

/// Takes a line's number and the item that begins there.
type Take<'a> = &'a mut dyn FnMut(usize, &str) -> anyhow::Result<()>;

/// Takes the items of a file one by one.
pub(super) fn each(
    path: &Path,
    form: &Form,
    definition: &Definition,
    take: Take<'_>,
) -> anyhow::Result<()> {
    match form {
        Form::Source(source) => of_source(path, source, definition, take),
        Form::Json(compression) => match whole(path, *compression)? {
            Some(json) => of_json(path, &json, take),
            None => {
                let format = Format::DynamoDbJson;
                let source = Source { format, compression: *compression };
                of_source(path, &source, definition, take)
            }
        },
    }
}

fn of_source(
    path: &Path,
    source: &Source,
    definition: &Definition,
    take: Take<'_>,
) -> anyhow::Result<()> {
    let text = text(path, source)?;
    let (mut at, mut first) = (0, matches!(source.format, Format::Csv(_)));
    let mut result = Ok(());
    source.read(&text, |name| definition.kind(name), &mut |entry| {
        let rest = text.get(at..).unwrap_or_default();
        // A header counts as read with the row that follows it.
        let header = if std::mem::take(&mut first) { row_end(rest) } else { 0 };
        let blank = rest.iter().skip(header).take_while(|byte| byte.is_ascii_whitespace()).count();
        let line = line(&text, at + header + blank);
        at += usize::try_from(entry.bytes).unwrap_or(usize::MAX);
        if result.is_err() {
            return;
        }
        result = match entry.item {
            Err(why) => Err(anyhow::anyhow!("{}, line {line}: {why}", path.display())),
            Ok(item) => {
                let mut json = Vec::new();
                encode::item(&item, &mut json);
                take(line, &String::from_utf8_lossy(&json))
            }
        };
    });
    result
}

/// What `aws dynamodb scan` prints, a list of items, or one as exports write it.
fn of_json(path: &Path, json: &Json, take: Take<'_>) -> anyhow::Result<()> {
    let root = json.root();
    let items: Vec<_> = match (root.kind(), root.get("Items"), root.get("Item")) {
        (Kind::Array, ..) => root.elements().collect(),
        (_, Some(items), _) => items.elements().collect(),
        (_, None, Some(item)) => vec![item],
        _ => bail!(
            "{} holds no items: they stand in a list, or in one that is called Items, or each in a \
             line of its own, {{\"Item\": {{...}}}}",
            path.display()
        ),
    };
    if root.get("LastEvaluatedKey").is_some_and(|key| !key.is_null()) {
        bail!("{} is one page of several: let `aws dynamodb scan` print them all", path.display());
    }
    items.into_iter().try_for_each(|item| take(line(json.text(), item.span().start), item.raw()))
}

/// The JSON that a file is, if it is one.
pub(super) fn whole(path: &Path, compression: Compression) -> anyhow::Result<Option<Json>> {
    let source = Source { format: Format::DynamoDbJson, compression };
    Ok(Json::parse(text(path, &source)?).ok())
}

fn text(path: &Path, source: &Source) -> anyhow::Result<Bytes> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = source.text(&bytes.into());
    text.with_context(|| format!("{} is not compressed as its name says", path.display()))
}

/// Whether tables stand in it, and not items alone.
pub(super) fn has_tables(root: Value<'_>) -> bool {
    let mut tables = tables(root);
    tables
        .next()
        .is_some_and(|table| table.get("Table").is_some_and(|one| one.get("KeySchema").is_some()))
}

/// The tables of a file in which they stand with their items.
pub(super) fn tables(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let one = (root.kind() == Kind::Object).then_some(root);
    let several = (root.kind() == Kind::Array).then_some(root);
    one.into_iter().chain(several.into_iter().flat_map(Value::elements))
}

/// The number of the line in which a byte stands.
pub(super) fn line(text: &[u8], at: usize) -> usize {
    1 + text.iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// How long the first row is, with its end.
fn row_end(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1)
}
