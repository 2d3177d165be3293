//! The flags of other local DynamoDBs, read as what they mean here.
//!
//! They are read before ours: `-inMemory` is no flag to whoever reads ours. Each of theirs stands in
//! a table of its program, with what becomes of it; what is in no table is left for ours, so that
//! both can be given.

mod dynalite;
mod dynamodb_local;

use std::{ffi::OsString, fmt::Write as _};

use clap::ValueEnum as _;

use super::{args::Peer, term};

/// A line for who waits for a line of the other program, from the port and the URL.
pub(super) type Ready = fn(u16, &str) -> String;

/// What was said.
#[derive(Debug)]
pub(super) enum Said {
    /// These arguments, in our words.
    Ours(Vec<OsString>),
    /// That this is wanted.
    Help(String),
}

/// What another program is like.
struct Program {
    name: &'static str,
    port: u16,
    flags: &'static [Flag],
    /// Whether a flag of several letters can begin with one hyphen.
    one_hyphen: bool,
    ready: Ready,
    /// What depends on several flags, or on those that were not given.
    finish: fn(&Given) -> Result<Vec<OsString>, String>,
}

/// A flag of another program.
struct Flag {
    /// Without hyphens.
    names: &'static [&'static str],
    /// What its value is called, if it has one.
    value: Option<&'static str>,
    becomes: Becomes,
    /// What it does here.
    about: &'static str,
}

