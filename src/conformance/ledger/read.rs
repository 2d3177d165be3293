//! Reading a ledger. What nobody knows is an error: a misspelt member would excuse too much.

use std::{fmt, fs, path::Path, path::PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{Entry, Kind, Ledger, NOT_EXAMINED, Why};
use crate::{cassette, diff::Layer};

/// A ledger that cannot be used, and where.
#[derive(Debug)]
pub struct LedgerError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Debug)]
pub enum Fault {
    /// The system did not let it be read.
    Unreadable(std::io::Error),
    /// It is not TOML, or not of this form.
    Form(String),
    /// A name that is none of those there are: what for, the name, those there are.
    Name(&'static str, String, String),
    /// An entry without a reason.
    NoReason,
    /// An entry that lists nothing.
    NoIds,
    /// A day that is none.
    Day(String),
    /// What nobody has examined, and is not the target's.
    Unexamined,
    /// An id that stands in the ledger twice, with nothing to tell the entries apart.
    Twice(String),
}

impl std::error::Error for LedgerError {}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => write!(f, "cannot be read: {cause}"),
            Self::Form(text) => write!(f, "{text} (docs/formats.md has the form of a ledger)"),
            Self::Name(what, name, all) => write!(f, "there is no {what} `{name}`: write {all}"),
            Self::NoReason => f.write_str("a reason is missing: say why the answers differ"),
            Self::NoIds => f.write_str("the entry lists no `ids`: take it out"),
            Self::Day(text) => write!(f, "`{text}` is no day: write until = \"2027-01-31\""),
            Self::Unexamined => write!(
                f,
                "\"{NOT_EXAMINED}\" is a reason in ledgers of other emulators only, with why = \
                 \"target\": examine it"
            ),
            Self::Twice(id) => write!(
                f,
                "`{id}` is listed twice: take one out, or give both entries `layers` or `paths`"
            ),
        }
    }
}

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    accept: Vec<Spanned<Accept>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    reason: String,
    why: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    issue: Option<String>,
    until: Option<String>,
    #[serde(default)]
    layers: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    ids: Vec<String>,
}

impl Ledger {
    /// Reads a ledger. `of_a_peer` says whether it may hold what nobody has examined.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, and on which line.
    pub fn read(path: &Path, of_a_peer: bool) -> Result<Self, LedgerError> {
        let error = |line, fault| LedgerError { path: path.to_owned(), line, fault };
        let text =
            fs::read_to_string(path).map_err(|cause| error(None, Fault::Unreadable(cause)))?;
        Self::parse(path, &text, of_a_peer).map_err(|(line, fault)| error(line, fault))
    }

    /// Reads the text of a ledger.
    pub(super) fn parse(
        path: &Path,
        text: &str,
        of_a_peer: bool,
    ) -> Result<Self, (Option<usize>, Fault)> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_of(span.start));
            (line, Fault::Form(error.message().to_owned()))
        })?;
        let mut ledger = Self { path: path.to_owned(), about: about(text), entries: Vec::new() };
        for accept in written.accept {
            let line = line_of(accept.span().start);
            let entry = entry(accept.into_inner(), line, of_a_peer);
            let entry = entry.map_err(|fault| (Some(line), fault))?;
            ledger.list(entry).map_err(|fault| (Some(line), fault))?;
        }
        Ok(ledger)
    }

    /// Takes an entry, if all it lists is listed by none that says the same of it.
    fn list(&mut self, entry: Entry) -> Result<(), Fault> {
        let about = |entry: &Entry| (entry.kind, entry.layers.clone(), entry.paths.clone());
        let mut before = self.entries.iter().filter(|one| about(one) == about(&entry));
        let twice = |id: &&String| before.any(|one| one.ids.contains(id));
        let again = entry.ids.iter().enumerate().find(|(at, id)| entry.ids[..*at].contains(id));
        if let Some(id) = entry.ids.iter().find(twice).or(again.map(|(_, id)| id)) {
            return Err(Fault::Twice(id.clone()));
        }
        self.entries.push(entry);
        Ok(())
    }
}

fn entry(accept: Accept, line: usize, of_a_peer: bool) -> Result<Entry, Fault> {
    let all = |names: Vec<&str>| names.join(", ");
    let why = Why::ALL.into_iter().find(|why| why.name() == accept.why);
    let why = why.ok_or_else(|| {
        Fault::Name("why", accept.why.clone(), all(Why::ALL.map(Why::name).to_vec()))
    })?;
    let layer = |name: &String| {
        let found = Layer::ALL.into_iter().find(|layer| layer.name() == name);
        found.ok_or_else(|| {
            Fault::Name("layer", name.clone(), all(Layer::ALL.map(Layer::name).to_vec()))
        })
    };
    let kind = accept.kind.as_ref().map(|name| {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            Fault::Name("type", name.clone(), all(Kind::ALL.map(Kind::name).to_vec()))
        })
    });
    let kind = kind.transpose()?;
    let layers = accept.layers.iter().map(layer).collect::<Result<_, _>>()?;
    if accept.reason.trim().is_empty() {
        return Err(Fault::NoReason);
    }
    if accept.reason == NOT_EXAMINED && !(of_a_peer && why == Why::Target) {
        return Err(Fault::Unexamined);
    }
    if accept.ids.is_empty() {
        return Err(Fault::NoIds);
    }
    if let Some(day) = accept.until.as_ref().filter(|day| cassette::day(day).is_none()) {
        return Err(Fault::Day(day.clone()));
    }
    let Accept { reason, issue, until, paths, ids, .. } = accept;
    Ok(Entry { reason, why, kind, issue, until, layers, paths, ids, line })
}

/// The comment that a file begins with.
fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix('#'));
    let lines: Vec<_> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n")
}
