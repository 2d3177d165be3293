//! CSV: a header and rows, as the documentation of imports has it. Keys have the type that the
//! table says, all else is a string; a column that is empty is no attribute.
//!
//! [`write_row`] writes what is read here.

use bytes::Bytes;

use super::{Entry, Take};
use crate::value::{AttributeValue, Item, Type, base64};

/// InputFormatOptions for CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// What stands between columns.
    pub delimiter: char,
    /// The names of the columns. Without it they are the first row of each object; with it the
    /// first row is an item.
    pub header: Option<Vec<String>>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: ',', header: None }
    }
}

/// Takes the entries of a text, up to a row whose quotes do not match.
pub(super) fn read(
    text: &Bytes,
    options: &CsvOptions,
    key_type: impl Fn(&str) -> Option<Type>,
    take: Take<'_>,
) {
    let Ok(text) = std::str::from_utf8(text) else {
        return take(Entry { bytes: text.len() as u64, item: Err("The text is not UTF-8".into()) });
    };
    let mut rows = Rows { rest: text, delimiter: options.delimiter };
    // A header counts as read with the row that follows it.
    let mut before = 0;
    let mut header = options.header.clone();
    while let Some((row, bytes)) = rows.next() {
        let bytes = bytes + std::mem::take(&mut before);
        match (row, &header) {
            (Err(error), _) => return take(Entry { bytes, item: Err(error.into()) }),
            (Ok(row), None) => {
                header = Some(row);
                before = bytes;
            }
            (Ok(row), Some(header)) => take(Entry { bytes, item: item(header, row, &key_type) }),
        }
    }
}

/// That as many columns are needed as the header has is said of a list of headers; that a row
/// with others is one error is inferred.
fn item(
    header: &[String],
    row: Vec<String>,
    key_type: impl Fn(&str) -> Option<Type>,
) -> Result<Item, String> {
    if row.len() != header.len() {
        return Err(format!("The row has {} columns instead of {}", row.len(), header.len()));
    }
    let columns = header.iter().zip(row).filter(|(_, text)| !text.is_empty());
    columns
        .map(|(name, text)| {
            let value = match key_type(name) {
                Some(Type::N) => match text.trim().parse() {
                    Ok(number) => AttributeValue::N(number),
                    Err(_) => return Err(format!("The value of key {name} is not a number")),
                },
                // Inferred: as in JSON.
                Some(Type::B) => match base64::decode(&text) {
                    Ok(bytes) => AttributeValue::B(bytes),
                    Err(_) => return Err(format!("The value of key {name} is not Base64")),
                },
                _ => AttributeValue::S(text),
            };
            Ok((name.clone(), value))
        })
        .collect()
}

/// Appends a row, whose columns have commas between them.
pub fn write_row<'a>(columns: impl IntoIterator<Item = &'a str>, out: &mut String) {
    for (at, column) in columns.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if column.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&column.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(column);
        }
    }
    out.push('\n');
}

/// Rows of a text: columns between delimiters. A quote stands doubled, also in a column that is
/// not in quotes itself (the documentation: `Women's Full ""Length"" Dress`).
struct Rows<'a> {
    rest: &'a str,
    delimiter: char,
}

const UNMATCHED: &str = "A double quote is not escaped";

