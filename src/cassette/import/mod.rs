//! Reading recordings that other tools made.
//!
//! Every file becomes one tree of what it says ([`Node`]), whether it is JSON or YAML; a format
//! is a function from that tree to the HTTP calls in it; which of them are calls of DynamoDB, and
//! what of them may be kept, is decided in one place for all.

mod call;
mod dvr;
mod formats;
mod instant;
mod json_lines;
mod node;
mod yaml;

use bytes::Bytes;

pub use json_lines::json_lines;

use super::Cassette;
use crate::wire::json::{Json, JsonError};
use node::Node;

/// A cassette made from a foreign recording, with its name.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The sequence's or the file's name.
    pub name: String,
    /// What was recorded.
    pub cassette: Cassette,
    /// Whether the exact bytes of the answers are known. Where they are not, number text, member
    /// order and the error type's namespace were lost before the recording came to us.
    pub exact: bool,
    /// What holds no interaction to play: no request or part of one only, no answer, or no
    /// operation of the API.
    pub skipped: usize,
    /// Answers whose bytes are not those that their recorded checksum was made of.
    pub changed: usize,
    /// What must not stand in the file: account ids, keys, tokens and signatures of the recording.
    pub secrets: Vec<String>,
}

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON Lines, see [`json_lines`].
    JsonLines,
    /// HTTP Archive 1.2; Polly.JS writes it too.
    Har,
    /// vcrpy's version 1, in YAML or JSON.
    Vcrpy,
    /// Ruby's VCR.
    Vcr,
    /// go-vcr, versions 1 to 4.
    GoVcr,
    /// `NetworkTraffic` of aws-smithy-http-client.
    Dvr,
    /// Answers without their requests: placebo's.
    Placebo,
}

impl Format {
    /// All of them, by the names that users know.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("vcrpy", Self::Vcrpy),
        ("vcr", Self::Vcr),
        ("go-vcr", Self::GoVcr),
        ("polly", Self::Har),
        ("har", Self::Har),
        ("dvr", Self::Dvr),
        ("placebo", Self::Placebo),
        ("jsonl", Self::JsonLines),
    ];

    /// The format called so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find_map(|(known, format)| (known == name).then_some(format))
    }

    /// What the content says it is.
    fn of(root: &Node) -> Option<Self> {
        if root.get("log").and_then(|log| log.get("entries")).is_some() {
            return Some(Self::Har);
        }
        if root.get("http_interactions").is_some() {
            return Some(Self::Vcr);
        }
        if root.get("events").is_some() {
            return Some(Self::Dvr);
        }
        if root.get("status_code").is_some() && root.get("data").is_some() {
            return Some(Self::Placebo);
        }
        let first = root.get("interactions")?.elements().first()?;
        // vcrpy's status is an object; go-vcr has `code` beside a line such as `200 OK`.
        let status = first.get("response")?.get("status")?;
        Some(if status.get("code").is_some() { Self::Vcrpy } else { Self::GoVcr })
    }
}

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct ImportError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: ImportErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum ImportErrorKind {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not YAML.
    #[error("this is no YAML: {0}")]
    Yaml(String),
    /// Neither.
    #[error("the file is not UTF-8")]
    Encoding,
    /// A text says that it is base64 and is not.
    #[error("this is no base64")]
    Base64,
    /// Nested deeper than any recording.
    #[error("nested deeper than {} levels", node::DEEPEST)]
    Deep,
    /// Larger than any recording, such as aliases of aliases make it.
    #[error("more than {} values, those repeated by aliases counted", node::MOST)]
    Large,
    /// Of no known format.
    #[error("no recording of a known kind; --from names the tool that made it")]
    Unknown,
    /// A format that does not hold what was asked.
    #[error(
        "placebo keeps answers without the requests they belong to, so nothing could be found in \
         a tape of them. Record the program anew: `dynatape record`"
    )]
    NoRequests,
    /// Something that the format has in this place.
    #[error("{entry} has no readable `{what}`")]
    Missing {
        /// Which entry, `interaction 3`.
        entry: String,
        /// The member.
        what: &'static str,
    },
}

impl ImportError {
    fn new(line: usize, cause: impl Into<ImportErrorKind>) -> Self {
        Self { line, cause: cause.into() }
    }
}

/// Reads a recording; what made it is told by its content where it is not said.
///
/// # Errors
///
/// When it is of no known format, or damaged.
pub fn read(
    name: &str,
    text: &Bytes,
    format: Option<Format>,
) -> Result<(Format, Vec<Imported>), ImportError> {
    if format == Some(Format::JsonLines) || (format.is_none() && is_json_lines(text)) {
        return Ok((Format::JsonLines, json_lines(text)?));
    }
    let root = if text.trim_ascii_start().starts_with(b"{") {
        Node::of_json(text)?
    } else {
        let text = std::str::from_utf8(text)
            .map_err(|_| ImportError::new(1, ImportErrorKind::Encoding))?;
        yaml::parse(text)?
    };
    let unknown = || ImportError::new(1, ImportErrorKind::Unknown);
    let format = format.or_else(|| Format::of(&root)).ok_or_else(unknown)?;
    let calls = match format {
        Format::Har => formats::har(&root),
        Format::Vcrpy => formats::vcrpy(&root),
        Format::Vcr => formats::vcr(&root),
        Format::GoVcr => formats::go_vcr(&root),
        Format::Dvr => dvr::calls(&root),
        Format::Placebo => Err(ImportError::new(1, ImportErrorKind::NoRequests)),
        Format::JsonLines => return Ok((format, json_lines(text)?)),
    }?;
    Ok((format, vec![call::imported(name, calls)]))
}

/// The first line is an object of its own, and it names an operation or more lines follow.
fn is_json_lines(text: &Bytes) -> bool {
    let text = text.trim_ascii();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(json) = Json::parse(first.to_vec()) else { return false };
    first.starts_with(b"{") && (first.len() < text.len() || json.root().get("operation").is_some())
}

#[cfg(test)]
mod tests;
