use super::TableSchema;
use crate::wire::json::{Json, Writer};

/// The version of the format that this program writes. It reads all versions up to this one.
pub const VERSION: u32 = 1;

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
    /// The tables met, with their keys: enough to make them again.
    pub tables: Vec<(String, TableSchema)>,
    /// What the recording program wanted to find again, by name.
    pub vars: Vec<(String, String)>,
    /// Members that this version does not know, as (name, JSON text).
    pub extra: Vec<(String, String)>,
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
            json.string("DynamoDB_20120810");
            json.key("from");
            json.object(|json| {
                for (name, value) in self.from.members() {
                    if let Some(value) = value {
                        json.key(name);
                        json.string(value);
                    }
                }
                json.key("wire");
                json.string("aws-json10/1");
            });
            json.key("by");
            json.string(&self.by);
            json.key("on");
            json.string(&self.on);
            json.key("rules");
            json.object(|json| {
                json.key("redact");
                json.number(self.redact);
            });
            if !self.tables.is_empty() {
                json.key("tables");
                json.object(|json| {
                    for (name, schema) in &self.tables {
                        json.key(name);
                        schema.write(json);
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
            for (name, value) in &self.extra {
                json.key(name);
                json.raw(value.as_bytes());
            }
        });
        json.into_bytes()
    }

    /// Reads a header; `None` where the object is no header of a tape.
    pub(super) fn from_json(json: &Json) -> Option<(u32, Self)> {
        let root = json.root();
        let version = root.get("tape")?.as_number()?.parse().ok()?;
        let text = |name: &str| {
            root.get(name).and_then(|value| value.as_str()).unwrap_or_default().into_owned()
        };
        let from = root.get("from");
        let of = |name: &str| Some(from?.get(name)?.as_str()?.into_owned());
        const KNOWN: [&str; 8] = ["tape", "service", "from", "by", "on", "rules", "tables", "vars"];
        let header = Self {
            from: Provenance {
                kind: of("kind").unwrap_or_default(),
                region: of("region"),
                server: of("server"),
                label: of("label"),
            },
            by: text("by"),
            on: text("on"),
            redact: root
                .get("rules")
                .and_then(|rules| rules.get("redact")?.as_number()?.parse().ok())
                .unwrap_or_default(),
            tables: root
                .get("tables")
                .into_iter()
                .flat_map(|tables| tables.members())
                .filter_map(|(name, schema)| Some((name.into_owned(), TableSchema::read(schema)?)))
                .collect(),
            vars: root
                .get("vars")
                .into_iter()
                .flat_map(|vars| vars.members())
                .filter_map(|(name, value)| Some((name.into_owned(), value.as_str()?.into_owned())))
                .collect(),
            extra: root
                .members()
                .filter(|(name, _)| !KNOWN.contains(&&**name))
                .map(|(name, value)| (name.into_owned(), crate::wire::json::compact(value)))
                .collect(),
        };
        Some((version, header))
    }
}
