//! Reading a cassette. What cannot be read costs itself only: one damaged interaction is reported
//! with its place, and reading goes on at the next.

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::StatusCode;

use super::{
    Answer, Attempt, BlobError, BlobId, Cassette, Header, Interaction, IoFailure, Took, blob,
    window::Window,
};
use crate::wire::{
    Operation, Target,
    json::{self, Json, JsonError, Kind, Value, compact, spaced},
};

/// An object of the file that is no interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file, where it is not the tape that was asked for but one that it includes.
    pub file: Option<PathBuf>,
    /// The line on which reading failed, from 1.
    pub line: usize,
    /// The column on that line, from 1.
    pub column: usize,
    /// The line on which the damaged object starts.
    pub from_line: usize,
    /// The damaged interaction's id, where it can still be read.
    pub id: Option<String>,
    /// What is wrong.
    pub kind: DamageKind,
}

/// What can be wrong with an object of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// It is not JSON.
    Json(JsonError),
    /// A merge left its markers.
    ConflictMarker,
    /// A member that must be there is not, or is of the wrong type.
    Member(&'static str),
    /// A member is there twice: which of the two counts, nobody could tell.
    Twice(String),
    /// A body that stands beside the tape cannot be had.
    Blob(BlobError),
}

impl From<&'static str> for DamageKind {
    fn from(name: &'static str) -> Self {
        Self::Member(name)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "in {}, ", file.display())?;
        }
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match &self.kind {
            DamageKind::Json(error) => write!(f, "not JSON ({})", error.kind)?,
            DamageKind::ConflictMarker => f.write_str("a merge conflict marker")?,
            DamageKind::Member(name) => {
                write!(f, "member \"{name}\" is missing or of the wrong type")?;
            }
            DamageKind::Twice(name) => write!(f, "member \"{name}\" is there twice")?,
            DamageKind::Blob(error) => write!(f, "{error}")?,
        }
        match &self.id {
            Some(id) => write!(f, ", in interaction {id}"),
            None => write!(f, ", in the object that starts on line {}", self.from_line),
        }
    }
}

/// Why a file is no cassette.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read at all.
    #[error("cannot read {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's complaint.
        cause: std::io::Error,
    },
    /// It does not start with a tape's header.
    #[error("{place}: this is no tape: it should start with an object that has a \"tape\" member")]
    NoHeader {
        /// Where the header should be.
        place: String,
    },
    /// A member of its header is not what it should be.
    #[error("\"{member}\" in the tape's header is of the wrong type")]
    Header {
        /// The member.
        member: &'static str,
    },
    /// A member of its header is there twice.
    #[error("line {line}: \"{member}\" is there twice in the tape's header")]
    Twice {
        /// The member.
        member: String,
        /// The line of the second.
        line: usize,
    },
    /// What it includes is not told as it should be.
    #[error(
        "\"include\" is a list of paths from the tape's own folder, such as \
         [\"setup.tape\", \"../shared/tables.tape\"]"
    )]
    Include,
    /// A tape that it includes cannot be had.
    #[error("it includes {name}: {cause}")]
    Included {
        /// The tape, as it is named.
        name: String,
        /// What is the matter with it.
        cause: Box<Self>,
    },
    /// It is kept elsewhere, and cannot be had.
    #[error(transparent)]
    Elsewhere(Box<dyn std::error::Error + Send + Sync>),
    /// What it includes leads back to it.
    #[error("a tape cannot begin with itself; take it out of one \"include\" on the way")]
    Circle,
    /// It was written by a later version.
    #[error(
        "the tape has {what} {found}, this dynatape reads up to {known}: use a newer one{}",
        writer(by)
    )]
    TooNew {
        /// What has a version.
        what: &'static str,
        /// The one found.
        found: u32,
        /// The highest that can be read.
        known: u32,
        /// What wrote it.
        by: String,
    },
    /// It holds something that only another program, or a later version, can replay.
    #[error(
        "the tape's {what} is {found:?}, this dynatape knows {known:?} only: use a newer one{}",
        writer(by)
    )]
    Foreign {
        /// What is another.
        what: &'static str,
        /// The one found.
        found: String,
        /// The one that can be read.
        known: &'static str,
        /// What wrote it.
        by: String,
    },
}

