use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{load_own, note_orphans};
use crate::{
    cassette::{self, Cassette, SAFE_HEADERS, SHORTEST_INSIDE, Scrub, Secrets},
    cli::{args::ScrubArgs, exit::Exit, settings::Environment, term},
};

pub(super) fn run(args: &ScrubArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let what = asked(args)?;
    let cassettes = args.tapes.iter().map(|path| load_own(path, environment));
    let mut cassettes = cassettes.collect::<anyhow::Result<Vec<_>>>()?;
    let scrubbed = cassette::scrub(&mut cassettes, &what);
    let changed = args.tapes.iter().zip(&cassettes).zip(&scrubbed.changed);
    let changed: Vec<_> = changed.filter(|(_, changed)| changed.places > 0).collect();
    if !args.check {
        write(changed.iter().map(|(tape, _)| *tape), &scrubbed.gone)?;
    }
    tell(&what, &scrubbed, args.check);
    for ((path, _), changed) in &changed {
        let done = if args.check { "would be replaced" } else { "replaced" };
        term::print(format_args!("{}: {} places {done}\n", path.display(), changed.places));
        if changed.requests > 0 {
            term::note(format_args!(
                "{}: {} requests say something else; where a program sends such a value itself, a \
                 replay finds them only if it sends the stand-in",
                path.display(),
                changed.requests
            ));
        }
    }
    Ok(if args.check && !changed.is_empty() { Exit::Failed } else { Exit::Clean })
}

fn asked(args: &ScrubArgs) -> anyhow::Result<Scrub> {
    let mut values = args.value.clone();
    if let Some(path) = &args.values_from {
        let text = lines(path).with_context(|| format!("cannot read {}", path.display()))?;
        values.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let safe = |name: &&String| SAFE_HEADERS.iter().any(|safe| safe.eq_ignore_ascii_case(name));
    if let Some(name) = args.header.iter().find(safe) {
        bail!("a client reads {name}, which holds no secret: name its value with --value instead");
    }
    if values.is_empty() && args.header.is_empty() && args.path.is_empty() {
        bail!("nothing to take out: name it with --value, --values-from, --header or --path");
    }
    Ok(Scrub { values, headers: args.header.clone(), paths: args.path.clone() })
}

fn lines(path: &Path) -> io::Result<String> {
    if path != Path::new("-") {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// Values are told by their place among those asked for, never by themselves.
fn tell(what: &Scrub, scrubbed: &cassette::Scrubbed, check: bool) {
    let values = what.values.iter().enumerate().map(|(at, value)| {
        let short = if value.len() < SHORTEST_INSIDE { ", whole values only" } else { "" };
        format!("value {}{short}", at + 1)
    });
    let headers = what.headers.iter().map(|name| format!("header {name}"));
    let paths = what.paths.iter().map(|path| format!("path {path}"));
    for (name, found) in values.chain(headers).chain(paths).zip(&scrubbed.found) {
        let stand_in = found.stand_in.as_ref().filter(|_| found.places > 0 && !check);
        let stand_in = stand_in.map_or_else(String::new, |text| format!(", now {text}"));
        term::print(format_args!(
            "{name}: {} values in {} places{stand_in}\n",
            if found.places > 0 { found.values } else { 0 },
            found.places
        ));
    }
}

/// All of them or none: what is left of a value in one of them is in the others too.
fn write<'a>(
    tapes: impl Iterator<Item = (&'a PathBuf, &'a Cassette)>,
    gone: &[String],
) -> anyhow::Result<()> {
    let mut secrets = Secrets::default();
    gone.iter().for_each(|value| secrets.add("value to scrub", value));
    let printed: Vec<_> =
        tapes.map(|(path, cassette)| (path, cassette::printed(cassette))).collect();
    for (path, printed) in &printed {
        let texts = printed.blobs.values().map(AsRef::as_ref);
        let mut texts = std::iter::once(printed.text.as_bytes()).chain(texts);
        if let Some(leak) = texts.find_map(|text| cassette::scan(text, &secrets)) {
            bail!(
                "nothing was written: {} would still hold a value to scrub, as {}. Take out what \
                 holds it, with --path",
                path.display(),
                leak.encoding
            );
        }
    }
    for (path, printed) in printed {
        cassette::save(path, &printed, &Secrets::default())?;
        note_orphans(path)?;
    }
    Ok(())
}
