//! Printing a cassette. One formatter: what it prints, `tape fmt --check` accepts.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::StatusCode;

use super::{
    Answer, Blobs, Cassette, Interaction, IoFailure,
    blob::{BlobId, LONGEST_BODY, text_of},
    header::write_unknown,
};
use crate::wire::{
    Target,
    json::{Json, Layout, Writer, compact, pretty, spaced},
};

/// A cassette as it goes to disk.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The text of the tape.
    pub text: String,
    /// The bodies that are too large to stand in it.
    pub blobs: Blobs,
}

/// The whole file, and what stands beside it.
#[must_use]
pub fn printed(cassette: &Cassette) -> Printed {
    let mut blobs = Blobs::new();
    let text = print(cassette, |interaction| text_in_file(interaction, &mut blobs));
    Printed { text, blobs }
}

/// The whole cassette in one text, however large its bodies are.
#[must_use]
pub fn to_text(cassette: &Cassette) -> String {
    print(cassette, interaction_text)
}

fn print(cassette: &Cassette, mut one: impl FnMut(&Interaction) -> String) -> String {
    let header = Json::parse(cassette.header.to_json());
    let mut text = header.map(|header| object_text(&header)).unwrap_or_default();
    for interaction in &cassette.interactions {
        text.push_str("\n\n");
        text.push_str(&one(interaction));
    }
    text.push('\n');
    text
}

/// One interaction with its bodies, without a newline at its end.
#[must_use]
pub fn interaction_text(interaction: &Interaction) -> String {
    text_with(interaction, None)
}

/// One interaction as it stands in a file; large bodies are put among the blobs.
pub(super) fn text_in_file(interaction: &Interaction, blobs: &mut Blobs) -> String {
    text_with(interaction, Some(blobs))
}

fn text_with(interaction: &Interaction, blobs: Option<&mut Blobs>) -> String {
    let mut json = Writer::new();
    json.object(|json| write_members(json, interaction, blobs));
    // What the writer wrote is JSON; the empty text would be a bug of ours.
    Json::parse(json.into_bytes()).map(|json| object_text(&json)).unwrap_or_default()
}

fn write_members(json: &mut Writer, interaction: &Interaction, mut blobs: Option<&mut Blobs>) {
    json.key("id");
    json.string(&interaction.id);
    if let Target::Other(target) = &interaction.target {
        json.key("target");
        json.string(target);
    }
    if let Some(region) = &interaction.region {
        json.key("region");
        json.string(region);
    }
    if interaction.times > 1 {
        json.key("times");
        json.number(interaction.times);
    }
    write_body(json, &REQUEST, &interaction.request, blobs.as_deref_mut());
    if !interaction.attempts.is_empty() {
        json.key("attempts");
        json.array(|json| {
            for attempt in &interaction.attempts {
                json.object(|json| {
                    json.key("status");
                    json.number(attempt.status);
                    if let Some(kind) = &attempt.kind {
                        json.key("type");
                        json.string(kind);
                    }
                    write_unknown(json, &attempt.extra);
                });
            }
        });
    }
    if let Some(took) = interaction.took {
        json.key("ms");
        json.number(took.as_millis());
    }
    if let Some(crc) = interaction.crc {
        json.key("crc");
        json.number(crc);
    }
    write_answer(json, interaction, blobs);
    write_unknown(json, &interaction.extra);
}

fn write_answer(json: &mut Writer, interaction: &Interaction, blobs: Option<&mut Blobs>) {
    let (status, headers, body) = match &interaction.answer {
        Answer::Http { status, headers, body } => (*status, headers, body),
        Answer::Io(failure) => {
            let name =
                IoFailure::NAMES.iter().find(|(known, _)| known == failure).map(|(_, name)| *name);
            json.key("io");
            return json.string(name.unwrap_or_default());
        }
    };
    if status != StatusCode::OK {
        json.key("status");
        json.number(status.as_u16());
    }
    if let Some(kind) = interaction.to_response().and_then(|response| response.error_type()) {
        json.key("type");
        json.string(&kind);
    }
    if !headers.is_empty() {
        json.key("headers");
        json.object(|json| {
            for (name, value) in headers {
                json.key(name);
                json.string(value);
            }
        });
    }
    write_body(json, &RESPONSE, body, blobs);
}

/// What the members of a body are called.
struct Names {
    form: &'static str,
    json: &'static str,
    raw: &'static str,
    blob: &'static str,
}

const REQUEST: Names =
    Names { form: "form", json: "request", raw: "raw_request", blob: "request_blob" };
const RESPONSE: Names =
    Names { form: "response_form", json: "response", raw: "raw", blob: "response_blob" };

fn write_body(json: &mut Writer, names: &Names, body: &Bytes, blobs: Option<&mut Blobs>) {
    if let Some(blobs) = blobs
        && body.len() > LONGEST_BODY
    {
        let id = BlobId::of(body);
        json.key(names.blob);
        json.string(&id.to_string());
        blobs.insert(id, text_of(body));
        return;
    }
    let form = Form::of(body);
    if let Form::Spaced(_) = form {
        json.key(names.form);
        json.string("spaced");
    }
    if let Form::Compact(body) | Form::Spaced(body) | Form::Other(Some(body)) = &form {
        json.key(names.json);
        json.raw(body.text());
    }
    if let Form::Other(_) = form {
        json.key(names.raw);
        json.string(&STANDARD.encode(body));
    }
}

/// How the bytes of a body relate to its JSON.
enum Form {
    /// No white space between tokens.
    Compact(Json),
    /// As Python writes it.
    Spaced(Json),
    /// White space of another kind, or no JSON at all: the bytes must be kept beside it.
    Other(Option<Json>),
}

impl Form {
    fn of(body: &Bytes) -> Self {
        match Json::parse(body.clone()) {
            Ok(json) if compact(json.root()).as_bytes() == body => Self::Compact(json),
            Ok(json) if spaced(json.root()).as_bytes() == body => Self::Spaced(json),
            Ok(json) => Self::Other(Some(json)),
            Err(_) => Self::Other(None),
        }
    }
}

/// An object of the file: its members on lines of their own, what is in them as wide as fits.
#[must_use]
pub fn object_text(json: &Json) -> String {
    let mut text = String::from("{");
    for (at, (name, value)) in json.root().members().enumerate() {
        let mut quoted = Vec::new();
        crate::wire::json::write_string(&mut quoted, &name);
        text.push_str(if at > 0 { ",\n  " } else { "\n  " });
        text.push_str(&String::from_utf8_lossy(&quoted));
        text.push_str(": ");
        let column = text.len() - text.rfind('\n').map_or(0, |newline| newline + 1);
        text.push_str(&pretty(value, Layout::default(), 1, column));
    }
    text.push_str("\n}");
    text
}
