//! `conform --update`: cases that are written from the answers of a live target.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, bail};

use super::{
    args::{ConformArgs, Target},
    exit::Exit,
    settings::Environment,
    term,
};
use crate::conformance::{
    Run,
    case::{Answered, Suite, updated},
};

/// Refuses what would make cases worth less.
pub(super) fn allowed(args: &ConformArgs) -> anyhow::Result<()> {
    let [target] = &*args.target else {
        bail!("--update writes what one target answers: give one --target")
    };
    if target.is_emulator() && !args.from_emulator {
        bail!(
            "--update would write what the emulator answers into the cases that test it: give \
             another --target, or --from-emulator"
        );
    }
    if args.filter.is_none() && args.cases.iter().any(|path| path.is_dir()) {
        bail!("--update rewrites what cases state: name them (files of cases, or --filter)");
    }
    Ok(())
}

/// Writes the files anew whose cases were answered otherwise.
pub(super) fn run(
    args: &ConformArgs,
    suite: &Suite,
    runs: &[Run],
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let source = source(args, environment);
    let mut exit = Exit::Clean;
    let mut files: BTreeMap<String, BTreeMap<String, Answered>> = BTreeMap::new();
    for (tape, played) in runs.iter().flat_map(Run::all) {
        match Answered::of(played, &source) {
            Ok(None) => {}
            // Of several runs, the first: the emulator's in the newer dialect.
            Ok(Some(answered)) => {
                let of_file = files.entry(tape.file.clone()).or_default();
                of_file.entry(played.id.clone()).or_insert(answered);
            }
            Err(why) => {
                exit = Exit::Failed;
                term::note(format_args!("{}: {} stays as it is: {why}", tape.file, played.id));
            }
        }
    }
    for file in &suite.files {
        let shown = file.path.display().to_string();
        let Some(answers) = files.get(&shown) else { continue };
        let text = updated(&file.path, answers)?;
        fs::write(&file.path, text).with_context(|| format!("cannot write {shown}"))?;
        term::note(format_args!("{shown}: {} cases updated ({source})", answers.len()));
    }
    Ok(exit)
}

/// Who answered, where and when.
fn source(args: &ConformArgs, environment: &Environment) -> String {
    let today = environment.today();
    let region = args.fence.aws.region.as_ref().or(environment.region.as_ref());
    match args.target.first() {
        Some(Target::At { name, url }) => {
            let region = region.filter(|_| super::compose::is_aws(url));
            let place = region.map_or(&**url, String::as_str);
            format!("recorded {} [{place} {today}]", named(name.as_deref(), url))
        }
        _ => format!("recorded emulator [dynatape {} {today}]", env!("CARGO_PKG_VERSION")),
    }
}

/// What answered, in a word.
fn named<'a>(name: Option<&'a str>, url: &str) -> &'a str {
    name.unwrap_or(if super::compose::is_aws(url) { "aws" } else { "server" })
}
