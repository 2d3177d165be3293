//! What the API answers, as JSON.

use std::time::SystemTime;

use super::{
    director::{Status, Variables},
    hub::Running,
};
use crate::{
    backend::{
        faults::RuleState,
        replay::{MissRecord, ReplaySummary},
    },
    clock::{Clock as _, MovableClock},
    wire::json::Writer,
};

pub(super) fn session(json: &mut Writer, id: &str, one: &Running, status: &Status) {
    json.object(|json| {
        json.text("id", id);
        json.text("mode", one.wanted.mode());
        json.text("endpoint", &one.endpoint);
        if let Some(key) = &one.key {
            json.text("key", key);
        }
        if let Some(tape) = one.wanted.tape() {
            json.text("tape", &tape.to_string_lossy());
        }
        json.key("variables");
        variables(json, &one.opened.variables);
        json.key("faults");
        faults(json, &one.opened.faults.list());
        match status {
            Status::Plain => {}
            Status::Replay { summary, clean, recorded_at } => {
                if let Some(instant) = recorded_at {
                    json.text("recorded_at", instant);
                }
                replayed(json, summary, *clean);
            }
            Status::Record { recorded, kept } => {
                json.key("recorded");
                json.number(recorded);
                if let Some(kept) = kept {
                    json.key("accepted");
                    json.bool(kept.accepted());
                    if let Some(path) = &kept.path {
                        json.text("written", &path.to_string_lossy());
                    }
                    if let Some(changed) = kept.changed {
                        json.key("changed");
                        json.number(changed);
                    }
                    json.key("reasons");
                    json.array(|json| kept.reasons.iter().for_each(|why| json.string(why)));
                }
            }
        }
    });
}

fn replayed(json: &mut Writer, summary: &ReplaySummary, clean: bool) {
    json.key("clean");
    json.bool(clean);
    for (name, count) in [
        ("calls", summary.calls),
        ("exact", summary.exact),
        ("canonical", summary.canonical),
        ("semantic", summary.semantic),
        ("unified", summary.unified),
        ("emulated", summary.emulated),
        ("missed", summary.missed),
        ("repeats", summary.repeats),
        ("retried", summary.retried),
        ("waited", summary.waited),
    ] {
        json.key(name);
        json.number(count);
    }
    for (name, ids) in
        [("unused_writes", &summary.unused_writes), ("unused_reads", &summary.unused_reads)]
    {
        json.key(name);
        json.array(|json| ids.iter().for_each(|id| json.string(id)));
    }
    json.key("misses");
    misses(json, &summary.misses);
}

pub(super) fn misses(json: &mut Writer, misses: &[MissRecord]) {
    json.array(|json| {
        for miss in misses {
            json.object(|json| {
                json.text("id", &miss.id);
                json.text("asked", &miss.asked);
                json.text("report", &miss.report);
            });
        }
    });
}

pub(super) fn faults(json: &mut Writer, states: &[RuleState]) {
    json.array(|json| {
        for state in states {
            json.object(|json| {
                json.text("rule", &state.rule.to_string());
                json.key("seen");
                json.number(state.seen);
                json.key("fired");
                json.number(state.fired);
            });
        }
    });
}

pub(super) fn variables(json: &mut Writer, variables: &Variables) {
    json.object(|json| variables.iter().for_each(|(name, text)| json.text(name, text)));
}

pub(super) fn snapshots(json: &mut Writer, names: &[String]) {
    json.object(|json| {
        json.key("snapshots");
        json.array(|json| names.iter().for_each(|name| json.string(name)));
    });
}

pub(super) fn clock(json: &mut Writer, clock: &MovableClock) {
    let now = clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json.object(|json| {
        json.key("now");
        json.number(format_args!("{}.{:03}", now.as_secs(), now.subsec_millis()));
        json.key("runs");
        json.bool(clock.runs());
    });
}
