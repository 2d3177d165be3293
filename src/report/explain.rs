//! One finding with all that is needed to judge it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::words;
use crate::{
    conformance::{Body, Exchange, Played, Run, Said, TapeRun, finding_id},
    wire::json::{self, Layout},
};

/// What there is to say about an interaction.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    /// The run it was played in.
    pub run: &'a Run,
    /// The tape it is in.
    pub tape: &'a TapeRun,
    /// The interaction.
    pub played: &'a Played,
    /// The finding asked about; empty: all of them.
    pub finding: &'a str,
    /// What the answer depends on, one line each, if that is known.
    pub led_here: Option<&'a [String]>,
    /// The command that asks again.
    pub again: &'a str,
    /// Whether to colour.
    pub colour: bool,
}

impl Explanation<'_> {
    /// All of it, for a terminal of 80 columns.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let Self { run, tape, played, .. } = self;
        writeln!(text, "{}", self.bold(&played.id))?;
        writeln!(text, "  in        {}", tape.name)?;
        if !tape.from.is_empty() {
            writeln!(text, "  from      {}", tape.from)?;
        }
        writeln!(text, "  target    {}", run.target)?;
        writeln!(text, "  outcome   {}", played.outcome)?;
        if let Some(note) = &played.note {
            writeln!(text, "  because   {note}")?;
        }
        let (expected, ..) = words(run.material);
        for finding in &played.findings {
            let id = finding_id(&tape.name, &played.id, finding);
            let asked_about = self.finding.is_empty() || id.starts_with(self.finding);
            let mark = if asked_about { "" } else { " (not asked about)" };
            let word = if finding.matters { "" } else { ", which the API leaves open" };
            let layer = self.red(finding.layer.name());
            writeln!(text, "\n{id} {layer} {}{word}{mark}", finding.path)?;
            if asked_about {
                writeln!(text, "  {expected}  {}", shown(&finding.expected))?;
                writeln!(text, "  answered  {}", shown(&finding.actual))?;
            }
        }
        if played.exchanges.is_empty() {
            writeln!(text, "\nBoth answers are the same, and a report does not keep those.")?;
        }
        for exchange in &played.exchanges {
            self.exchange(text, exchange, expected)?;
        }
        if let Some(led_here) = self.led_here {
            writeln!(text, "\n{}", self.bold("what its answer depends on"))?;
            for line in led_here {
                writeln!(text, "  {line}")?;
            }
            if led_here.is_empty() {
                writeln!(text, "  nothing that was asked before it")?;
            }
        }
        writeln!(text, "\n{}\n  {}", self.bold("to ask again"), self.again)
    }

    fn exchange(&self, text: &mut String, exchange: &Exchange, word: &str) -> std::fmt::Result {
        let label = match &*exchange.label {
            "" => String::new(),
            label => format!("{label}: "),
        };
        writeln!(text, "\n{}", self.bold(&format!("{label}{}", exchange.request.operation)))?;
        for (name, value) in &exchange.request.headers {
            writeln!(text, "  {name}: {}", value.as_deref().unwrap_or("(left out)"))?;
        }
        for line in lines(&exchange.request.body).lines() {
            writeln!(text, "  {line}")?;
        }
        match (&exchange.expected, &exchange.actual) {
            (Some(old), Some(new)) => {
                writeln!(text, "\n  - {word}, + answered")?;
                self.difference(text, &answer(old), &answer(new))
            }
            (Some(old), None) => one(text, word, old),
            (None, Some(new)) => one(text, "answered", new),
            (None, None) => Ok(()),
        }
    }

    fn difference(&self, text: &mut String, old: &str, new: &str) -> std::fmt::Result {
        for change in TextDiff::from_lines(old, new).iter_all_changes() {
            let line = change.value().trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Equal => writeln!(text, "    {line}")?,
                ChangeTag::Delete => writeln!(text, "{}", self.red(&format!("  - {line}")))?,
                ChangeTag::Insert => writeln!(text, "{}", self.green(&format!("  + {line}")))?,
            }
        }
        Ok(())
    }

    fn bold(&self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    fn red(&self, text: &str) -> String {
        self.styled(AnsiColor::Red.on_default(), text)
    }

    fn green(&self, text: &str) -> String {
        self.styled(AnsiColor::Green.on_default(), text)
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "(nothing)" } else { value }
}

fn one(text: &mut String, word: &str, said: &Said) -> std::fmt::Result {
    writeln!(text, "\n  {word}")?;
    answer(said).lines().try_for_each(|line| writeln!(text, "    {line}"))
}

/// An answer, line by line.
fn answer(said: &Said) -> String {
    let mut text = format!("status {}\n", said.status);
    for (name, value) in &said.headers {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    text + &lines(&said.body) + "\n"
}

/// A body printed for reading: nothing but white space is added.
fn lines(body: &Body) -> String {
    if let Some(whole) = body.shortened_from {
        let kept = body.text.len();
        return format!("{}\n(the first {kept} of {whole} bytes)", body.text);
    }
    match json::Json::parse(body.text.clone()) {
        Ok(json) => json::pretty(json.root(), Layout { width: 48, ..Layout::default() }, 0, 0),
        Err(_) => body.text.clone(),
    }
}
