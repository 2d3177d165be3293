//! JSON Lines: one interaction a line, with `operation`, `request`, `status`, `response` and, where
//! the exact bytes are known, `response_raw`; lines of one `sequence` make one cassette, in the
//! order of their `index`.

use std::collections::HashMap;

use bytes::Bytes;
use http::StatusCode;

use super::{ImportError, Imported};
use crate::cassette::{
    Answer, Cassette, Header, Interaction, Provenance, civil_date, tables_described,
};
use crate::wire::{
    Operation, Target,
    json::{Json, Value, compact},
    profile,
};

/// Reads JSON Lines.
///
/// # Errors
///
/// When a line is not JSON.
pub fn json_lines(text: &Bytes) -> Result<Vec<Imported>, ImportError> {
    let mut sequences: Vec<(String, Vec<Line>, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let json = Json::parse(text.slice_ref(line))
            .map_err(|cause| ImportError::new(number + 1, cause))?;
        let sequence = json.root().get("sequence").and_then(Value::as_str);
        let name =
            sequence.map_or_else(|| format!("line-{}", number + 1), std::borrow::Cow::into_owned);
        let at = *places.entry(name).or_insert_with_key(|name| {
            sequences.push((name.clone(), Vec::new(), 0));
            sequences.len() - 1
        });
        match Line::read(&json) {
            Some(line) => sequences[at].1.push(line),
            None => sequences[at].2 += 1,
        }
    }
    Ok(sequences.into_iter().map(|(name, lines, skipped)| imported(name, lines, skipped)).collect())
}

struct Line {
    index: u64,
    exact: bool,
    real: bool,
    region: Option<String>,
    recorded: Option<String>,
    interaction: Interaction,
}

impl Line {
    fn read(json: &Json) -> Option<Self> {
        let root = json.root();
        let text = |name: &str| Some(root.get(name)?.as_str()?.into_owned());
        let operation = Operation::from_name(&text("operation")?)?;
        // A fragment of a request cannot be sent; one of an answer is not it.
        let partial = |name: &str| root.get(name).and_then(Value::as_bool).unwrap_or(false);
        if partial("request_partial") || partial("response_partial") {
            return None;
        }
        let request = root.get("request").filter(|request| !request.is_null())?;
        let raw = text("response_raw");
        let body = match &raw {
            Some(raw) => raw.clone(),
            None => compact(root.get("response").filter(|body| !body.is_null())?),
        };
        let status = root.get("status")?.as_number()?.parse().ok()?;
        let answer = Answer::Http {
            status: StatusCode::from_u16(status).ok()?,
            headers: Vec::new(),
            body: body.into(),
        };
        let mut interaction =
            Interaction::new(Target::Known(operation), compact(request).into(), answer);
        interaction.crc = root.get("response_headers").and_then(checksum_of_aws);
        Some(Self {
            index: root.get("index").and_then(|index| index.as_number()?.parse().ok()).unwrap_or(0),
            exact: raw.is_some(),
            real: root.get("real_aws").and_then(Value::as_bool).unwrap_or(false),
            region: text("region"),
            recorded: text("recorded")
                .and_then(|date| httpdate::parse_http_date(&date).ok())
                .map(civil_date),
            interaction,
        })
    }
}

/// The checksum that came with an answer whose other headers are the service's.
fn checksum_of_aws(headers: Value<'_>) -> Option<u32> {
    let header = |wanted: &str| {
        let mut all = headers.members().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        all.next().and_then(|(_, value)| value.as_str())
    };
    let id = header("x-amzn-requestid")?;
    let server = header("server").is_none_or(|server| server == "Server");
    let genuine = profile::is_service_request_id(&id) && server;
    header("x-amz-crc32")?.parse().ok().filter(|_| genuine)
}

fn imported(name: String, mut lines: Vec<Line>, skipped: usize) -> Imported {
    lines.sort_by_key(|line| line.index);
    let exact = lines.iter().all(|line| line.exact);
    let first = lines.first();
    let header = Header {
        from: Provenance {
            kind: if first.is_some_and(|line| line.real) { "aws" } else { "other" }.to_owned(),
            region: first.and_then(|line| line.region.clone()),
            label: Some(name.clone()),
            ..Provenance::default()
        },
        by: format!("dynatape {} (import)", env!("CARGO_PKG_VERSION")),
        on: first.and_then(|line| line.recorded.clone()).unwrap_or_default(),
        // Bodies stay as the lines have them: no redaction is claimed.
        redact: 0,
        ..Header::default()
    };
    let interactions = lines.into_iter().map(|line| line.interaction).collect();
    let mut cassette = Cassette { header, interactions };
    cassette.header.tables = tables_described(&cassette.interactions);
    cassette.renumber();
    Imported { name, cassette, exact, skipped, changed: 0, secrets: Vec::new() }
}
