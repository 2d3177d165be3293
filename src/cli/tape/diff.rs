use std::{collections::HashMap, fmt::Write as _, path::Path};

use super::load_whole;
use crate::{
    cassette::{Answer, Cassette, Header, Interaction},
    cli::{exit::Exit, settings::Environment, term},
    conformance::ledger::{self, Ledger},
    diff::{Comparison, Finding, Layer, Outcome, Subject, compare},
    wire::Response,
};

/// How wide a line gets; what is longer is cut.
const WIDTH: usize = 80;

pub(super) fn run(old: &Path, new: &Path, environment: &Environment) -> anyhow::Result<Exit> {
    let (before, after) = (renumbered(old, environment)?, renumbered(new, environment)?);
    let left: HashMap<&str, &Interaction> =
        before.interactions.iter().map(|one| (&*one.id, one)).collect();
    let mut counts = [0; Outcome::ALL.len()];
    let (mut added, mut removed) = (0, 0);
    let mut text = String::new();
    let right: HashMap<&str, &Interaction> =
        after.interactions.iter().map(|one| (&*one.id, one)).collect();
    for gone in before.interactions.iter().filter(|one| !right.contains_key(&*one.id)) {
        removed += 1;
        line(&mut text, format_args!("- {}", gone.id));
    }
    for interaction in &after.interactions {
        let Some(was) = left.get(&*interaction.id) else {
            added += 1;
            line(&mut text, format_args!("+ {}", interaction.id));
            continue;
        };
        let comparison = compared(&before.header, was, interaction);
        let outcome = comparison.outcome();
        counts[outcome as usize] += 1;
        if outcome == Outcome::Divergent {
            line(&mut text, format_args!("! {}", interaction.id));
            for finding in comparison.findings.iter().filter(|finding| finding.matters) {
                line(&mut text, format_args!("    {} {}", finding.layer, finding.path));
                line(&mut text, format_args!("      - {}", finding.expected));
                line(&mut text, format_args!("      + {}", finding.actual));
            }
        }
    }
    let same: Vec<_> = [Outcome::Exact, Outcome::Equivalent, Outcome::Divergent]
        .map(|outcome| format!("{} {outcome}", counts[outcome as usize]))
        .into();
    line(&mut text, format_args!("{}, {added} added, {removed} removed", same.join(", ")));
    term::print(text);
    let differs = added + removed + counts[Outcome::Divergent as usize] > 0;
    Ok(if differs { Exit::Differs } else { Exit::Clean })
}

/// Prints a ledger of what differs and is of a type that differs every time, for `diff --expected`.
/// What is of no such type is told: nothing of that can be ignored without a reason.
pub(super) fn learn(old: &Path, new: &Path, environment: &Environment) -> anyhow::Result<Exit> {
    let (before, after) = (renumbered(old, environment)?, renumbered(new, environment)?);
    let file = new.file_name().unwrap_or_default().to_string_lossy();
    let left: HashMap<&str, &Interaction> =
        before.interactions.iter().map(|one| (&*one.id, one)).collect();
    let pairs = after.interactions.iter().filter_map(|is| Some((*left.get(&*is.id)?, is)));
    let pairs: Vec<_> = pairs
        .map(|(was, is)| (format!("{file}/{}", is.id), compared(&before.header, was, is).findings))
        .collect();
    let unpaired = before.interactions.len() + after.interactions.len() - 2 * pairs.len();
    let differences = pairs.iter().flat_map(|(id, findings)| {
        let matter = findings.iter().filter(|finding| finding.matters);
        matter.map(move |finding| (id.clone(), finding))
    });
    let (entries, left) = ledger::learn(differences);
    let about = format!("Noise of {file}, learned from two recordings of one program.");
    term::print(Ledger { about, entries, ..Ledger::default() }.to_text());
    if unpaired > 0 {
        term::note(format_args!("{unpaired} interactions are in one of the tapes only"));
    }
    for (id, finding) in &left {
        let (layer, path) = (finding.layer, &finding.path);
        term::note(format_args!("no noise: {id} {layer} {path}"));
    }
    Ok(if left.is_empty() { Exit::Clean } else { Exit::Differs })
}

/// Interactions are paired by request and occurrence, whatever was edited in between.
fn renumbered(path: &Path, environment: &Environment) -> anyhow::Result<Cassette> {
    let mut cassette = load_whole(path, environment)?;
    cassette.renumber();
    Ok(cassette)
}

fn compared(header: &Header, was: &Interaction, is: &Interaction) -> Comparison {
    let request = is.to_request();
    let tables = request.tables();
    let schema = header.tables.iter().find(|(name, _)| tables.first() == Some(name));
    let key: Vec<String> = schema
        .map(|(_, schema)| schema.key.iter().map(|attribute| attribute.name.clone()).collect())
        .unwrap_or_default();
    let subject = Subject {
        operation: is.target.operation(),
        key: &key,
        exact: true,
        recorded_on: &header.on,
        ..Subject::default()
    };
    let mut comparison = match (&was.answer, &is.answer) {
        (Answer::Http { status, body, .. }, Answer::Http { status: now, body: new, .. }) => {
            // Without headers: a tape has those only that the comparison would not expect.
            let old = Response::new(*status, body.clone());
            compare(subject, &old, &Response::new(*now, new.clone()))
        }
        _ => Comparison::default(),
    };
    comparison
        .check(Layer::Headers, differing(Layer::Headers, "headers", headers(was), headers(is)));
    comparison.check(Layer::Status, differing(Layer::Status, "answer", kind(was), kind(is)));
    comparison
}

fn differing(layer: Layer, path: &str, expected: String, actual: String) -> Option<Finding> {
    (expected != actual).then(|| Finding {
        layer,
        path: path.to_owned(),
        expected,
        actual,
        matters: true,
        follows: false,
    })
}

/// Whether there was an answer, and how its connection failed if there was none.
fn kind(interaction: &Interaction) -> String {
    match &interaction.answer {
        Answer::Http { .. } => "an answer".to_owned(),
        Answer::Io(failure) => format!("none: {failure:?}").to_lowercase(),
    }
}

fn headers(interaction: &Interaction) -> String {
    let Answer::Http { headers, .. } = &interaction.answer else { return String::new() };
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let line = line.to_string().replace('\n', " ");
    // Writing into a String cannot fail.
    let _ = match line.char_indices().nth(WIDTH) {
        Some(_) => {
            writeln!(text, "{}…", line.chars().take(WIDTH - 1).collect::<String>())
        }
        None => writeln!(text, "{line}"),
    };
}