fn writer(by: &str) -> String {
    if by.is_empty() { String::new() } else { format!(" ({by} wrote it)") }
}

/// Reads the text of a tape whose bodies all stand in it: the cassette, and what of it is damaged.
///
/// # Errors
///
/// When the text has no header or one of a later format.
pub fn read(text: impl Into<Bytes>) -> Result<(Cassette, Vec<Damage>), ReadError> {
    read_in(None, &text.into())
}

/// Reads the text of a tape that stands in this folder.
pub(super) fn read_in(
    folder: Option<&Path>,
    text: &Bytes,
) -> Result<(Cassette, Vec<Damage>), ReadError> {
    let (header, objects) = Objects::begin(folder, Window::whole(text.clone()))?;
    let mut cassette = Cassette { header, interactions: Vec::new() };
    let mut damaged = Vec::new();
    for object in objects {
        match object? {
            Ok(interaction) => cassette.interactions.push(interaction),
            Err(damage) => damaged.push(damage),
        }
    }
    Ok((cassette, damaged))
}

/// What comes after a tape's header: its interactions, and what is damaged and is none. Only the
/// window of the text that the next one stands in has to be there.
pub(super) struct Objects<'a, R> {
    folder: Option<&'a Path>,
    window: Window<R>,
    at: usize,
}

impl<'a, R: Read> Objects<'a, R> {
    /// Reads the header; the rest is read when it is asked for.
    pub(super) fn begin(
        folder: Option<&'a Path>,
        mut window: Window<R>,
    ) -> Result<(Header, Self), ReadError> {
        let (start, parsed) = loop {
            let text = &window.text;
            let start = skip_space(text, byte_order_mark(text));
            let parsed = Json::parse_at(text, start);
            if parsed.is_ok() || !window.more(0)? {
                break (start, parsed);
            }
        };
        let text = &window.text;
        let no_header = || {
            let (line, column) = json::position(text, start);
            ReadError::NoHeader { place: format!("line {line}, column {column}") }
        };
        let (json, at) = parsed.map_err(|_| no_header())?;
        let header = Header::from_json(&json)?.ok_or_else(no_header)?;
        let root = json.root();
        let parts = ["from", "rules", "tables", "vars"];
        let parts = parts.into_iter().filter_map(|name| root.get(name));
        if let Some((member, second)) = std::iter::once(root).chain(parts).find_map(twice) {
            let (line, _) = json::position(text, start + second.span().start);
            return Err(ReadError::Twice { member, line });
        }
        Ok((header, Self { folder, window, at }))
    }

    /// Moves the window on; whether there was more.
    fn more(&mut self) -> Result<bool, ReadError> {
        if self.window.is_last() {
            return Ok(false);
        }
        // A column is told from where its line starts.
        let from = start_of_line(&self.window.text, self.at);
        self.at -= from;
        self.window.more(from)
    }

    fn damage(&mut self, kind: DamageKind, offset: usize, end: usize) -> Damage {
        let from_line = self.window.line_of(self.at);
        let (text, at) = (&self.window.text, self.at);
        let from = start_of_line(text, at);
        let (below, column) = json::position(&text[from..], offset - from);
        let line = from_line + below - 1;
        Damage { file: None, line, column, from_line, id: id_in(&text[at..end]), kind }
    }
}

impl<R: Read> Iterator for Objects<'_, R> {
    type Item = Result<Result<Interaction, Damage>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = &self.window.text;
            self.at = skip_space(text, self.at);
            if self.at == text.len() && self.window.is_last() {
                return None;
            }
            match one(self.folder, text, self.at) {
                Ok((interaction, end)) => {
                    self.at = end;
                    return Some(Ok(Ok(interaction)));
                }
                Err((kind, offset)) => {
                    let end = next_object(text, self.at);
                    // It may go on behind the window, unless the next one is in sight.
                    let is_whole = end < text.len() && offset < end + MARGIN;
                    if is_whole || self.window.is_last() {
                        let damage = self.damage(kind, offset, end);
                        self.at = end;
                        return Some(Ok(Err(damage)));
                    }
                }
            }
            if let Err(error) = self.more() {
                return Some(Err(error));
            }
        }
    }
}

