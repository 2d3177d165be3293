//! Writing a ledger anew from what was played: what is known keeps its reason.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, Known, Ledger, NOT_EXAMINED, Why};
use crate::{
    conformance::{Material, Played, Run},
    diff::Outcome,
    wire::json,
};

impl Ledger {
    /// Takes out what differs no more, or otherwise than its entry says, and lists what is new, with what is known of the reason.
    /// To be asked before the runs are settled.
    pub fn update(&mut self, runs: &[Run], known: &Known) {
        let mut differs: BTreeMap<String, &Played> = BTreeMap::new();
        let mut played = BTreeSet::new();
        for (tape, one) in runs.iter().flat_map(Run::all) {
            let id = format!("{}/{}", tape.key, one.id);
            if !matches!(one.outcome, Outcome::Exact | Outcome::Equivalent) {
                differs.insert(id.clone(), one);
            }
            played.insert(id);
        }
        let cases = runs.iter().any(|run| run.material == Material::Cases);
        let stays = |id: &String| match id.strip_suffix('*') {
            None => differs.contains_key(id) || (!played.contains(id) && !known.lacks(id)),
            Some(start) => {
                let mut from = differs.range(start.to_owned()..);
                from.next().is_some_and(|(id, _)| id.starts_with(start))
                    || !(played.iter().any(|id| id.starts_with(start)) || known.lacks(id))
            }
        };
        for entry in &mut self.entries {
            let is_noise = entry.why == Why::Noise;
            let mut ids = std::mem::take(&mut entry.ids);
            ids.retain(|id| {
                let is_about = differs.get(id).is_none_or(|one| is_about(entry, one));
                (stays(id) && is_about) || (is_noise && !known.lacks(id))
            });
            entry.ids = ids;
        }
        self.entries.retain(|entry| !entry.ids.is_empty());
        for (id, one) in differs {
            if needs_a_reason(one, cases) && !self.explains(&id, one) {
                let (reason, why) = reason(one);
                self.add(id, &reason, why);
            }
        }
    }

    fn explains(&self, id: &str, played: &Played) -> bool {
        let lists = |entry: &&Entry| {
            entry.ids.iter().any(|listed| match listed.strip_suffix('*') {
                Some(start) => id.starts_with(start),
                None => id == listed,
            })
        };
        let entries: Vec<_> = self.entries.iter().filter(lists).collect();
        let mut findings = played.findings.iter().filter(|one| one.matters && !one.follows);
        !entries.is_empty()
            && findings.all(|finding| entries.iter().any(|entry| entry.covers(finding)))
    }

    fn add(&mut self, id: String, reason: &str, why: Why) {
        let same = |entry: &&mut Entry| {
            entry.reason == reason && entry.layers.is_empty() && entry.paths.is_empty()
        };
        match self.entries.iter_mut().find(same) {
            Some(entry) => {
                let at = entry.ids.partition_point(|known| *known < id);
                entry.ids.insert(at, id);
            }
            None => self.entries.push(Entry {
                reason: reason.to_owned(),
                why,
                kind: None,
                issue: None,
                until: None,
                layers: Vec::new(),
                paths: Vec::new(),
                ids: vec![id],
                line: 0,
            }),
        }
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in self.about.lines() {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        for entry in &self.entries {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("[[accept]]\n");
            let mut line = |name: &str, value: &str| {
                text.push_str(&format!("{name} = {value}\n"));
            };
            line("reason", &quoted(&entry.reason));
            line("why", &quoted(entry.why.name()));
            if let Some(kind) = entry.kind {
                line("type", &quoted(kind.name()));
            }
            for (name, value) in [("issue", &entry.issue), ("until", &entry.until)] {
                if let Some(value) = value {
                    line(name, &quoted(value));
                }
            }
            let list = |all: Vec<String>| format!("[{}]", all.join(", "));
            if !entry.layers.is_empty() {
                let names = entry.layers.iter().map(|layer| quoted(layer.name()));
                line("layers", &list(names.collect()));
            }
            if !entry.paths.is_empty() {
                line("paths", &list(entry.paths.iter().map(|path| quoted(path)).collect()));
            }
            text.push_str("ids = [\n");
            for id in &entry.ids {
                text.push_str(&format!("  {},\n", quoted(id)));
            }
            text.push_str("]\n");
        }
        text
    }
}

/// Whether what is listed and differs still does so in the way the entry speaks of.
fn is_about(entry: &Entry, played: &Played) -> bool {
    match played.outcome {
        Outcome::Unsupported | Outcome::NotMeasured => true,
        _ => {
            entry.why != Why::Unmeasurable
                && played.findings.iter().any(|one| one.matters && entry.covers(one))
        }
    }
}

/// Whether the run fails for want of a reason: recordings often do not tell enough to be played.
fn needs_a_reason(played: &Played, is_case: bool) -> bool {
    match played.outcome {
        Outcome::Divergent => true,
        Outcome::NotMeasured => is_case,
        _ => false,
    }
}

/// What can be said without looking: what was not compared says itself why.
fn reason(played: &Played) -> (String, Why) {
    let note = played.note.as_deref().and_then(|note| note.lines().next());
    match note {
        Some(note) if played.outcome == Outcome::NotMeasured => {
            (note.to_owned(), Why::Unmeasurable)
        }
        _ => (NOT_EXAMINED.to_owned(), Why::Target),
    }
}

/// A TOML string. What JSON escapes, TOML reads; the one character more that it wants escaped is
/// the last of ASCII.
fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    json::write_string(&mut out, text);
    String::from_utf8_lossy(&out).replace('\u{7f}', "\\u007f")
}
