use std::path::{Component, Path};

use super::{ReadError, TableSchema};
use crate::wire::json::{Json, Kind, Value, Writer, compact};

/// The version of the format that this program writes. It reads all versions up to this one.
pub const VERSION: u32 = 1;

/// What the bodies are calls of. Nothing else is replayed.
const SERVICE: &str = "DynamoDB_20120810";

/// How headers that are not in the file are made at replay.
const WIRE: &str = "aws-json10/1";

/// Members that this version does not know, as (name, JSON text): kept when rewritten.
pub type Unknown = Vec<(String, String)>;

/// The first object of a cassette. What this version does not know is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Where the recording comes from.
    pub from: Provenance,
    /// The program that recorded it, with its version.
    pub by: String,
    /// The day of the recording, or of the last one that changed anything.
    pub on: String,
    /// The version of the redaction rules applied.
    pub redact: u32,
    /// Tapes whose interactions come before its own, from its folder.
    pub include: Vec<String>,
    /// The tables met, with their keys: enough to make them again.
    pub tables: Vec<(String, TableSchema)>,
    /// What the recording program wanted to find again, by name.
    pub vars: Vec<(String, String)>,
    /// Tables whose keys are written in a way that this version does not know.
    pub other_tables: Unknown,
    /// The versions of other rules than those of redaction.
    pub other_rules: Unknown,
    /// What else stands in the header.
    pub extra: Unknown,
}

/// What answered while it was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// `aws` (proved by the endpoint, TLS and the shape of its request ids), `dynatape`, or
    /// `other`.
    pub kind: String,
    /// The region, where it is known.
    pub region: Option<String>,
    /// What the answers' `Server` header said, where it is not the service's.
    pub server: Option<String>,
    /// What the user called it (`--label`).
    pub label: Option<String>,
    /// What else is said of it.
    pub extra: Unknown,
}

impl Provenance {
    fn members(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("kind", Some(&self.kind)),
            ("region", self.region.as_deref()),
            ("server", self.server.as_deref()),
            ("label", self.label.as_deref()),
        ]
    }

    /// A line to show: the kind, and what is known beside it.
    #[must_use]
    pub fn summary(&self) -> String {
        let known = self.members().into_iter().filter_map(|(_, value)| value);
        known.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

impl Header {
    /// The header as compact JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        json.object(|json| {
            json.key("tape");
            json.number(VERSION);
            json.key("service");
            json.string(SERVICE);
            json.key("from");
            json.object(|json| {
                for (name, value) in self.from.members() {
                    if let Some(value) = value {
                        json.key(name);
                        json.string(value);
                    }
                }
                json.key("wire");
                json.string(WIRE);
                write_unknown(json, &self.from.extra);
            });
            json.key("by");
            json.string(&self.by);
            json.key("on");
            json.string(&self.on);
            json.key("rules");
            json.object(|json| {
                json.key("redact");
                json.number(self.redact);
                write_unknown(json, &self.other_rules);
            });
            if !self.include.is_empty() {
                json.key("include");
                json.array(|json| self.include.iter().for_each(|name| json.string(name)));
            }
            if !self.tables.is_empty() || !self.other_tables.is_empty() {
                json.key("tables");
                json.object(|json| {
                    for (name, schema) in &self.tables {
                        json.key(name);
                        schema.write(json);
                    }
                    let known = |name: &str| self.tables.iter().any(|(known, _)| known == name);
                    for (name, schema) in &self.other_tables {
                        if !known(name) {
                            json.key(name);
                            json.raw(schema.as_bytes());
                        }
                    }
                });
            }
            if !self.vars.is_empty() {
                json.key("vars");
                json.object(|json| {
                    for (name, value) in &self.vars {
                        json.key(name);
                        json.string(value);
                    }
                });
            }
            write_unknown(json, &self.extra);
        });
        json.into_bytes()
    }

    /// Reads a header; `Ok(None)` where the object is no header of a tape.
    pub(super) fn from_json(json: &Json) -> Result<Option<Self>, ReadError> {
        let root = json.root();
        let number = |value: Option<Value<'_>>| value?.as_number()?.parse::<u32>().ok();
        // There was no version 0.
        let Some(version) = number(root.get("tape")).filter(|version| *version > 0) else {
            return Ok(None);
        };
        let by = text("by", Some(root), "by")?.unwrap_or_default();
        let (from, rules) = (root.get("from"), root.get("rules"));
        let redact = rules.and_then(|rules| rules.get("redact"));
        let redact = match redact {
            Some(redact) => number(Some(redact)).ok_or(ReadError::Header { member: "rules" })?,
            None => 0,
        };
        for (what, found, known) in
            [("format", version, VERSION), ("redaction rules", redact, super::REDACTION_VERSION)]
        {
            if found > known {
                return Err(ReadError::TooNew { what, found, known, by });
            }
        }
        for (what, found, known) in [
            ("service", text("service", Some(root), "service")?, SERVICE),
            ("wire profile", text("from", from, "wire")?, WIRE),
        ] {
            if let Some(found) = found.filter(|found| found != known) {
                return Err(ReadError::Foreign { what, found, known, by });
            }
        }
        let mut header = Self {
            from: Provenance {
                kind: text("from", from, "kind")?.unwrap_or_default(),
                region: text("from", from, "region")?,
                server: text("from", from, "server")?,
                label: text("from", from, "label")?,
                extra: unknown("from", from, &["kind", "region", "server", "label", "wire"])?,
            },
            by,
            on: text("on", Some(root), "on")?.unwrap_or_default(),
            redact,
            include: included(root).ok_or(ReadError::Include)?,
            other_rules: unknown("rules", rules, &["redact"])?,
            extra: unknown(
                "tape",
                Some(root),
                &["tape", "service", "from", "by", "on", "rules", "include", "tables", "vars"],
            )?,
            ..Self::default()
        };
        for (name, schema) in members("tables", root.get("tables"))? {
            match TableSchema::read(schema) {
                Some(schema) => header.tables.push((name, schema)),
                None => header.other_tables.push((name, compact(schema))),
            }
        }
        for (name, value) in members("vars", root.get("vars"))? {
            let value = value.as_str().ok_or(ReadError::Header { member: "vars" })?;
            header.vars.push((name, value.into_owned()));
        }
        Ok(Some(header))
    }
}

