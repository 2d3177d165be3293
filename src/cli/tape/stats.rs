use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::load_what_can_be_read;
use crate::{
    cassette::Stats,
    cli::{exit::Exit, term},
};

/// How many of the largest interactions are told.
const LARGEST: usize = 5;

pub(super) fn run(path: &Path) -> anyhow::Result<Exit> {
    let (cassette, _) = load_what_can_be_read(path)?;
    let stats = Stats::of(&cassette);
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
    term::print(text);
    Ok(Exit::Clean)
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
