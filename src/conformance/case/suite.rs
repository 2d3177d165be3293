//! The files of cases in a folder.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{
    Case, CaseError, Fault,
    read::{self, Givens},
};
use crate::{
    cassette::object_text,
    wire::json::{self, Json},
};

/// The file of what several files of cases begin from.
const GIVEN: &str = "given.case";

/// One file of cases.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The operation the cases are about: the name of the folder.
    pub operation: String,
    /// The file.
    pub path: PathBuf,
    /// What it is about.
    pub about: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// All files read.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The files, in order of their paths.
    pub files: Vec<CaseFile>,
    /// The files of what is given by name.
    pub givens: BTreeSet<PathBuf>,
}

impl CaseFile {
    /// What ledgers call the file: `PutItem/booleans`.
    #[must_use]
    pub fn key(&self) -> String {
        let topic = self.path.file_stem().unwrap_or_default().to_string_lossy();
        format!("{}/{topic}", self.operation)
    }
}

impl Suite {
    /// Reads files, and the `.case` files in folders. What is given by name stands in the file
    /// `given.case` of the folder above a file's own.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with any of them: a case that cannot be read is one that is
    /// never checked.
    pub fn read(paths: &[PathBuf]) -> Result<Self, CaseError> {
        let mut suite = Self::default();
        for path in paths {
            for file in files(path)? {
                suite.files.push(one(&file)?);
                suite.givens.extend(given_file(&file).filter(|path| path.is_file()));
            }
        }
        if suite.cases() == 0 {
            let path = paths.first().cloned().unwrap_or_default();
            return Err(CaseError { path, line: None, case: None, fault: Fault::Empty });
        }
        Ok(suite)
    }

    /// How many cases there are.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.files.iter().map(|file| file.cases.len()).sum()
    }
}

/// A file printed the one right way.
///
/// # Errors
///
/// When the file is not JSON.
pub fn text_of(path: &Path) -> Result<String, CaseError> {
    let mut text = String::new();
    for (_, object) in objects(path)? {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&object_text(&object));
        text.push('\n');
    }
    Ok(text)
}

fn one(path: &Path) -> Result<CaseFile, CaseError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let givens = givens(path)?;
    let operation = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut objects = objects(path)?.into_iter();
    let place = |line: usize, case: Option<String>, fault: Fault| CaseError {
        path: path.to_owned(),
        line: Some(line),
        case,
        fault,
    };
    let (line, first) = objects.next().ok_or_else(|| place(1, None, Fault::Empty))?;
    let defaults = read::header(first.root(), &givens).map_err(|fault| place(line, None, fault))?;
    let mut cases: Vec<Case> = Vec::new();
    let mut slugs = BTreeSet::new();
    for (line, object) in objects {
        let case = read::case(object.root(), &defaults, &givens).map_err(|fault| {
            let title = object.root().get("title").and_then(|title| title.as_str());
            place(line, title.map(std::borrow::Cow::into_owned), fault)
        })?;
        if !slugs.insert(case.slug()) {
            return Err(place(line, None, Fault::Twice(case.title)));
        }
        cases.push(case);
    }
    Ok(CaseFile {
        operation: operation.unwrap_or_default(),
        path: path.to_owned(),
        about: defaults.about,
        cases,
    })
}

/// Where a file's givens would be.
fn given_file(path: &Path) -> Option<PathBuf> {
    Some(path.parent()?.parent()?.join(GIVEN))
}

fn givens(path: &Path) -> Result<Givens, CaseError> {
    let mut givens = Givens::new();
    if let Some(path) = given_file(path).filter(|path| path.is_file()) {
        for (line, object) in objects(&path)? {
            let (name, steps) = read::named(object.root()).map_err(|fault| CaseError {
                path: path.clone(),
                line: Some(line),
                case: None,
                fault,
            })?;
            givens.insert(name, steps);
        }
    }
    Ok(givens)
}

/// The objects of a file, and the line each begins on.
pub(super) fn objects(path: &Path) -> Result<Vec<(usize, Json)>, CaseError> {
    let fault = |line: Option<usize>, fault: Fault| CaseError {
        path: path.to_owned(),
        line,
        case: None,
        fault,
    };
    let text = fs::read(path).map_err(|error| fault(None, Fault::Unreadable(error)))?;
    let text = Bytes::from(text);
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if at == text.len() {
            return Ok(found);
        }
        let (line, _) = json::position(&text, at);
        let (object, end) = Json::parse_at(&text, at).map_err(|error| {
            let (line, column) = json::position(&text, error.offset);
            fault(Some(line), Fault::Json(format!("{} in column {column}", error.kind)))
        })?;
        found.push((line, object));
        at = end;
    }
}

/// The files of cases at a path, in order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, CaseError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| CaseError {
        path: path.to_owned(),
        line: None,
        case: None,
        fault: Fault::Unreadable(error),
    };
    let mut inside = fs::read_dir(path)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(unreadable)?;
    inside.sort();
    let mut found = Vec::new();
    for path in inside {
        let is_case = path.extension().is_some_and(|end| end == "case");
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if is_case && !path.ends_with(GIVEN) {
            found.push(path);
        }
    }
    Ok(found)
}
