use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Answer, Cassette, REDACTION_VERSION, Redactor, tables_described};

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The version of the redaction rules that were applied before, where it was an older one.
    pub redacted_by: Option<u32>,
    /// How many bodies say something else now.
    pub bodies: usize,
    /// The real account ids that were replaced: they must not stand in the file.
    pub accounts: Vec<String>,
}

/// Brings a cassette to what a recording of today would be. Reading has brought older formats to
/// the current one; what is left are the rules of redaction.
pub fn migrate(cassette: &mut Cassette) -> Migrated {
    let mut migrated = Migrated::default();
    if cassette.header.redact < REDACTION_VERSION {
        migrated.redacted_by = Some(cassette.header.redact);
        redact(cassette, &mut migrated);
        cassette.header.redact = REDACTION_VERSION;
    }
    cassette.renumber();
    migrated
}

fn redact(cassette: &mut Cassette, migrated: &mut Migrated) {
    let mut redactor = Redactor::new();
    let mut replace = |redactor: &mut Redactor, body: &mut Bytes| {
        let redacted = redactor.body(body);
        migrated.bodies += usize::from(redacted != *body);
        *body = redacted;
    };
    // Requests first, as a recording's end does: a replay redacts requests only, and must come to
    // the same stand-ins.
    for interaction in &mut cassette.interactions {
        replace(&mut redactor, &mut interaction.request);
    }
    for interaction in &mut cassette.interactions {
        let as_recorded = interaction.is_as_recorded();
        if let Answer::Http { headers, body, .. } = &mut interaction.answer {
            replace(&mut redactor, body);
            let all = headers.iter().filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_str(value).ok()?))
            });
            *headers = redactor.headers(&all.collect::<HeaderMap>());
        }
        if as_recorded {
            interaction.crc = interaction.checksum();
        }
    }
    // A table may be called by its ARN: what is described says how it is called now.
    let described = tables_described(&cassette.interactions);
    let tables = &mut cassette.header.tables;
    tables.retain(|(known, _)| !described.iter().any(|(name, _)| name == known));
    tables.extend(described);
    tables.sort_by(|(one, _), (other, _)| one.cmp(other));
    migrated.accounts = redactor.accounts().map(str::to_owned).collect();
}
