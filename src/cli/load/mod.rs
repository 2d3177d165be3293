//! What an emulator begins with: tables and items out of files.
//!
//! All of it is asked of the emulator as a client would, so that what is loaded is what could have
//! been written; and what it refuses is told with file and line.

mod definition;
mod export;
pub(super) mod files;
mod items;
mod played;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use http::header::AUTHORIZATION;

use self::{
    definition::Definition,
    files::{Form, Items},
};
use super::settings::Environment;
use crate::{
    emulator::{Emulator, Settings, Timing},
    wire::{MADE_FOR, Operation, Request, json::Json},
};

/// The settings with which everything is written at once and nothing is refused that is not wrong.
pub(super) fn calm(settings: &Settings) -> Settings {
    Settings {
        timing: Timing::AT_ONCE,
        ttl_delete_ms: None,
        throttle: false,
        eventual_lag_ms: 0,
        conflicts: 0.0,
        ..settings.clone()
    }
}

/// Loads files and folders into an emulator, in their order.
pub(super) fn load(
    emulator: &Emulator,
    paths: &[PathBuf],
    environment: &Environment,
) -> anyhow::Result<()> {
    let region = environment.region.clone().unwrap_or_else(|| MADE_FOR.to_owned());
    let loader = Loader { emulator, environment, region };
    paths.iter().try_for_each(|path| {
        loader.load(path).with_context(|| format!("cannot load {}", path.display()))
    })
}

struct Loader<'a> {
    emulator: &'a Emulator,
    environment: &'a Environment,
    /// The region in which the tables are made.
    region: String,
}

impl Loader<'_> {
    fn load(&self, path: &Path) -> anyhow::Result<()> {
        if path.is_dir() {
            return match export::Export::open(path)? {
                Some(export) => self.table(&export.definition, &export.files),
                None => files::definitions(path)?.iter().try_for_each(|one| self.defined(one)),
            };
        }
        if path.extension().is_some_and(|end| end == "tape") {
            return self.tape(path);
        }
        if files::defined(path).is_some() {
            return self.defined(path);
        }
        let Some(items) = Items::of(path) else {
            bail!(
                "its ending does not tell what it is: .tape, .json, .jsonl, .ndjson, .csv or .ion \
                 (the last five also with .gz or .zst)"
            );
        };
        if let Form::Json(compression) = items.form
            && let Some(json) = items::whole(path, compression)?
            && items::has_tables(json.root())
        {
            return self.tables(path, &json);
        }
        self.table(&files::definition(&items.definition())?, &[path.to_owned()])
    }

    /// A table whose definition is in this file, with the items beside it.
    fn defined(&self, path: &Path) -> anyhow::Result<()> {
        let base = files::defined(path).unwrap_or_default();
        self.table(&files::definition(path)?, &files::beside(&base)?)
    }

    /// A table with the items of these files.
    fn table(&self, definition: &Definition, paths: &[PathBuf]) -> anyhow::Result<()> {
        self.begin(definition)?;
        for path in paths {
            let Some(Items { form, .. }) = Items::of(path) else { continue };
            items::each(path, &form, definition, &mut |line, item| {
                self.put(definition, item)
                    .with_context(|| format!("{}, line {line}", path.display()))
            })?;
        }
        self.end(definition)
    }

    /// Tables that stand in a file with their items.
    fn tables(&self, path: &Path, json: &Json) -> anyhow::Result<()> {
        for value in items::tables(json.root()) {
            let definition = Definition::read(value)?;
            self.begin(&definition)?;
            for item in value.get("Items").into_iter().flat_map(|items| items.elements()) {
                self.put(&definition, item.raw()).with_context(|| {
                    format!(
                        "{}, line {}",
                        path.display(),
                        items::line(json.text(), item.span().start)
                    )
                })?;
            }
            self.end(&definition)?;
        }
        Ok(())
    }

    fn begin(&self, definition: &Definition) -> anyhow::Result<()> {
        self.ask(Request::of(Operation::CreateTable, definition.create.clone()))
            .with_context(|| format!("table {}", definition.name))
    }

    fn end(&self, definition: &Definition) -> anyhow::Result<()> {
        definition.later.iter().try_for_each(|(operation, body)| {
            self.ask(Request::of(*operation, body.clone()))
                .with_context(|| format!("{} of table {}", operation.name(), definition.name))
        })
    }

    fn put(&self, definition: &Definition, item: &str) -> anyhow::Result<()> {
        // The name of a table that was made has nothing in it to be escaped.
        let body = format!(r#"{{"TableName":"{}","Item":{item}}}"#, definition.name);
        self.ask(Request::of(Operation::PutItem, body))
    }

    fn ask(&self, request: Request) -> anyhow::Result<()> {
        let response = self.emulator.call(&signed_for(request, &self.region)?);
        if response.status.is_success() {
            return Ok(());
        }
        let kind = response.error_type().unwrap_or_default();
        bail!("{kind}: {}", response.error_message().unwrap_or_default())
    }
}

/// A request that was made here, for another region than it was made for.
pub(super) fn signed_for(mut request: Request, region: &str) -> anyhow::Result<Request> {
    if let Some(signed) = request.headers.get(AUTHORIZATION) {
        let signed = signed.to_str()?.replace(MADE_FOR, region);
        request.headers.insert(AUTHORIZATION, signed.parse()?);
    }
    Ok(request)
}

#[cfg(test)]
mod tests;
