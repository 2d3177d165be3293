//! The report for programs: everything, in a format with a version.

use std::{borrow::Cow, io};

use super::{Report, again::again};
use crate::{
    conformance::{
        Body, Exchange, Folded, MOST_BYTES, OperationCount, Played, Run, TapeRun, finding_id,
    },
    diff::{Layer, Outcome, Tally},
    wire::json::Writer,
};

/// The version of this format (`docs/report.schema.json`). Members are only ever added under one
/// number.
pub(super) const SCHEMA: u32 = 2;

/// JSON on one line.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Report for Json {
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()> {
        let mut json = Writer::new();
        json.object(|json| {
            json.key("schema");
            json.number(SCHEMA);
            json.key("runs");
            json.array(|json| runs.iter().for_each(|run| write_run(json, run)));
        });
        out.write_all(&json.into_bytes())?;
        out.write_all(b"\n")
    }
}

fn write_run(json: &mut Writer, run: &Run) {
    json.object(|json| {
        json.key("target");
        json.string(&run.target);
        json.key("material");
        json.string(run.material.name());
        json.key("on");
        json.string(&run.on);
        json.key("version");
        json.string(&run.version);
        json.key("again");
        json.array(|json| run.again.iter().for_each(|argument| json.string(argument)));
        json.key("operations");
        json.object(|json| {
            for (operation, count) in run.by_operation() {
                json.key(operation);
                json.object(|json| write_count(json, &count));
            }
        });
        json.key("tapes");
        json.array(|json| run.tapes.iter().for_each(|tape| write_tape(json, run, tape)));
    });
}

/// The members that count outcomes and comparisons.
pub(super) fn write_count(json: &mut Writer, count: &OperationCount) {
    json.key("outcomes");
    json.object(|json| {
        for outcome in Outcome::ALL {
            json.key(outcome.name());
            json.number(count.of(outcome));
        }
    });
    json.key("layers");
    json.object(|json| {
        for layer in Layer::ALL {
            json.key(layer.name());
            json.object(|json| {
                json.key("compared");
                json.number(count.tally.compared(layer));
                json.key("differed");
                json.number(count.tally.differed(layer));
            });
        }
    });
}

fn write_tape(json: &mut Writer, run: &Run, tape: &TapeRun) {
    json.object(|json| {
        json.key("name");
        json.string(&tape.name);
        json.key("file");
        json.string(&tape.file);
        json.key("from");
        json.string(&tape.from);
        json.key("prepared");
        json.array(|json| tape.prepared.iter().for_each(|what| json.string(what)));
        json.key("skipped");
        json.number(tape.skipped);
        json.key("unanswered");
        json.number(tape.unanswered);
        if !tape.counted.is_empty() {
            json.key("counted");
            json.object(|json| {
                for (operation, count) in &tape.counted {
                    json.key(operation);
                    json.object(|json| write_count(json, count));
                }
            });
        }
        if !tape.folded.is_empty() {
            json.key("folded");
            json.array(|json| tape.folded.iter().for_each(|one| write_folded(json, one)));
        }
        json.key("interactions");
        json.array(|json| tape.played.iter().for_each(|one| write_played(json, run, tape, one)));
    });
}

fn write_folded(json: &mut Writer, folded: &Folded) {
    json.object(|json| {
        let operation = Some(&folded.operation).filter(|operation| !operation.is_empty());
        for (name, text) in [
            ("like", folded.like.as_ref()),
            ("operation", operation),
            ("note", folded.note.as_ref()),
        ] {
            if let Some(text) = text {
                json.key(name);
                json.string(text);
            }
        }
        json.key("outcome");
        json.string(folded.outcome.name());
        for (name, count) in [("count", folded.count), ("findings", folded.findings)] {
            json.key(name);
            json.number(count);
        }
    });
}

fn write_played(json: &mut Writer, run: &Run, tape: &TapeRun, played: &Played) {
    json.object(|json| {
        for (name, text) in [
            ("id", &*played.id),
            ("operation", &*played.operation),
            ("outcome", played.outcome.name()),
        ] {
            json.key(name);
            json.string(text);
        }
        if let Some(note) = &played.note {
            json.key("note");
            json.string(note);
        }
        if let Some(root) = &played.root {
            json.key("root");
            json.string(root);
        }
        write_tally(json, "compared", &played.tally, Tally::compared);
        write_tally(json, "differed", &played.tally, Tally::differed);
        json.key("findings");
        json.array(|json| {
            for finding in &played.findings {
                json.object(|json| {
                    for (name, text) in [
                        ("id", &*finding_id(&tape.name, &played.id, finding)),
                        ("layer", finding.layer.name()),
                        ("path", &*finding.path),
                        ("expected", &*shortened(&finding.expected)),
                        ("actual", &*shortened(&finding.actual)),
                    ] {
                        json.key(name);
                        json.string(text);
                    }
                    json.key("matters");
                    json.bool(finding.matters);
                    json.key("follows");
                    json.bool(finding.follows);
                });
            }
        });
        if !played.exchanges.is_empty() {
            json.key("exchanges");
            json.array(|json| played.exchanges.iter().for_each(|one| write_exchange(json, one)));
            // Live traffic is in no file.
            if !tape.file.is_empty() {
                json.key("reproduce");
                json.string(&again(run, tape, played, &tape.file));
            }
        }
    });
}

/// The layers that are not nought.
fn write_tally(json: &mut Writer, name: &str, tally: &Tally, of: fn(&Tally, Layer) -> usize) {
    json.key(name);
    json.object(|json| {
        for layer in Layer::ALL.into_iter().filter(|layer| of(tally, *layer) > 0) {
            json.key(layer.name());
            json.number(of(tally, layer));
        }
    });
}

fn write_exchange(json: &mut Writer, exchange: &Exchange) {
    json.object(|json| {
        json.key("label");
        json.string(&exchange.label);
        json.key("request");
        json.object(|json| {
            let request = &exchange.request;
            json.key("operation");
            json.string(&request.operation);
            let headers = &request.headers;
            write_headers(json, headers.iter().map(|(name, text)| (&**name, text.as_deref())));
            write_body(json, &request.body);
        });
        for (name, said) in [("expected", &exchange.expected), ("actual", &exchange.actual)] {
            let Some(said) = said else { continue };
            json.key(name);
            json.object(|json| {
                json.key("status");
                json.number(said.status);
                let headers = &said.headers;
                write_headers(json, headers.iter().map(|(name, text)| (&**name, Some(&**text))));
                write_body(json, &said.body);
            });
        }
    });
}

/// Name and value by turns: a name may stand there twice.
fn write_headers<'a>(json: &mut Writer, headers: impl Iterator<Item = (&'a str, Option<&'a str>)>) {
    json.key("headers");
    json.array(|json| {
        for (name, value) in headers {
            json.array(|json| {
                json.string(name);
                match value {
                    Some(value) => json.string(value),
                    None => json.raw(b"null"),
                }
            });
        }
    });
}

fn write_body(json: &mut Writer, body: &Body) {
    json.key("body");
    json.string(&body.text);
    if let Some(bytes) = body.shortened_from {
        json.key("shortened_from");
        json.number(bytes);
    }
}

/// A value that was found, or the beginning of a long one.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST_BYTES {
        return text.into();
    }
    let end = text.floor_char_boundary(MOST_BYTES);
    format!("{} (shortened from {} bytes)", &text[..end], text.len()).into()
}
