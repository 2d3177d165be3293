//! How large a cassette may become: files of megabytes are neither reviewed nor merged.

use std::{collections::HashMap, fmt, str::FromStr};

use super::{Blobs, Cassette, write::text_in_file};

/// How many contributors are named.
const NAMED: usize = 5;

/// The size that a cassette's file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(Option<u64>);

impl Budget {
    /// None: any size will do.
    pub const OFF: Self = Self(None);

    /// At most so many bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self(Some(bytes))
    }

    /// The size in memory; without one, any.
    #[must_use]
    pub fn most(self) -> usize {
        self.0.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX)
    }

    /// What makes the cassette too large, if it is: `text` is its file.
    #[must_use]
    pub fn overrun(self, cassette: &Cassette, text: &str) -> Option<Overrun> {
        let budget = self.0?;
        let bytes = text.len() as u64;
        (bytes > budget).then(|| Overrun { bytes, budget, largest: largest(cassette) })
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::bytes(256 << 10)
    }
}

impl FromStr for Budget {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        if text == "off" {
            return Ok(Self::OFF);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start() {
            "" | "B" => 1,
            "K" | "KiB" => 1 << 10,
            "M" | "MiB" => 1 << 20,
            "G" | "GiB" => 1 << 30,
            _ => return Err(BadSize),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        bytes.filter(|bytes| *bytes > 0).map(Self::bytes).ok_or(BadSize)
    }
}

/// A text that is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a size is a number of bytes, or one with KiB, MiB or GiB, or `off`")]
pub struct BadSize;

/// A cassette that is larger than it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// The size of its file.
    pub bytes: u64,
    /// What it may be.
    pub budget: u64,
    /// What takes most of it, the largest first.
    pub largest: Vec<Contributor>,
}

/// The interactions of one operation with one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// `operation/table`.
    pub what: String,
    /// How many interactions there are.
    pub interactions: usize,
    /// How many bytes of the file they take.
    pub bytes: u64,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} bytes, {} more than the budget of {}. What takes most:",
            self.bytes,
            self.bytes - self.budget,
            self.budget
        )?;
        let wide = self.largest.iter().map(|one| one.what.chars().count()).max().unwrap_or(0);
        for Contributor { what, interactions, bytes } in &self.largest {
            let share = bytes * 100 / self.bytes;
            let s = if *interactions == 1 { "" } else { "s" };
            writeln!(
                f,
                "  {what:<wide$}  {bytes:>9} bytes  {share:>3} %  {interactions} interaction{s}"
            )?;
        }
        f.write_str(
            "Read and write less (fewer or smaller items, a projection, a limit), record a tape \
             for each test, allow more with --max-bytes, or keep it elsewhere (`dynatape tape push`)",
        )
    }
}

fn largest(cassette: &Cassette) -> Vec<Contributor> {
    const BLANK_LINE: usize = 2;
    // What stands in a file of its own does not count.
    let mut blobs = Blobs::new();
    let mut sums: HashMap<String, (usize, u64)> = HashMap::new();
    for interaction in &cassette.interactions {
        let prefix = interaction.id_prefix();
        let what = prefix.rsplit_once('/').map_or(&*prefix, |(what, _)| what);
        let (interactions, bytes) = sums.entry(what.to_owned()).or_default();
        *interactions += 1;
        *bytes += (text_in_file(interaction, &mut blobs).len() + BLANK_LINE) as u64;
    }
    let mut all: Vec<_> = sums
        .into_iter()
        .map(|(what, (interactions, bytes))| Contributor { what, interactions, bytes })
        .collect();
    all.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.what.cmp(&b.what)));
    all.truncate(NAMED);
    all
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::{
        cassette::{Answer, Interaction, to_text},
        wire::{Operation, Target},
    };

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in
            [("1", 1), ("256KiB", 256 << 10), ("3 MiB", 3 << 20), ("2K", 2048), ("1G", 1 << 30)]
        {
            assert_eq!(text.parse(), Ok(Budget::bytes(bytes)), "{text}");
        }
        assert_eq!("off".parse(), Ok(Budget::OFF));
        for text in
            ["", "0", "KiB", "-1", "1.5MiB", "1 kilo", "99999999999999999999", "20000000000G"]
        {
            assert_eq!(text.parse::<Budget>(), Err(BadSize), "{text}");
        }
    }

    #[test]
    fn what_is_named_and_the_header_make_up_the_file() {
        let of = |operation, table: &str, length: usize| {
            let body = format!("{{\"a\":\"{}\"}}", "x".repeat(length)).into();
            let answer = Answer::Http { status: StatusCode::OK, headers: Vec::new(), body };
            let request = format!("{{\"TableName\":\"{table}\"}}").into();
            Interaction::new(Target::Known(operation), request, answer)
        };
        let interactions = vec![
            of(Operation::GetItem, "b", 400),
            of(Operation::Scan, "a", 700),
            of(Operation::GetItem, "b", 500),
        ];
        let mut cassette = Cassette { interactions, ..Cassette::default() };
        cassette.renumber();
        let text = to_text(&cassette);
        let size = text.len() as u64;
        assert_eq!(Budget::bytes(size).overrun(&cassette, &text), None, "just as large is right");
        assert_eq!(Budget::OFF.overrun(&cassette, &text), None);
        let overrun = Budget::bytes(size - 1).overrun(&cassette, &text).expect("too large");
        let named: Vec<_> =
            overrun.largest.iter().map(|one| (&*one.what, one.interactions)).collect();
        assert_eq!(named, [("GetItem/b", 2), ("Scan/a", 1)]);
        let empty = to_text(&Cassette { interactions: Vec::new(), ..cassette }).len() as u64;
        assert_eq!(overrun.largest.iter().map(|one| one.bytes).sum::<u64>() + empty, size);
    }
}