/// An object that ends so near to the next one is not cut by the end of the window.
const MARGIN: usize = 64;

fn one(
    folder: Option<&Path>,
    text: &Bytes,
    at: usize,
) -> Result<(Interaction, usize), (DamageKind, usize)> {
    if [b"<<<<<<<", b"=======", b">>>>>>>"].iter().any(|marker| text[at..].starts_with(*marker)) {
        return Err((DamageKind::ConflictMarker, at));
    }
    let (json, end) =
        Json::parse_at(text, at).map_err(|error| (DamageKind::Json(error), error.offset))?;
    let root = json.root();
    // Bodies may hold what they like: they are what was sent.
    let parts = root.get("headers").into_iter();
    let parts = parts.chain(root.get("attempts").into_iter().flat_map(Value::elements));
    if let Some((name, second)) = std::iter::once(root).chain(parts).find_map(twice) {
        return Err((DamageKind::Twice(name), at + second.span().start));
    }
    let interaction = interaction(folder, root).map_err(|kind| {
        let member = match kind {
            DamageKind::Member(name) => root.get(name),
            _ => None,
        };
        (kind, at + member.map_or(0, |value| value.span().start))
    })?;
    Ok((interaction, end))
}

/// The name and second value of a member that an object has twice.
fn twice(object: Value<'_>) -> Option<(String, Value<'_>)> {
    let mut members: Vec<_> = object.members().collect();
    // Stable: of equal names the later one stays the later one.
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    let pair = members.windows(2).find(|pair| pair[0].0 == pair[1].0)?;
    Some((pair[1].0.clone().into_owned(), pair[1].1))
}

/// Reads an interaction.
fn interaction(folder: Option<&Path>, root: Value<'_>) -> Result<Interaction, DamageKind> {
    let text = |name: &'static str| match root.get(name) {
        Some(value) => value.as_str().map(Some).ok_or(name),
        None => Ok(None),
    };
    let id = text("id")?.ok_or("id")?.into_owned();
    let target = match text("target")? {
        Some(target) => Target::Other(target.into()),
        None => match id.split('/').next().unwrap_or_default() {
            "-" => Target::Missing,
            name => Target::Known(Operation::from_name(name).ok_or("id")?),
        },
    };
    let is_spaced = |name: &'static str| match text(name)?.as_deref() {
        None => Ok(false),
        Some("spaced") => Ok(true),
        // Read as compact, it would be other bytes than were on the wire.
        Some(_) => Err(name),
    };
    let (spaced_request, spaced_response) = (is_spaced("form")?, is_spaced("response_form")?);
    // A body beside the tape comes in place of one in it.
    let blob = |name: &'static str| match (text(name)?, folder) {
        (None, _) => Ok(None),
        (Some(_), None) => Err(DamageKind::Member(name)),
        (Some(id), Some(folder)) => {
            let id = BlobId::read(&id).ok_or(name)?;
            blob::load(folder, &id).map(Some).map_err(DamageKind::Blob)
        }
    };
    let request = match blob("request_blob")? {
        Some(body) => body,
        None => body(root, "request", "raw_request", spaced_request)?.ok_or("request")?,
    };
    let answer = match text("io")? {
        Some(name) => {
            let mut known = IoFailure::NAMES.into_iter();
            Answer::Io(known.find(|(_, known)| *known == name).ok_or("io")?.0)
        }
        None => Answer::Http {
            status: number::<u16>(root, "status")?.map_or(Ok(StatusCode::OK), |status| {
                StatusCode::from_u16(status).map_err(|_| "status")
            })?,
            headers: match root.get("headers") {
                Some(headers) => headers
                    .members()
                    .map(|(name, value)| {
                        Ok((name.into_owned(), value.as_str().ok_or("headers")?.into_owned()))
                    })
                    .collect::<Result<_, &'static str>>()?,
                None => Vec::new(),
            },
            body: match blob("response_blob")? {
                Some(body) => body,
                None => body(root, "response", "raw", spaced_response)?.ok_or("response")?,
            },
        },
    };
    let attempts = match root.get("attempts") {
        Some(attempts) if attempts.kind() == Kind::Array => {
            attempts.elements().map(attempt).collect::<Option<_>>().ok_or("attempts")?
        }
        Some(_) => return Err("attempts".into()),
        None => Vec::new(),
    };
    const KNOWN: [&str; 18] = [
        "id",
        "target",
        "region",
        "times",
        "form",
        "request",
        "raw_request",
        "request_blob",
        "attempts",
        "ms",
        "crc",
        "io",
        "status",
        "type",
        "headers",
        "response",
        "response_form",
        "response_blob",
    ];
    let extra = root
        .members()
        .filter(|(name, _)| !KNOWN.contains(&&**name) && name != "raw")
        .map(|(name, value)| (name.into_owned(), compact(value)));
    Ok(Interaction {
        id,
        times: number(root, "times")?
            .map_or(Ok(1), |times| if times > 0 { Ok(times) } else { Err("times") })?,
        target,
        region: text("region")?.map(Into::into),
        request,
        attempts,
        answer,
        took: number(root, "ms")?.map(Took::millis),
        crc: number(root, "crc")?,
        extra: extra.collect(),
    })
}

