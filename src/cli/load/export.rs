//! An export of a table to S3, as a folder: `manifest-summary.json`, `manifest-files.json` and
//! `data/`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{definition::Definition, files};
use crate::wire::json::{Json, Value};

/// What an export does not hold, in the folder of its manifest.
const DEFINITION: &str = "table.json";

/// An export.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) definition: Definition,
    pub(super) files: Vec<PathBuf>,
}

impl Export {
    /// The one in a folder, if there is one.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Option<Self>> {
        let summary = folder.join("manifest-summary.json");
        if !summary.exists() {
            return Ok(None);
        }
        let text = fs::read(&summary).with_context(|| summary.display().to_string())?;
        let json = Json::parse(text).with_context(|| summary.display().to_string())?;
        let kind = json.root().get("exportType").and_then(Value::as_str);
        if kind.is_some_and(|kind| kind == "INCREMENTAL_EXPORT") {
            bail!("it is an incremental export, which holds changes; a full one holds the items");
        }
        let definition = files::definition(&folder.join(DEFINITION))?;
        Ok(Some(Self { definition, files: data(folder)? }))
    }
}

/// Its files, where they are here.
fn data(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = folder.join("manifest-files.json");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let files = lines.map(|(at, line)| {
        let place = || format!("{}, line {}", path.display(), at + 1);
        let json = Json::parse(line.to_owned()).with_context(place)?;
        let key = json.root().get("dataFileS3Key").and_then(Value::as_str);
        let key = key.context("there is no dataFileS3Key").with_context(place)?;
        Ok(folder.join("data").join(key.rsplit('/').next().unwrap_or_default()))
    });
    files.collect()
}