/// The tapes that a header includes; `None` where that is no list of relative paths. An absolute
/// one would be there on one machine.
fn included(header: Value<'_>) -> Option<Vec<String>> {
    let Some(list) = header.get("include") else { return Some(Vec::new()) };
    if list.kind() != Kind::Array {
        return None;
    }
    let names = list.elements().map(|name| {
        let name = name.as_str()?.into_owned();
        let steps = |part| !matches!(part, Component::RootDir | Component::Prefix(_));
        let leads_on = !name.is_empty() && Path::new(&name).components().all(steps);
        leads_on.then_some(name)
    });
    names.collect()
}

/// A text in an object of the header. Of another kind of value nothing could be kept.
fn text(
    member: &'static str,
    of: Option<Value<'_>>,
    name: &str,
) -> Result<Option<String>, ReadError> {
    let Some(value) = of.and_then(|of| of.get(name)) else { return Ok(None) };
    let text = value.as_str().ok_or(ReadError::Header { member })?;
    Ok(Some(text.into_owned()))
}

pub(super) fn write_unknown(json: &mut Writer, unknown: &Unknown) {
    for (name, value) in unknown {
        json.key(name);
        json.raw(value.as_bytes());
    }
}

/// The members of an object of the header, if it is there. Of what is no object nothing could be
/// kept.
fn members<'a>(
    name: &'static str,
    value: Option<Value<'a>>,
) -> Result<Vec<(String, Value<'a>)>, ReadError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    if value.kind() != Kind::Object {
        return Err(ReadError::Header { member: name });
    }
    Ok(value.members().map(|(name, value)| (name.into_owned(), value)).collect())
}

/// The members of an object of the header that are not among the known.
fn unknown(
    name: &'static str,
    value: Option<Value<'_>>,
    known: &[&str],
) -> Result<Unknown, ReadError> {
    let all = members(name, value)?.into_iter();
    let rest = all.filter(|(name, _)| !known.contains(&&**name));
    Ok(rest.map(|(name, value)| (name, compact(value))).collect())
}
