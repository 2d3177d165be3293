//! The report for people at a terminal of 80 columns: counts per operation and per layer, then
//! the worst findings, two lines each.

use std::io;

use anstyle::{AnsiColor, Style};

use super::{Report, folded, folded_findings, words, worst};
use crate::{
    conformance::{OperationCount, Run, finding_id},
    diff::{Layer, Outcome},
};

/// Plain text, coloured if asked for.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether to colour.
    pub colour: bool,
    /// How many findings to show.
    pub findings: usize,
}

/// Room for the longest name of an operation there is: 33 characters do not fit, 22 do for all
/// but three.
const NAME: usize = 22;
/// A terminal's.
const WIDTH: usize = 80;

/// Column heads of the outcomes, in the order of [`Outcome::ALL`].
const OUTCOMES: [&str; Outcome::ALL.len()] =
    ["exact", "equiv", "accept", "diverg", "taint", "unsupp", "not-m"];

/// Column heads of the layers, in the order of [`Layer::ALL`].
const HEADS: [&str; Layer::ALL.len()] =
    ["stat", "type", "msg", "fld", "val", "ntxt", "ord", "hdr", "crc", "wire"];

impl Report for Terminal {
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()> {
        for (at, run) in runs.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            self.run(run, out)?;
        }
        Ok(())
    }
}

impl Terminal {
    fn run(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let total = run.total();
        let (_, files, parts) = words(run.material);
        let (from, count) = (run.tapes.len(), total.total());
        let title = format!("target {}: {from} {files}, {count} {parts}", run.target);
        writeln!(out, "{}", self.bold(&title))?;
        let skipped: usize = run.tapes.iter().map(|tape| tape.skipped).sum();
        if skipped > 0 {
            writeln!(
                out,
                "{skipped} lines hold nothing to play (no request, or no operation of the API)"
            )?;
        }
        writeln!(out)?;
        self.outcomes(run, &total, out)?;
        writeln!(out)?;
        Self::layers(run, &total, out)?;
        self.worst(run, out)
    }

