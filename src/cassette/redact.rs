//! What never reaches a file, and what stands in its place.
//!
//! Headers are default-deny: only those on the safe list are kept. In bodies, account ids and
//! the ids that the service mints are replaced by made-up ones of the same shape, each time by
//! the same one, so that what was equal stays equal and a re-recording looks like the recording.
//! The same rules are applied to a live request before it is matched.

use std::{borrow::Cow, collections::HashMap};

use bytes::Bytes;

use crate::wire::json::{Json, Kind, Value};

/// The version of these rules, kept in the header of each cassette.
pub const REDACTION_VERSION: u32 = 1;

/// Response headers that may be kept: none of them is secret, and none is made by the profile.
pub const SAFE_HEADERS: &[&str] =
    &["content-encoding", "content-type", "retry-after", "x-amzn-errortype"];

/// Accounts that documents and emulators use; nobody's.
const KNOWN_FAKE_ACCOUNTS: &[&str] = &["000000000000", "123456789012", "111122223333"];

/// Replaces what must not be kept. One redactor serves one recording or one replay: it remembers
/// what stands for what.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    accounts: HashMap<String, String>,
    ids: HashMap<String, String>,
    streams: HashMap<String, String>,
    backups: HashMap<String, String>,
    principals: HashMap<String, String>,
}

impl Redactor {
    /// A redactor that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The body with what must not be kept replaced; of one that is not JSON, the ARNs.
    #[must_use]
    pub fn body(&mut self, body: &Bytes) -> Bytes {
        let Ok(json) = Json::parse(body.clone()) else {
            return match std::str::from_utf8(body) {
                Ok(text) if text.contains("arn:") => self.arns(text).into(),
                _ => body.clone(),
            };
        };
        let mut edits = Vec::new();
        self.visit(json.root(), None, &mut edits);
        if edits.is_empty() {
            return body.clone();
        }
        let mut out = Vec::with_capacity(body.len());
        let mut done = 0;
        for (start, end, text) in edits {
            out.extend_from_slice(&body[done..start]);
            out.extend_from_slice(text.as_bytes());
            done = end;
        }
        out.extend_from_slice(&body[done..]);
        out.into()
    }

    /// The body with what this redactor replaced in requests put back: who sent an ARN of their
    /// own reads it as they wrote it.
    #[must_use]
    pub fn restored(&self, body: &Bytes) -> Bytes {
        if self.accounts.is_empty() && self.principals.is_empty() {
            return body.clone();
        }
        match std::str::from_utf8(body) {
            Ok(text) if text.contains("arn:") => each_arn(text, |arn| self.original(arn)).into(),
            _ => body.clone(),
        }
    }

    /// The headers that may be kept, with their values, in order of their names. Those that say
    /// what the profile says anyway are not.
    #[must_use]
    pub fn headers(&self, headers: &http::HeaderMap) -> Vec<(String, String)> {
        let kept = headers.iter().filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            let safe = SAFE_HEADERS.contains(&name.as_str());
            let usual = name == "content-type" && value == "application/x-amz-json-1.0"
                || name == "content-encoding" && value == "identity";
            (safe && !usual).then(|| (name.to_string(), value.to_owned()))
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort();
        kept
    }

    /// The account ids that were replaced: they must not stand anywhere else either.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// Finds the string tokens to replace, in the order they stand.
    fn visit(
        &mut self,
        root: Value<'_>,
        name: Option<&str>,
        edits: &mut Vec<(usize, usize, String)>,
    ) {
        // A stack, not recursion: a body may nest as deep as the reader allows.
        let mut due = vec![(root, name.map(Cow::Borrowed))];
        while let Some((value, name)) = due.pop() {
            match value.kind() {
                Kind::Object => {
                    let members = value.members().map(|(name, child)| (child, Some(name)));
                    let members: Vec<_> = members.collect();
                    // Table names of a batch may be ARNs: the names count as strings too.
                    edits.extend(value.names().filter_map(|name| self.token(name, None)));
                    due.extend(members.into_iter().rev());
                }
                Kind::Array => due.extend(
                    value
                        .elements()
                        .map(|child| (child, None))
                        .collect::<Vec<_>>()
                        .into_iter()
                        .rev(),
                ),
                Kind::String => edits.extend(self.token(value, name.as_deref())),
                Kind::Null | Kind::Bool | Kind::Number => {}
            }
        }
        edits.sort_by_key(|(start, ..)| *start);
    }

    fn token(&mut self, value: Value<'_>, name: Option<&str>) -> Option<(usize, usize, String)> {
        let raw = value.raw();
        let text = match name {
            Some("TableId") => self.minted_id(raw),
            Some("LatestStreamLabel" | "StreamLabel") => self.stream_label(raw),
            _ => None,
        };
        let text = match text {
            Some(text) => text,
            None if raw.contains("arn:") => self.arns(raw),
            None => return None,
        };
        let span = value.span();
        (text != raw).then_some((span.start, span.end, text))
    }