fn attempt(attempt: Value<'_>) -> Option<Attempt> {
    let kind = match attempt.get("type") {
        Some(kind) => Some(kind.as_str()?.into_owned()),
        None => None,
    };
    let extra = attempt.members().filter(|(name, _)| !matches!(&**name, "status" | "type"));
    Some(Attempt {
        status: number(attempt, "status").ok().flatten()?,
        kind,
        extra: extra.map(|(name, value)| (name.into_owned(), compact(value))).collect(),
    })
}

fn number<T: std::str::FromStr>(
    root: Value<'_>,
    name: &'static str,
) -> Result<Option<T>, &'static str> {
    let Some(value) = root.get(name) else { return Ok(None) };
    value.as_number().and_then(|text| text.parse().ok()).map(Some).ok_or(name)
}

/// The exact bytes of a body: those kept, or the JSON printed in the form noted.
fn body(
    root: Value<'_>,
    name: &'static str,
    raw_name: &'static str,
    is_spaced: bool,
) -> Result<Option<Bytes>, &'static str> {
    if let Some(raw) = root.get(raw_name) {
        let text = raw.as_str().ok_or(raw_name)?;
        return STANDARD.decode(&*text).map(|bytes| Some(bytes.into())).map_err(|_| raw_name);
    }
    let Some(value) = root.get(name) else { return Ok(None) };
    Ok(Some(if is_spaced { spaced(value) } else { compact(value) }.into()))
}

/// Where the next object starts: a line that starts with `{`, after a blank one. A line inside the
/// damaged object is indented.
fn next_object(text: &[u8], from: usize) -> usize {
    let mut after_blank = false;
    let mut at = from;
    for line in text[from..].split_inclusive(|byte| *byte == b'\n') {
        if after_blank && at > from && line.starts_with(b"{") {
            return at;
        }
        after_blank = line.iter().all(u8::is_ascii_whitespace);
        at += line.len();
    }
    text.len()
}

fn id_in(damaged: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(damaged);
    let (_, after) = text.split_once("\"id\": \"")?;
    after.split_once('"').map(|(id, _)| id.to_owned())
}

fn skip_space(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The length of the mark that some editors put before a text.
fn byte_order_mark(text: &[u8]) -> usize {
    let mark = "\u{feff}".as_bytes();
    if text.starts_with(mark) { mark.len() } else { 0 }
}

fn start_of_line(text: &[u8], at: usize) -> usize {
    text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}