    fn outcomes(
        &self,
        run: &Run,
        total: &OperationCount,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        // Of a million and more, a line is longer than 80.
        let width = total.total().to_string().len().max(6) + 1;
        write!(out, "{:NAME$}{:>width$}", "operation", "n")?;
        for outcome in OUTCOMES {
            write!(out, "{outcome:>width$}")?;
        }
        writeln!(out)?;
        let rows = run.by_operation();
        for (operation, count) in
            rows.iter().map(|(name, count)| (*name, count)).chain([("all", total)])
        {
            write!(out, "{:NAME$}{:>width$}", cut(operation, NAME - 1), count.total())?;
            for outcome in Outcome::ALL {
                let cell = format!("{:>width$}", count.of(outcome));
                let bad = outcome == Outcome::Divergent && count.of(outcome) > 0;
                write!(out, "{}", if bad { self.red(&cell) } else { cell })?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn layers(run: &Run, total: &OperationCount, out: &mut dyn io::Write) -> io::Result<()> {
        write!(out, "{:NAME$}", "differences by layer")?;
        for head in HEADS {
            write!(out, "{head:>5}")?;
        }
        writeln!(out)?;
        let rows = run.by_operation();
        for (operation, count) in
            rows.iter().map(|(name, count)| (*name, count)).chain([("all", total)])
        {
            write!(out, "{:NAME$}", cut(operation, NAME - 1))?;
            for layer in Layer::ALL {
                match count.tally.compared(layer) {
                    0 => write!(out, "{:>5}", "-")?,
                    _ => write!(out, "{:>5}", short(count.tally.differed(layer)))?,
                }
            }
            writeln!(out)?;
        }
        write!(out, "{:NAME$}", "(comparisons made)")?;
        for layer in Layer::ALL {
            write!(out, "{:>5}", short(total.tally.compared(layer)))?;
        }
        writeln!(out)
    }

    fn worst(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let findings = worst(run);
        self.reasons(run, out)?;
        if findings.is_empty() {
            return writeln!(out, "\nno finding that matters");
        }
        let shown = self.findings.min(findings.len());
        let all = findings.len() + folded_findings(run);
        writeln!(
            out,
            "\n{}",
            self.bold(&format!("worst first: {shown} of {all} findings that matter"))
        )?;
        let (word, ..) = words(run.material);
        for (tape, played, finding) in findings.iter().take(shown) {
            let id = finding_id(&tape.name, &played.id, finding);
            let layer = finding.layer.name();
            let room = WIDTH - id.len() - layer.len() - 4;
            let place = ends(&format!("{} {}", played.id, finding.path), room);
            writeln!(out, "\n{id} {} {place}", self.red(layer))?;
            let (old, new) = both(&finding.expected, &finding.actual, WIDTH - 2 - word.len() - 13);
            writeln!(out, "  {word} {old}  answered {new}")?;
        }
        let folded = folded(run);
        for (at, text) in folded.iter().take(self.findings).enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            writeln!(out, "{gap}{}", wrapped(&format!("and {text}")))?;
        }
        if let Some(more) = folded.len().checked_sub(self.findings + 1) {
            writeln!(out, "and more of {} other kinds", more + 1)?;
        }
        writeln!(
            out,
            "\n`dynatape explain ID --report FILE` shows all of one; --report writes the file"
        )
    }

    /// What was accepted or not measured, and why: one line a reason, the most frequent first.
    fn reasons(&self, run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
        let mut reasons: Vec<(Outcome, &str, usize)> = Vec::new();
        let listed = run.all().map(|(_, one)| (one.outcome, one.note.as_deref(), 1));
        let folded = run.tapes.iter().flat_map(|tape| &tape.folded);
        let folded = folded.map(|one| (one.outcome, one.note.as_deref(), one.count));
        for (outcome, note, more) in listed.chain(folded) {
            let Some(note) = note else { continue };
            let known =
                reasons.iter_mut().find(|(one, known, _)| (*one, *known) == (outcome, note));
            match known {
                Some((.., count)) => *count += more,
                None => reasons.push((outcome, note, more)),
            }
        }
        reasons.sort_by_key(|(outcome, _, count)| (*outcome, std::cmp::Reverse(*count)));
        for (outcome, note, count) in reasons.iter().take(self.findings) {
            let first = note.lines().next().unwrap_or_default();
            writeln!(out, "\n{}", wrapped(&format!("{count} {outcome}: {first}")))?;
        }
        if let Some(more) = reasons.len().checked_sub(self.findings + 1) {
            writeln!(out, "\nand {} more reasons", more + 1)?;
        }
        Ok(())
    }

    fn bold(&self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    fn red(&self, text: &str) -> String {
        self.styled(AnsiColor::Red.on_default(), text)
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// A text broken between words, for 80 columns; what follows the first line is indented.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split(' ').map(|word| cut(word, 76)) {
        let length = word.chars().count();
        if width + 1 + length > 79 {
            out.push_str("\n ");
            width = 1;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
        width += 1 + length;
    }
    out
}

/// How many characters two texts begin with in common.
fn first_difference(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// Two texts on one line that has room for so many characters of both, so that where they differ
/// is seen.
fn both(one: &str, other: &str, room: usize) -> (String, String) {
    let shown =
        |text: &'_ str| if text.is_empty() { "(nothing)".to_owned() } else { text.to_owned() };
    let (one, other) = (&shown(one), &shown(other));
    let half = room / 2;
    let lengths = [one.chars().count(), other.chars().count()];
    // What the shorter one does not need is the longer one's.
    let widths = match lengths {
        [one, other] if one + other <= room => [one, other],
        [one, _] if one < half => [one, room - one],
        [_, other] if other < half => [room - other, other],
        _ => [half, half],
    };
    let equal = first_difference(one, other);
    (window(one, equal, widths[0]), window(other, equal, widths[1]))
}

/// As much of a text as fits, so that what follows the first `equal` characters is seen.
fn window(text: &str, equal: usize, width: usize) -> String {
    let before = width / 3;
    if text.chars().count() <= width || equal <= width - before {
        return cut(text, width);
    }
    let rest: String = text.chars().skip(equal - before).collect();
    format!("…{}", cut(&rest, width.saturating_sub(1)))
}

/// A text without its middle, if it is too long: where a path ends says more than where it began.
fn ends(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width / 2).collect();
    let tail: String = text.chars().skip(length - (width - width / 2 - 1)).collect();
    format!("{head}…{tail}")
}

/// At most `width` characters, on one line.
fn cut(text: &str, width: usize) -> String {
    let line = text.replace('\n', " ");
    match line.char_indices().nth(width) {
        Some(_) => line.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => line,
    }
}

/// A count in four characters: `12k`, `3M`.
fn short(count: usize) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}
