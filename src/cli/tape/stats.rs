use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::load_what_can_be_read;
use crate::{
    cassette::{Cassette, Stats},
    cli::{args::StatsFormat, exit::Exit, settings::Environment, term},
    wire::json::Writer,
};

/// How many of the largest interactions are told.
const LARGEST: usize = 5;

pub(super) fn run(
    path: &Path,
    format: StatsFormat,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (cassette, damaged) = load_what_can_be_read(path, environment)?;
    let stats = Stats::of(&cassette);
    match format {
        StatsFormat::Text => term::print(text(path, &cassette, &stats)),
        StatsFormat::Json => term::print(json(path, &cassette, &stats, damaged)?),
    }
    Ok(Exit::Clean)
}

fn text(path: &Path, cassette: &Cassette, stats: &Stats) -> String {
    let mut text = format!(
        "{}: {} interactions, {} writes, {} failures, {} folded answers, {} attempts\n\
         recorded on {}, {} bytes of interactions\n",
        path.display(),
        stats.interactions,
        stats.writes,
        stats.failures,
        stats.folded,
        stats.attempts,
        cassette.header.on,
        stats.sizes.iter().map(|(bytes, _)| bytes).sum::<usize>(),
    );
    for (title, counts) in [
        ("operations", &stats.operations),
        ("tables", &stats.tables),
        ("made-up values", &stats.minted),
    ] {
        write_counts(&mut text, title, counts);
    }
    if !stats.sizes.is_empty() {
        text.push_str("largest (bytes)\n");
    }
    for (bytes, id) in stats.sizes.iter().take(LARGEST) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {bytes:>9}  {id}");
    }
    text
}

/// One line, so that the figures of many tapes are JSON Lines.
fn json(path: &Path, cassette: &Cassette, stats: &Stats, damaged: usize) -> anyhow::Result<String> {
    let mut json = Writer::new();
    json.object(|json| {
        json.text("tape", &path.to_string_lossy());
        json.text("on", &cassette.header.on);
        json.text("kind", &cassette.header.from.kind);
        for (name, figure) in [
            ("damaged", damaged as u64),
            ("interactions", stats.interactions as u64),
            ("writes", stats.writes as u64),
            ("failures", stats.failures as u64),
            ("folded", stats.folded),
            ("attempts", stats.attempts as u64),
            ("bytes", stats.sizes.iter().map(|(bytes, _)| *bytes as u64).sum()),
        ] {
            json.key(name);
            json.number(figure);
        }
        for (name, counts) in [
            ("operations", &stats.operations),
            ("tables", &stats.tables),
            ("minted", &stats.minted),
        ] {
            json.key(name);
            json.object(|json| {
                for (name, count) in counts {
                    json.key(name);
                    json.number(count);
                }
            });
        }
        json.key("sizes");
        json.array(|json| {
            for (bytes, id) in &stats.sizes {
                json.object(|json| {
                    json.text("id", id);
                    json.key("bytes");
                    json.number(bytes);
                });
            }
        });
    });
    Ok(String::from_utf8(json.into_bytes())? + "\n")
}

fn write_counts(text: &mut String, title: &str, counts: &BTreeMap<String, usize>) {
    if counts.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for (name, count) in counts {
        let _ = writeln!(text, "  {count:>9}  {name}");
    }
}
