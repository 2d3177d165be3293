//! The letters of Ion text: what separates, what is quoted, what a word is.

use super::IonError;

/// Ion text, and how far it was read.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next byte; zero at the end.
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Nothing more is read.
    pub(super) fn end(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn wrong<T>(&self, what: &'static str) -> Result<T, IonError> {
        Err(IonError::Syntax { at: self.at, what })
    }

    /// Passes over `token`, if it comes next.
    pub(super) fn takes(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    /// Passes over spaces and comments.
    pub(super) fn skip(&mut self) -> Result<(), IonError> {
        loop {
            let blank = |char| matches!(char, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
            self.at += self.rest().len() - self.rest().trim_start_matches(blank).len();
            if self.takes("//") {
                let line = self.rest().find(['\n', '\r']);
                self.at += line.unwrap_or(self.rest().len());
            } else if self.takes("/*") {
                let Some(end) = self.rest().find("*/") else {
                    return self.wrong("a comment without an end");
                };
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// The longest run of such characters that comes next.
    pub(super) fn run(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let found = &rest[..rest.find(|char| !of(char)).unwrap_or(rest.len())];
        self.at += found.len();
        found
    }

    /// What stands up to `quote`, whose beginning was read. `long`: over several lines.
    pub(super) fn quoted(&mut self, quote: &str, long: bool) -> Result<String, IonError> {
        let mut text = String::new();
        loop {
            if self.takes(quote) {
                return Ok(text);
            }
            let Some(char) = self.rest().chars().next() else {
                return self.wrong("a text without an end");
            };
            match char {
                '\\' => {
                    self.at += 1;
                    text.extend(self.escape()?);
                }
                '\n' | '\r' if !long => return self.wrong("a text that ends with its line"),
                // Ends of lines are one character in long strings, however they are written.
                '\r' => {
                    self.at += 1;
                    self.takes("\n");
                    text.push('\n');
                }
                char => {
                    self.at += char.len_utf8();
                    text.push(char);
                }
            }
        }
    }

    /// The character that an escape stands for; none for the end of a line.
    fn escape(&mut self) -> Result<Option<char>, IonError> {
        let Some(char) = self.rest().chars().next() else {
            return self.wrong("a text without an end");
        };
        self.at += char.len_utf8();
        Ok(Some(match char {
            '0' => '\0',
            'a' => '\x07',
            'b' => '\x08',
            't' => '\t',
            'n' => '\n',
            'f' => '\x0c',
            'r' => '\r',
            'v' => '\x0b',
            '"' | '\'' | '?' | '\\' | '/' => char,
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '\n' => return Ok(None),
            '\r' => {
                self.takes("\n");
                return Ok(None);
            }
            _ => return self.wrong("an escape that there is not"),
        }))
    }

    fn code(&mut self, digits: usize) -> Result<char, IonError> {
        let code = self.hexadecimal(digits)?;
        // Of two halves, as in JSON, the second has to follow.
        if (0xD800..0xDC00).contains(&code) && self.takes("\\u") {
            let low = self.hexadecimal(4)?;
            let code = 0x10000 + ((code - 0xD800) << 10) + low.wrapping_sub(0xDC00) % 0x400;
            if let (0xDC00..0xE000, Some(char)) = (low, char::from_u32(code)) {
                return Ok(char);
            }
        }
        match char::from_u32(code) {
            Some(char) => Ok(char),
            None => self.wrong("an escape for no character"),
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, IonError> {
        let found = self
            .rest()
            .get(..digits)
            .filter(|found| found.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(code) = found.and_then(|found| u32::from_str_radix(found, 16).ok()) else {
            return self.wrong("an escape that breaks off");
        };
        self.at += digits;
        Ok(code)
    }
}
