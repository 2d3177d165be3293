//! Ion text as values, one after another.

use super::{Ion, IonError, VERSION, lexer::Lexer};
use crate::value::base64;

/// How deep values may stand inside each other: more than any item, so that what is too deep for
/// one is refused by itself and reading goes on behind it.
const MOST_LEVELS: usize = 100;

/// Reads the values of a text in their order. The first that is no Ion ends it.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    lexer: Lexer<'a>,
}

impl<'a> Reader<'a> {
    /// Of a whole text.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { lexer: Lexer::new(text) }
    }

    fn next_value(&mut self) -> Result<Option<Ion>, IonError> {
        loop {
            self.lexer.skip()?;
            if self.lexer.is_at_end() {
                return Ok(None);
            }
            match self.value(0)? {
                // Not values but directions to the reader, of which text needs none.
                Ion::Symbol(text) if text == VERSION => {}
                Ion::Annotated(names, _) if names.first().is_some_and(|name| name == TABLE) => {}
                value => return Ok(Some(value)),
            }
        }
    }

    fn value(&mut self, levels: usize) -> Result<Ion, IonError> {
        if levels > MOST_LEVELS {
            return self.lexer.wrong("too many values inside each other");
        }
        let mut annotations = Vec::new();
        let value = loop {
            self.lexer.skip()?;
            let value = self.unannotated(levels)?;
            let Ion::Symbol(word) = value else { break value };
            let mut ahead = self.lexer.clone();
            ahead.skip()?;
            if !ahead.takes("::") {
                break Ion::Symbol(word);
            }
            self.lexer = ahead;
            annotations.push(word);
        };
        Ok(match annotations.is_empty() {
            true => value,
            false => Ion::Annotated(annotations, Box::new(value)),
        })
    }

    /// A value without annotations, or one of those: a symbol.
    fn unannotated(&mut self, levels: usize) -> Result<Ion, IonError> {
        Ok(match self.lexer.peek() {
            b'"' => {
                self.lexer.takes("\"");
                Ion::String(self.lexer.quoted("\"", false)?)
            }
            b'\'' if self.lexer.rest().starts_with("'''") => Ion::String(self.long()?),
            b'\'' => {
                self.lexer.takes("'");
                Ion::Symbol(self.lexer.quoted("'", false)?)
            }
            b'{' if self.lexer.takes("{{") => self.lob()?,
            b'{' => {
                self.lexer.takes("{");
                Ion::Struct(self.fields(levels)?)
            }
            b'[' => {
                self.lexer.takes("[");
                Ion::List(self.elements(levels)?)
            }
            b'0'..=b'9' => self.number("")?,
            b'-' => {
                self.lexer.takes("-");
                self.number("-")?
            }
            b'+' if self.lexer.takes("+inf") => Ion::Other("infinity"),
            b'(' => return self.lexer.wrong("an s-expression, which no item holds"),
            _ => {
                let word = self.lexer.run(is_of_word);
                match word {
                    "" => return self.lexer.wrong("no value"),
                    "true" => Ion::Bool(true),
                    "false" => Ion::Bool(false),
                    "nan" => Ion::Other("what is no number"),
                    "null" => {
                        if self.lexer.takes(".") {
                            self.lexer.run(is_of_word);
                        }
                        Ion::Null
                    }
                    word => Ion::Symbol(word.to_owned()),
                }
            }
        })
    }

    /// Long strings, which are one when nothing stands between them.
    fn long(&mut self) -> Result<String, IonError> {
        let mut text = String::new();
        while self.lexer.takes("'''") {
            text.push_str(&self.lexer.quoted("'''", true)?);
            self.lexer.skip()?;
        }
        Ok(text)
    }

    fn lob(&mut self) -> Result<Ion, IonError> {
        let digits = self.lexer.run(|char| char != '}' && char != '"' && char != '\'');
        if !self.lexer.takes("}}") {
            return self.lexer.wrong("a clob, which no item holds, or a blob without an end");
        }
        let digits: String = digits.split_ascii_whitespace().collect();
        match base64::decode(&digits) {
            Ok(bytes) => Ok(Ion::Blob(bytes)),
            Err(_) => self.lexer.wrong("a blob that is no base64"),
        }
    }

    fn elements(&mut self, levels: usize) -> Result<Vec<Ion>, IonError> {
        let mut elements = Vec::new();
        loop {
            self.lexer.skip()?;
            if self.lexer.takes("]") {
                return Ok(elements);
            }
            elements.push(self.value(levels + 1)?);
            self.lexer.skip()?;
            if !self.lexer.takes(",") && self.lexer.peek() != b']' {
                return self.lexer.wrong("neither a comma nor the end of a list");
            }
        }
    }

    fn fields(&mut self, levels: usize) -> Result<Vec<(String, Ion)>, IonError> {
        let mut fields = Vec::new();
        loop {
            self.lexer.skip()?;
            if self.lexer.takes("}") {
                return Ok(fields);
            }
            let name = self.field()?;
            self.lexer.skip()?;
            if !self.lexer.takes(":") {
                return self.lexer.wrong("a field without a value");
            }
            fields.push((name, self.value(levels + 1)?));
            self.lexer.skip()?;
            if !self.lexer.takes(",") && self.lexer.peek() != b'}' {
                return self.lexer.wrong("neither a comma nor the end of a struct");
            }
        }
    }

    fn field(&mut self) -> Result<String, IonError> {
        if self.lexer.rest().starts_with("'''") {
            return self.long();
        }
        for quote in ["\"", "'"] {
            if self.lexer.takes(quote) {
                return self.lexer.quoted(quote, false);
            }
        }
        match self.lexer.run(is_of_word) {
            "" => self.lexer.wrong("no name of a field"),
            word => Ok(word.to_owned()),
        }
    }

    fn number(&mut self, sign: &str) -> Result<Ion, IonError> {
        if !sign.is_empty() && self.lexer.takes("inf") {
            return Ok(Ion::Other("infinity"));
        }
        let word = self.lexer.run(|char| is_of_word(char) || matches!(char, '.' | ':' | '+' | '-'));
        if is_timestamp(word) {
            return Ok(Ion::Other("a timestamp"));
        }
        match plain(word) {
            Some(text) => Ok(Ion::Number(format!("{sign}{text}"))),
            None => self.lexer.wrong("no number"),
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Ion, IonError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_value().transpose();
        if matches!(next, Some(Err(_))) {
            self.lexer.end();
        }
        next
    }
}

/// What annotates a table of symbols.
const TABLE: &str = "$ion_symbol_table";

fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '$')
}

/// Whether it begins as a date: `2026T`, `2026-11`.
fn is_timestamp(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    digits == 4 && matches!(word.as_bytes().get(4), Some(b'T' | b'-'))
}

/// A number without its sign as JSON would write it.
fn plain(word: &str) -> Option<String> {
    let digits = word.replace('_', "");
    let word = &*digits;
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0b", "0B"], 2)] {
        if let Some(rest) = prefixes.iter().find_map(|prefix| word.strip_prefix(prefix)) {
            return Some(u128::from_str_radix(rest, radix).ok()?.to_string());
        }
    }
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match word.split_once(['d', 'D', 'e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_whole = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
    if !is_whole || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut text = whole.to_owned();
    if !fraction.is_empty() {
        text = format!("{text}.{fraction}");
    }
    let Some(exponent) = exponent else { return Some(text) };
    let size = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_one = !size.is_empty() && all_digits(size);
    is_one.then(|| format!("{text}e{exponent}"))
}