/// What becomes of a flag.
enum Becomes {
    /// This one of ours, with its value if it has one.
    Ours(&'static str),
    /// These of ours.
    All(&'static [&'static str]),
    /// Whatever `Program::finish` makes of it.
    Later,
    /// Nothing: there is nothing to be done for it here, for this reason.
    Nothing(&'static str),
    /// What its value allows; an error tells what to do instead.
    Checked(fn(&str) -> Result<(), String>),
    /// It is refused: why, and what to do instead.
    Refused(&'static str),
    Help,
    Version,
}

/// The flags of another program that were given, and what became of them.
#[derive(Debug, Default)]
struct Given {
    theirs: Vec<(&'static str, Option<OsString>)>,
    ours: Vec<OsString>,
}

impl Given {
    fn has(&self, name: &str) -> bool {
        self.theirs.iter().any(|(given, _)| *given == name)
    }

    fn value(&self, name: &str) -> Option<&OsString> {
        let last = self.theirs.iter().rev().find(|(given, _)| *given == name);
        last.and_then(|(_, value)| value.as_ref())
    }

    /// Whether a flag of ours is among the arguments.
    fn has_ours(&self, flag: &str) -> bool {
        let given = |argument: &OsString| {
            argument.to_str().is_some_and(|text| text.split('=').next() == Some(flag))
        };
        self.ours.iter().any(given)
    }
}

fn program(peer: Peer) -> &'static Program {
    match peer {
        Peer::DynamodbLocal => &dynamodb_local::PROGRAM,
        Peer::Dynalite => &dynalite::PROGRAM,
    }
}

/// Where people expect the other program.
pub(super) fn port(peer: Peer) -> u16 {
    program(peer).port
}

/// What the other program says when it listens: scripts wait for it.
pub(super) fn ready(peer: Peer) -> Ready {
    program(peer).ready
}

/// The command line in our words, if it is that of another program.
///
/// # Errors
///
/// When a flag means what there is not here, or nothing: what to do about it.
pub(super) fn in_our_words(arguments: Vec<OsString>) -> Result<Said, String> {
    let Some(peer) = peer(&arguments) else { return Ok(Said::Ours(arguments)) };
    read(program(peer), arguments)
}

/// Whose flags they are, if it is said: `serve ... --compat WHOSE`.
fn peer(arguments: &[OsString]) -> Option<Peer> {
    let mut words = arguments.iter().map(|word| word.to_str().unwrap_or_default());
    if words.nth(1) != Some("serve") {
        return None;
    }
    let mut words = words.take_while(|word| *word != "--");
    let value = words.find_map(|word| match word.strip_prefix("--compat") {
        Some("") => Some(None),
        Some(value) => value.strip_prefix('=').map(Some),
        None => None,
    })?;
    // Another word is refused where ours are read.
    Peer::from_str(value.or_else(|| words.next())?, false).ok()
}

fn read(program: &Program, arguments: Vec<OsString>) -> Result<Said, String> {
    let mut given = Given::default();
    let mut words = arguments.into_iter();
    // The program, and `serve`.
    given.ours.extend(words.by_ref().take(2));
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == "--" {
            let command = std::iter::once(word).chain(words);
            let mut ours = (program.finish)(&given)?;
            ours.splice(0..0, given.ours);
            ours.extend(command);
            return Ok(Said::Ours(ours));
        }
        let Some((flag, inline)) = flag(program, text)? else {
            given.ours.push(word);
            continue;
        };
        let name = flag.names[0];
        let value = match (flag.value, inline) {
            (None, _) => None,
            (Some(_), Some(value)) => Some(value),
            (Some(what), None) => {
                let value = words.next();
                Some(value.ok_or_else(|| format!("{text} needs a value: {text} {what}"))?)
            }
        };
        match flag.becomes {
            Becomes::Ours(ours) => {
                given.ours.push(ours.into());
                given.ours.extend(value.clone());
            }
            Becomes::All(ours) => given.ours.extend(ours.iter().map(OsString::from)),
            Becomes::Later => {}
            Becomes::Nothing(why) => term::note(format_args!("{text} does nothing: {why}")),
            Becomes::Checked(check) => {
                let value = value.as_ref().and_then(|value| value.to_str()).unwrap_or_default();
                check(value).map_err(|why| format!("{text} {value}: {why}"))?;
            }
            Becomes::Refused(why) => return Err(format!("{text}: {why}")),
            Becomes::Help => return Ok(Said::Help(help(program))),
            Becomes::Version => {
                return Ok(Said::Ours(["dynatape", "--version"].map(OsString::from).to_vec()));
            }
        }
        given.theirs.push((name, value));
    }
    let more = (program.finish)(&given)?;
    given.ours.extend(more);
    Ok(Said::Ours(given.ours))
}

/// The flag of the other program that a word is, and the value in it.
fn flag(
    program: &Program,
    word: &str,
) -> Result<Option<(&'static Flag, Option<OsString>)>, String> {
    let (hyphens, bare) = match word.strip_prefix("--") {
        Some(bare) => (2, bare),
        None => match word.strip_prefix('-') {
            Some(bare) => (1, bare),
            None => return Ok(None),
        },
    };
    // What belongs to Java begins like this, and goes on as it likes.
    if let Some(java) = program.flags.iter().find(|flag| {
        hyphens == 1 && matches!(flag.names, [name] if name.ends_with('*') && bare.starts_with(name.trim_end_matches('*')))
    }) {
        return Ok(Some((java, None)));
    }
    let (name, value) = match bare.split_once('=') {
        Some((name, value)) if !program.one_hyphen => (name, Some(OsString::from(value))),
        _ => (bare, None),
    };
    let fits = |flag: &&Flag| flag.names.contains(&name);
    let found = program.flags.iter().find(fits);
    match found {
        Some(flag) if hyphens == 2 || program.one_hyphen || name.len() == 1 => {
            Ok(Some((flag, value)))
        }
        // Ours have two hyphens, or one letter.
        _ if hyphens == 1 && bare.len() > 1 => {
            Err(format!("{} has no flag {word}\n\n{}", program.name, help(program)))
        }
        _ => Ok(None),
    }
}

/// The flags of the other program, and what they do here.
fn help(program: &Program) -> String {
    let hyphen = |name: &str| match (program.one_hyphen, name.len()) {
        (false, 2..) => format!("--{name}"),
        _ => format!("-{name}"),
    };
    let mut text = format!("Flags of {}, and what they do here:\n\n", program.name);
    for flag in program.flags {
        let names: Vec<_> = flag.names.iter().map(|name| hyphen(name)).collect();
        let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {}{value}\n        {}", names.join(", "), flag.about);
    }
    let _ = writeln!(
        text,
        "\nIt listens on 127.0.0.1, port {}, and not on every address: --host 0.0.0.0 does.\n\
         All flags of `dynatape serve` can be given as well: dynatape serve --help",
        program.port
    );
    text
}

#[cfg(test)]
mod tests;
