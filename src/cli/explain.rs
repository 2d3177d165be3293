//! Everything about one finding of a report.

use std::path::Path;

use anyhow::bail;

use super::{
    args::ExplainArgs,
    exit::Exit,
    locked,
    recordings::{self, Hold},
    report,
    settings::Environment,
    term,
};
use crate::{
    cassette,
    conformance::{Material, Played, Run, TapeRun, finding_id},
    report::{
        again::{again, part},
        explain::Explanation,
    },
};

/// The most interactions that are told of what an answer depends on.
const MOST: usize = 30;

pub(super) fn run(args: &ExplainArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let runs = report::read(&args.report)?;
    let asked = |run: &&Run| args.target.as_ref().is_none_or(|target| run.target == *target);
    let mut texts = Vec::new();
    for run in runs.iter().filter(asked) {
        for (tape, played) in run.all() {
            let Some(finding) = is_asked(args, tape, played) else { continue };
            let named = args.tape.as_ref().map(|path| path.display().to_string());
            let file = named.unwrap_or_else(|| tape.file.clone());
            let led_here = led_here(args.tape.as_deref(), run, tape, played, environment)?;
            let explanation = Explanation {
                run,
                tape,
                played,
                finding,
                led_here: led_here.as_deref(),
                again: &again(run, tape, played, &file),
                colour: environment.colour,
            };
            texts.push(explanation.to_text());
        }
    }
    if texts.is_empty() {
        bail!(
            "{} has no finding, interaction or case whose id begins with {}",
            args.report.display(),
            args.id
        );
    }
    term::print(texts.join("\n\n"));
    Ok(Exit::Clean)
}

/// Which finding of an interaction is asked about; empty: all of them.
fn is_asked<'a>(args: &'a ExplainArgs, tape: &TapeRun, played: &Played) -> Option<&'a str> {
    let mut ids = played.findings.iter().map(|one| finding_id(&tape.name, &played.id, one));
    match () {
        () if played.id == args.id => Some(""),
        () if ids.any(|id| id.starts_with(&args.id)) => Some(&args.id),
        () => None,
    }
}

/// What an answer depends on, one line each: nothing where the tape is not there any more.
fn led_here(
    named: Option<&Path>,
    run: &Run,
    tape: &TapeRun,
    played: &Played,
    environment: &Environment,
) -> anyhow::Result<Option<Vec<String>>> {
    let path = named.unwrap_or(Path::new(&tape.file));
    // A case's earlier steps are among its exchanges.
    // One that is kept elsewhere is there, or can be fetched.
    let gone = || Ok::<_, anyhow::Error>(!path.is_file() && !locked::holds(path)?);
    if run.material == Material::Cases || (named.is_none() && gone()?) {
        return Ok(None);
    }
    let (recorded, _) =
        recordings::read(&recordings::File::of(path.to_owned(), None), Hold::All, environment)?;
    let of_it = |one: &&recordings::Recorded| one.part.as_deref().unwrap_or_default() == part(tape);
    let Some(one) = recorded.iter().find(of_it) else {
        bail!("{} does not hold {}", path.display(), tape.name)
    };
    let Some(cassette) = one.content.held() else { return Ok(None) };
    if !cassette.interactions.iter().any(|one| one.id == played.id) {
        bail!("{} does not hold {} any more", path.display(), played.id);
    }
    let slice = cassette::slice(cassette, |id| id == played.id);
    let before = slice.interactions.iter().filter(|one| one.id != played.id);
    let mut lines: Vec<_> = before.map(|one| one.id.clone()).collect();
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.drain(..more);
        lines.insert(0, format!("({more} before these)"));
    }
    Ok(Some(lines))
}
