//! The command that asks for the same again.

use crate::conformance::{Material, Played, Run, TapeRun};

/// A command for a shell; `file` is where the tape or the file of cases is.
#[must_use]
pub fn again(run: &Run, tape: &TapeRun, played: &Played, file: &str) -> String {
    // What was asked in a fence is not to be asked without one.
    let fenced = run.again.iter().any(|word| word == "--fence");
    let (command, flag, id) = match run.material {
        Material::Tapes if fenced => ("verify", "--only", full_id(tape, played)),
        Material::Tapes => ("diff", "--only", full_id(tape, played)),
        Material::Cases => ("conform", "--filter", played.id.clone()),
    };
    let words = [command, file, flag, &id].into_iter();
    line(words.chain(run.again.iter().map(String::as_str)))
}

/// What to type in a shell for dynatape to be run with these words.
#[must_use]
pub fn line<'a>(words: impl Iterator<Item = &'a str>) -> String {
    std::iter::once("dynatape").chain(words).map(quoted).collect::<Vec<_>>().join(" ")
}

/// Of several recordings in a file, the name of one stands before the interaction's id.
fn full_id(tape: &TapeRun, played: &Played) -> String {
    match part(tape) {
        "" => played.id.clone(),
        part => format!("{part} {}", played.id),
    }
}

/// Which recording of its file a tape is; empty: the only one.
#[must_use]
pub fn part(tape: &TapeRun) -> &str {
    tape.name.strip_prefix(&*tape.file).map(str::trim_start).unwrap_or_default()
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=,@%+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quoted("PutItem/a_b/1f-2"), "PutItem/a_b/1f-2");
        assert_eq!(quoted("it's a b"), "'it'\\''s a b'");
        assert_eq!(quoted(""), "''");
    }
}
