use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::StatusCode;

use crate::{
    cassette::{Answer, Cassette, Interaction},
    wire::{json::Writer, profile::crc32},
};

const JSON: &str = "application/x-amz-json-1.0";

/// HTTP Archive 1.2: an entry for each time an answer was given. A cassette knows the day only,
/// so the entries follow each other by a millisecond, which keeps their order.
#[must_use]
pub fn har(cassette: &Cassette) -> Vec<u8> {
    let day = if cassette.header.on.is_empty() { "1970-01-01" } else { &cassette.header.on };
    let mut json = Writer::new();
    json.object(|json| {
        json.key("log");
        json.object(|json| {
            json.key("version");
            json.string("1.2");
            json.key("creator");
            json.object(|json| {
                json.key("name");
                json.string("dynatape");
                json.key("version");
                json.string(env!("CARGO_PKG_VERSION"));
            });
            json.key("entries");
            json.array(|json| {
                let mut at = 0;
                for interaction in &cassette.interactions {
                    for _ in 0..interaction.times {
                        entry(json, interaction, &moment(day, at));
                        at += 1;
                    }
                }
            });
        });
    });
    json.into_bytes()
}

fn moment(day: &str, at: u64) -> String {
    let (seconds, millis) = (at / 1000 % 86_400, at % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{day}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

fn entry(json: &mut Writer, interaction: &Interaction, moment: &str) {
    json.object(|json| {
        json.key("startedDateTime");
        json.string(moment);
        json.key("time");
        json.number(0);
        json.key("request");
        json.object(|json| request(json, interaction));
        json.key("response");
        json.object(|json| response(json, &interaction.answer));
        json.key("cache");
        json.object(|_| {});
        json.key("timings");
        json.object(|json| {
            for phase in ["send", "wait", "receive"] {
                json.key(phase);
                json.number(0);
            }
        });
        json.key("comment");
        json.string(&interaction.id);
    });
}

fn request(json: &mut Writer, interaction: &Interaction) {
    json.key("method");
    json.string("POST");
    json.key("url");
    json.string("https://dynamodb.invalid/");
    let target = interaction.target.header();
    let target = target.as_deref().map(|target| ("x-amz-target", target));
    let headers = [("content-type", JSON)].into_iter().chain(target);
    usual(json, headers.map(|(name, value)| (name, value.to_owned())));
    json.key("queryString");
    json.array(|_| {});
    json.key("bodySize");
    json.number(interaction.request.len());
    json.key("postData");
    json.object(|json| {
        json.key("mimeType");
        json.string(JSON);
        // HAR knows encodings of answers only; names with an underscore are everybody's own.
        text(json, &interaction.request, "_encoding");
    });
}

fn response(json: &mut Writer, answer: &Answer) {
    let none = Bytes::new();
    let (status, headers, body) = match answer {
        Answer::Http { status, headers, body } => (Some(*status), &headers[..], body),
        // As browsers write what was never answered.
        Answer::Io(_) => (None, &[][..], &none),
    };
    json.key("status");
    json.number(status.map_or(0, |status| status.as_u16()));
    json.key("statusText");
    json.string(status.as_ref().and_then(StatusCode::canonical_reason).unwrap_or_default());
    let own = headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let has_type = headers.iter().any(|(name, _)| name == "content-type");
    let made = [
        (!has_type).then(|| ("content-type", JSON.to_owned())),
        Some(("content-length", body.len().to_string())),
        Some(("x-amz-crc32", crc32(body).to_string())),
    ];
    usual(json, own.chain(made.into_iter().flatten().filter(|_| status.is_some())));
    json.key("redirectURL");
    json.string("");
    json.key("bodySize");
    json.number(body.len());
    json.key("content");
    json.object(|json| {
        json.key("size");
        json.number(body.len());
        json.key("mimeType");
        json.string(JSON);
        text(json, body, "encoding");
    });
}

fn usual<'a>(json: &mut Writer, headers: impl Iterator<Item = (&'a str, String)>) {
    json.key("httpVersion");
    json.string("HTTP/1.1");
    json.key("cookies");
    json.array(|_| {});
    json.key("headersSize");
    json.number(-1);
    json.key("headers");
    json.array(|json| {
        for (name, value) in headers {
            json.object(|json| {
                json.key("name");
                json.string(name);
                json.key("value");
                json.string(&value);
            });
        }
    });
}

fn text(json: &mut Writer, body: &[u8], encoding: &str) {
    json.key("text");
    if let Ok(text) = std::str::from_utf8(body) {
        return json.string(text);
    }
    json.string(&STANDARD.encode(body));
    json.key(encoding);
    json.string("base64");
}
