//! Where a statement names tables, by its words alone: also one that is no statement after all.

use std::ops::Range;

use super::token::{Kind, Token, tokens};

/// What stands before a table's name.
const BEFORE: [&str; 3] = ["from", "into", "update"];

/// A table's name in the text of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where it stands, with its quotes.
    pub place: Range<usize>,
    /// What it says, without quotes.
    pub name: String,
    /// Whether it has quotes.
    pub quoted: bool,
}

/// The tables that a statement names; none if what stands where one would cannot be told. Every
/// word that a name may follow counts, so that nothing is overlooked in what cannot be parsed.
#[must_use]
pub fn tables_named(text: &str) -> Option<Vec<Named>> {
    let tokens = tokens(text).ok()?;
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        let [word, next] = pair else { continue };
        let is_word = matches!(word.kind, Kind::Keyword | Kind::Name | Kind::Operator);
        if !is_word || !BEFORE.iter().any(|before| word.text.eq_ignore_ascii_case(before)) {
            continue;
        }
        match next.kind {
            Kind::Name | Kind::Quoted | Kind::Keyword => found.push(Named {
                place: place(text, next)?,
                // A keyword's text is in lower case; as a table's name it is what was written.
                name: match next.kind {
                    Kind::Keyword => text[place(text, next)?].to_owned(),
                    _ => next.text.clone(),
                },
                quoted: next.kind == Kind::Quoted,
            }),
            Kind::End | Kind::Open => {}
            _ => return None,
        }
    }
    Some(found)
}

/// The bytes of a token: tokens know lines and columns, which count characters.
fn place(text: &str, token: &Token) -> Option<Range<usize>> {
    let before: usize =
        text.split_inclusive('\n').take(token.place.line.checked_sub(1)?).map(str::len).sum();
    let line = text.get(before..)?;
    let offset = |column: usize| {
        let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        ends.nth(column).map(|at| before + at)
    };
    let start = token.place.column.checked_sub(1)?;
    Some(offset(start)?..offset(start + token.place.length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_a_table_can_stand() {
        for (text, names) in [
            ("SELECT * FROM users WHERE id = 'FROM x'", &["users"][..]),
            ("select * from\n  \"a.b-c\".\"by-day\" -- FROM z", &["\"a.b-c\""]),
            ("INSERT INTO \"é\" VALUE {'update': 'x'}", &["\"é\""]),
            ("/* é\né */ UPDATE t1 SET a = 1", &["t1"]),
            ("DELETE FROM Order WHERE x = 1", &["Order"]),
            ("EXISTS(SELECT * FROM \"t\" WHERE a = 1)", &["\"t\""]),
            ("UPDATE t SET \"from\" = 1", &["t"]),
            ("nothing of it", &[]),
            ("SELECT * FROM", &[]),
        ] {
            let found = tables_named(text).expect(text);
            let found: Vec<_> = found.iter().map(|one| &text[one.place.clone()]).collect();
            assert_eq!(found, names, "{text}");
        }
        for text in ["SELECT * FROM 'users'", "SELECT * FROM ?", "SELECT * FROM \"users"] {
            assert_eq!(tables_named(text), None, "{text}");
        }
    }
}