    fn minted_id(&mut self, raw: &str) -> Option<String> {
        let id = raw.trim_matches('"');
        is_uuid(id).then(|| format!("\"{}\"", self.uuid(id)))
    }

    fn stream_label(&mut self, raw: &str) -> Option<String> {
        let label = raw.trim_matches('"');
        is_stream_label(label).then(|| format!("\"{}\"", self.label(label)))
    }

    /// Replaces the parts of every ARN in the text that are somebody's or that differ each time.
    fn arns(&mut self, text: &str) -> String {
        each_arn(text, |arn| self.arn(arn))
    }

    /// `arn:partition:service:region:account:resource`.
    fn arn(&mut self, arn: &str) -> String {
        let mut parts: Vec<Cow<'_, str>> = arn.splitn(6, ':').map(Cow::Borrowed).collect();
        let [_, _, service, _, account, resource] = parts.as_mut_slice() else {
            return arn.to_owned();
        };
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
            *account = self.account(account).into();
        }
        if matches!(&**service, "iam" | "sts") {
            *resource = self.principal(resource).into();
        } else if &**service == "kms" {
            if let Some((kind, id)) = resource.split_once('/').filter(|(_, id)| is_uuid(id)) {
                *resource = format!("{kind}/{}", self.uuid(id)).into();
            }
        } else if let Some((table, label)) = resource.split_once("/stream/") {
            if is_stream_label(label) {
                *resource = format!("{table}/stream/{}", self.label(label)).into();
            }
        } else if let Some((table, backup)) = resource.split_once("/backup/")
            && backup.len() == 23
            && backup.as_bytes()[14] == b'-'
        {
            *resource = format!("{table}/backup/{}", self.backup(backup)).into();
        }
        parts.join(":")
    }

    /// The opposite of [`Self::arn`], for what is named by who calls: accounts, users and roles.
    fn original(&self, arn: &str) -> String {
        let mut parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, _, service, _, account, resource] = parts.as_mut_slice() else {
            return arn.to_owned();
        };
        *account = original_of(&self.accounts, account);
        if matches!(*service, "iam" | "sts") {
            *resource = original_of(&self.principals, resource);
        }
        parts.join(":")
    }

    fn account(&mut self, real: &str) -> String {
        // Replacing a replacement must change nothing: a replayed ARN comes back redacted.
        if KNOWN_FAKE_ACCOUNTS.contains(&real) || real.starts_with("00000000") {
            return real.to_owned();
        }
        stand_in(&mut self.accounts, real, |number| format!("{number:012}"))
    }

    /// Users and roles: their names are somebody's, but two of them are not one.
    fn principal(&mut self, real: &str) -> String {
        let (kind, name) = real.split_once('/').unwrap_or((real, ""));
        if name.starts_with("redacted") {
            return real.to_owned();
        }
        stand_in(&mut self.principals, real, |number| match number {
            1 => format!("{kind}/redacted"),
            _ => format!("{kind}/redacted-{number}"),
        })
    }

    fn uuid(&mut self, real: &str) -> String {
        if real.starts_with("00000000-0000-4000-8000-") {
            return real.to_owned();
        }
        stand_in(&mut self.ids, real, |number| format!("00000000-0000-4000-8000-{number:012}"))
    }

    fn label(&mut self, real: &str) -> String {
        if real.starts_with("2000-01-01T00:") {
            return real.to_owned();
        }
        stand_in(&mut self.streams, real, |number| {
            format!(
                "2000-01-01T00:{:02}:{:02}.{:03}",
                number / 60_000,
                number / 1000 % 60,
                number % 1000
            )
        })
    }

    fn backup(&mut self, real: &str) -> String {
        if real.starts_with("00000000") {
            return real.to_owned();
        }
        stand_in(&mut self.backups, real, |number| format!("{number:014}-{number:08x}"))
    }
}

/// The text with every ARN in it replaced by what `replace` makes of it.
fn each_arn(text: &str, mut replace: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("arn:") {
        let (before, arn) = rest.split_at(at);
        out.push_str(before);
        let end = arn.find(|c: char| !(c.is_ascii_alphanumeric() || ":/-_.*".contains(c)));
        let (arn, after) = arn.split_at(end.unwrap_or(arn.len()));
        out.push_str(&replace(arn));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn original_of<'a>(known: &'a HashMap<String, String>, stand_in: &'a str) -> &'a str {
    known.iter().find(|(_, made)| *made == stand_in).map_or(stand_in, |(real, _)| real)
}

fn stand_in(
    known: &mut HashMap<String, String>,
    real: &str,
    make: impl Fn(usize) -> String,
) -> String {
    let number = known.len() + 1;
    known.entry(real.to_owned()).or_insert_with(|| make(number)).clone()
}

fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match dashes.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

/// `2026-10-08T23:07:31.275`
fn is_stream_label(text: &str) -> bool {
    let shape = "0000-00-00T00:00:00.000";
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            _ => byte == like,
        })
}