impl Rows<'_> {
    /// The next row that is not blank, and how many bytes it takes with blank ones before it.
    fn next(&mut self) -> Option<(Result<Vec<String>, &'static str>, u64)> {
        let length = self.rest.len();
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let row = self.row();
        Some((row, (length - self.rest.len()) as u64))
    }

    fn row(&mut self) -> Result<Vec<String>, &'static str> {
        let mut columns = Vec::new();
        loop {
            let (column, ends_row) = self.column()?;
            columns.push(column);
            if ends_row {
                return Ok(columns);
            }
        }
    }

    /// The text of a column, and whether it is the last of its row.
    fn column(&mut self) -> Result<(String, bool), &'static str> {
        let mut text = String::new();
        // A column that begins with two quotes is empty, or begins with one that is escaped by
        // both being in quotes: `""` or `"""a"""`.
        let mut quoted = self.take('"');
        let in_quotes = quoted;
        loop {
            let Some(next) = self.rest.chars().next() else {
                return if quoted { Err(UNMATCHED) } else { Ok((text, true)) };
            };
            self.rest = &self.rest[next.len_utf8()..];
            match next {
                '"' if self.take('"') => text.push('"'),
                '"' if quoted => quoted = false,
                '"' => return Err(UNMATCHED),
                next if quoted => text.push(next),
                next if next == self.delimiter => return Ok((text, false)),
                '\n' => return Ok((text, true)),
                '\r' if self.take('\n') => return Ok((text, true)),
                // Behind the closing quote there is only an end.
                _ if in_quotes => return Err(UNMATCHED),
                next => text.push(next),
            }
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str, delimiter: char) -> Vec<Result<Vec<String>, &'static str>> {
        let mut rows = Rows { rest: text, delimiter };
        let mut all = Vec::new();
        while let Some((row, _)) = rows.next() {
            let broken = row.is_err();
            all.push(row);
            if broken {
                break;
            }
        }
        all
    }

    fn read_all(text: &str, options: &CsvOptions) -> Vec<Result<String, String>> {
        let mut entries = Vec::new();
        let kind = |name: &str| match name {
            "n" => Some(Type::N),
            "b" => Some(Type::B),
            _ => None,
        };
        read(&text.to_owned().into(), options, kind, &mut |entry| {
            entries.push(entry.item.map(|item| {
                let mut json = Vec::new();
                crate::value::encode::item(&item, &mut json);
                String::from_utf8(json).expect("text")
            }));
        });
        entries
    }

    #[test]
    fn quotes_are_doubled_as_the_documentation_shows() {
        for (text, columns) in [
            ("a,b", vec!["a", "b"]),
            ("a,", vec!["a", ""]),
            ("\"a,b\",c\r\n", vec!["a,b", "c"]),
            ("\"a\nb\",c", vec!["a\nb", "c"]),
            (
                "\"\"\"123\"\"\",Women's Full \"\"Length\"\" Dress",
                vec!["\"123\"", "Women's Full \"Length\" Dress"],
            ),
            ("\"\",b", vec!["", "b"]),
        ] {
            let columns = columns.into_iter().map(str::to_owned).collect();
            assert_eq!(rows(text, ','), [Ok(columns)], "{text}");
        }
        for text in ["\"a", "a\"b,c", "\"a\"b,c"] {
            assert_eq!(rows(text, ','), [Err(UNMATCHED)], "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_row_is_read_as_it_was_written(
            // A row of one empty column is blank.
            first in "[a,\"\r\n é]{1,5}",
            others in prop::collection::vec("[a,\"\r\n é]{0,5}", 0..4),
        ) {
            let columns: Vec<_> = std::iter::once(first).chain(others).collect();
            let mut text = String::new();
            write_row(columns.iter().map(String::as_str), &mut text);
            prop_assert_eq!(rows(&text, ','), [Ok(columns)]);
        }
    }

    #[test]
    fn keys_are_typed_and_what_is_empty_is_left_out() {
        let answers = read_all("n,b,x\n1.50,YQ==,1\n2,,\n\nx,,\n1,2\n", &CsvOptions::default());
        assert_eq!(
            answers,
            [
                Ok(r#"{"b":{"B":"YQ=="},"n":{"N":"1.5"},"x":{"S":"1"}}"#.into()),
                Ok(r#"{"n":{"N":"2"}}"#.into()),
                Err("The value of key n is not a number".into()),
                Err("The row has 2 columns instead of 3".into()),
            ]
        );
    }

    #[test]
    fn with_a_list_of_headers_the_first_row_is_an_item() {
        let header = Some(vec!["x".to_owned(), "y".to_owned()]);
        let answers = read_all("1;2\n3;4", &CsvOptions { delimiter: ';', header });
        assert_eq!(answers[0], Ok(r#"{"x":{"S":"1"},"y":{"S":"2"}}"#.into()));
        assert_eq!(answers.len(), 2);
    }
}
