//! Why nothing recorded answers a request: the nearest interactions, what keeps each from being
//! the answer, and the command that mends it.

use std::{collections::BTreeMap, fmt::Write as _};

use super::MissRecord;
use crate::{
    cassette::Interaction,
    wire::{
        Request,
        json::{Kind, Value},
    },
};

/// How many interactions are shown, and how many differences of each.
const SHOWN: usize = 3;
const DIFFERENCES: usize = 6;
/// Where a value, a path or a name is cut in the report.
const WIDTH: usize = 60;
/// How many interactions are looked at, how many places of each, and how deep: a miss on a large
/// tape, or with a body made to be large, must not cost more than it explains.
const CANDIDATES: usize = 1_000;
const PLACES: usize = 2_000;
const LEVELS: usize = 40;

/// The report on a request that was missed.
pub(super) fn report(
    interactions: &[Interaction],
    why: &dyn Fn(usize) -> String,
    request: &Request,
    number: u64,
    fix: &str,
) -> MissRecord {
    let asked = asked(request);
    let live = leaves(request);
    let mut candidates: Vec<_> = interactions
        .iter()
        .enumerate()
        .filter(|(_, one)| one.target == request.target)
        .take(CANDIDATES)
        .map(|(at, one)| {
            let recorded = one.to_request();
            // Another table is further away than any other difference.
            let elsewhere = recorded.table() != request.table();
            (elsewhere, differences(&leaves(&recorded), &live), one, at)
        })
        .collect();
    candidates.sort_by_key(|(elsewhere, differences, ..)| (*elsewhere, differences.len()));

    let mut text = format!("dynatape replay miss: {asked}: nothing recorded answers this request.");
    for (rank, (_, differences, one, at)) in candidates.iter().take(SHOWN).enumerate() {
        let rank = if rank == 0 { "nearest" } else { "also" };
        let _ = write!(text, "\n  {rank}: {}", one.id);
        if differences.is_empty() {
            let _ = write!(text, "  the same request, but {}", why(*at));
            continue;
        }
        let _ = write!(text, "  differs at");
        for (path, recorded, live) in differences.iter().take(DIFFERENCES) {
            let _ = write!(
                text,
                "\n      {}  sent: {}  recorded: {}",
                cut(path),
                cut(live),
                cut(recorded)
            );
        }
        if differences.len() > DIFFERENCES {
            let _ = write!(text, "\n      and {} more places", differences.len() - DIFFERENCES);
        }
    }
    if candidates.is_empty() {
        let mut names: Vec<_> = interactions.iter().map(|one| one.target.name()).collect();
        names.sort_unstable();
        names.dedup();
        let _ = write!(
            text,
            "\n  no {} was recorded; recorded are: {}",
            request.target.name(),
            names.join(", ")
        );
    }
    let _ = write!(text, "\n  fix: record again with: {fix}");
    MissRecord { id: format!("miss-{number}"), asked, report: text }
}

/// Operation and table, in one line.
pub(super) fn asked(request: &Request) -> String {
    let table = request.table().unwrap_or_else(|| "-".to_owned());
    format!("{} {}", request.target.name(), cut(&table))
}

/// Every scalar and every empty list or object of a body, by its path; what is deeper than anybody
/// reads as a whole.
fn leaves(request: &Request) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(region) = &request.region {
        found.insert("(region)".to_owned(), region.to_string());
    }
    let Ok(body) = request.json() else {
        found.insert("(body)".to_owned(), String::from_utf8_lossy(request.body()).into_owned());
        return found;
    };
    let mut due = vec![(String::from("$"), body.root(), 0)];
    while let Some((path, value, level)) = due.pop() {
        if found.len() == PLACES {
            break;
        }
        let inner = level + 1;
        match value.kind() {
            Kind::Object if !value.is_empty() && level < LEVELS => {
                let members = value.members().take(PLACES);
                due.extend(members.map(|(name, child)| (format!("{path}.{name}"), child, inner)));
            }
            Kind::Array if !value.is_empty() && level < LEVELS => {
                let elements = value.elements().take(PLACES).enumerate();
                due.extend(elements.map(|(at, child)| (format!("{path}[{at}]"), child, inner)));
            }
            _ => {
                found.insert(path, scalar(value));
            }
        }
    }
    found
}

/// Strings are shown as they are spelled once escapes are undone, as matching takes them.
fn scalar(value: Value<'_>) -> String {
    value.as_str().map_or_else(|| value.raw().to_owned(), |text| format!("{text:?}"))
}

/// Path, recorded value, live value, wherever they differ.
fn differences(
    recorded: &BTreeMap<String, String>,
    live: &BTreeMap<String, String>,
) -> Vec<(String, String, String)> {
    let paths: std::collections::BTreeSet<_> = recorded.keys().chain(live.keys()).collect();
    let of = |map: &BTreeMap<String, String>, path: &str| {
        map.get(path).cloned().unwrap_or_else(|| "(none)".into())
    };
    let differ = paths.into_iter().filter(|path| recorded.get(*path) != live.get(*path));
    differ.map(|path| (path.clone(), of(recorded, path), of(live, path))).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
