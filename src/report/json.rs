//! The report for programs: everything, in a format with a version.

use std::io;

use super::Report;
use crate::{
    conformance::{OperationCount, Played, Run, TapeRun},
    diff::{Layer, Outcome},
    wire::json::Writer,
};

/// The version of this format. Members are only ever added under one number.
const SCHEMA: u32 = 1;

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
        json.key("operations");
        json.object(|json| {
            for (operation, count) in run.by_operation() {
                json.key(operation);
                write_count(json, &count);
            }
        });
        json.key("tapes");
        json.array(|json| run.tapes.iter().for_each(|tape| write_tape(json, tape)));
    });
}

fn write_count(json: &mut Writer, count: &OperationCount) {
    json.object(|json| {
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
    });
}

fn write_tape(json: &mut Writer, tape: &TapeRun) {
    json.object(|json| {
        json.key("name");
        json.string(&tape.name);
        json.key("from");
        json.string(&tape.from);
        json.key("prepared");
        json.array(|json| tape.prepared.iter().for_each(|what| json.string(what)));
        json.key("skipped");
        json.number(tape.skipped);
        json.key("unanswered");
        json.number(tape.unanswered);
        json.key("interactions");
        json.array(|json| tape.played.iter().for_each(|played| write_played(json, played)));
    });
}

fn write_played(json: &mut Writer, played: &Played) {
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
        json.key("findings");
        json.array(|json| {
            for finding in &played.findings {
                json.object(|json| {
                    for (name, text) in [
                        ("layer", finding.layer.name()),
                        ("path", &*finding.path),
                        ("expected", &*finding.expected),
                        ("actual", &*finding.actual),
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
    });
}
