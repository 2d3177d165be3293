//! What can be wrong with a file of cases, and the sentences that say so.

use std::{fmt, path::PathBuf};

/// A file of cases that cannot be used, and where.
#[derive(Debug)]
pub struct CaseError {
    /// The file or folder.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// The case, where one has been begun.
    pub case: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Debug)]
pub enum Fault {
    /// The system did not let it be read.
    Unreadable(std::io::Error),
    /// It is not JSON.
    Json(String),
    /// A member has to be there, of this type.
    Member(&'static str, &'static str),
    /// Nobody knows this member.
    Unknown(String),
    /// The name of no operation.
    Operation(String),
    /// Nothing is given under this name.
    Given(String),
    /// A source that names no document and evidence.
    Source(String),
    /// A word that is none of the capabilities.
    Capability(String),
    /// Two cases of this title.
    Twice(String),
    /// The case expects nothing.
    Expects,
    /// More than one of `answer`, `includes`, `refused`.
    ExpectsTwice,
    /// A template that cannot be filled in.
    Template(String),
    /// A path that is none.
    Path(String),
    /// No case at all.
    Empty,
}

impl std::error::Error for CaseError {}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(case) = &self.case {
            write!(f, ", case \"{case}\"")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => write!(f, "cannot be read: {cause}"),
            Self::Json(error) => write!(f, "not JSON: {error}"),
            Self::Member(name, kind) => write!(f, "member `{name}` has to be there and be {kind}"),
            Self::Unknown(name) => write!(f, "there is no member `{name}` here"),
            Self::Operation(name) => write!(f, "`{name}` is no operation of DynamoDB"),
            Self::Given(name) => write!(f, "nothing is given under the name `{name}`"),
            Self::Source(text) => write!(
                f,
                "source `{text}` is none: write `<document> <section> [<evidence>]` or \
                 `inferred: <why>`"
            ),
            Self::Capability(word) => {
                let known: Vec<_> = super::CAPABILITIES.iter().map(|(word, _)| *word).collect();
                write!(f, "`{word}` is no capability; there are: {}", known.join(", "))
            }
            Self::Twice(title) => write!(f, "there are two cases `{title}`"),
            Self::Expects => f.write_str("no step of the case expects anything"),
            Self::ExpectsTwice => {
                f.write_str("a step expects one of `answer`, `includes` and `refused`")
            }
            Self::Template(text) => write!(f, "cannot fill in {text}"),
            Self::Path(text) => write!(f, "`{text}` is no path: write `$.Member[0].Other`"),
            Self::Empty => f.write_str("holds no case"),
        }
    }
}
