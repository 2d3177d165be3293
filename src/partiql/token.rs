//! Which tokens a statement is made of, and where each stands.

use super::{
    error::{Error, Place},
    word,
};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// What it says: a keyword or operator in lower case, a string or quoted name without quotes,
    /// anything else as written.
    pub(super) text: String,
    pub(super) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Quoted,
    Keyword,
    /// A symbol or word between or before values.
    Operator,
    Text,
    Number,
    True,
    False,
    Null,
    Missing,
    /// Ion in backticks.
    Ion,
    Question,
    Star,
    Dot,
    Comma,
    Colon,
    Semicolon,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    OpenCurly,
    CloseCurly,
    OpenBag,
    CloseBag,
    End,
}

/// The tokens of a statement; the last is [`Kind::End`].
///
/// # Errors
///
/// For what is no token, of which the service tells nothing more (aws-facts 10.4).
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, column: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let (start, line, column) = (lexer.at, lexer.line, lexer.column);
        let (kind, text) = lexer.token()?;
        let place = Place { line, column, length: lexer.at - start };
        tokens.push(Token { kind, text, place });
        if kind == Kind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    column: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn advance(&mut self) -> Option<char> {
        let one = self.peek(0)?;
        self.at += 1;
        if one == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(one)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.advance();
        }
    }

    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(' ' | '\t' | '\n' | '\r'), _) => self.skip(1),
                (Some('-'), Some('-')) => {
                    while self.peek(0).is_some_and(|one| one != '\n') {
                        self.skip(1);
                    }
                }
                (Some('/'), Some('*')) => {
                    self.skip(2);
                    while (self.peek(0), self.peek(1)) != (Some('*'), Some('/')) {
                        self.advance().ok_or(Error::Token)?;
                    }
                    self.skip(2);
                }
                _ => return Ok(()),
            }
        }
    }

    fn token(&mut self) -> Result<(Kind, String), Error> {
        let Some(first) = self.peek(0) else { return Ok((Kind::End, String::new())) };
        match first {
            'a'..='z' | 'A'..='Z' | '_' | '$' => return Ok(self.word()),
            '0'..='9' => return self.number(),
            '.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => return self.number(),
            '\'' => return Ok((Kind::Text, self.quoted('\'', true)?)),
            '"' => return Ok((Kind::Quoted, self.quoted('"', true)?)),
            '`' => return Ok((Kind::Ion, self.quoted('`', false)?)),
            _ => {}
        }
        let (kind, length) = match (first, self.peek(1)) {
            ('<', Some('<')) => (Kind::OpenBag, 2),
            ('>', Some('>')) => (Kind::CloseBag, 2),
            ('<', Some('>' | '=')) | ('>' | '!', Some('=')) | ('|', Some('|')) => {
                (Kind::Operator, 2)
            }
            ('=' | '<' | '>' | '+' | '-' | '/' | '%' | '@', _) => (Kind::Operator, 1),
            ('*', _) => (Kind::Star, 1),
            ('?', _) => (Kind::Question, 1),
            ('.', _) => (Kind::Dot, 1),
            (',', _) => (Kind::Comma, 1),
            (':', _) => (Kind::Colon, 1),
            (';', _) => (Kind::Semicolon, 1),
            ('(', _) => (Kind::Open, 1),
            (')', _) => (Kind::Close, 1),
            ('[', _) => (Kind::OpenBracket, 1),
            (']', _) => (Kind::CloseBracket, 1),
            ('{', _) => (Kind::OpenCurly, 1),
            ('}', _) => (Kind::CloseCurly, 1),
            _ => return Err(Error::Token),
        };
        let text: String = self.chars[self.at..self.at + length].iter().collect();
        self.skip(length);
        Ok((kind, if text == "!=" { "<>".to_owned() } else { text }))
    }

    fn word(&mut self) -> (Kind, String) {
        let mut text = String::new();
        while let Some(one) = self.peek(0).filter(|one| is_word(*one)) {
            text.push(one);
            self.skip(1);
        }
        let lower = text.to_ascii_lowercase();
        match &*lower {
            "true" => (Kind::True, lower),
            "false" => (Kind::False, lower),
            "null" => (Kind::Null, lower),
            "missing" => (Kind::Missing, lower),
            word if word::is_operator(word) => (Kind::Operator, lower),
            word if word::is_keyword(word) => (Kind::Keyword, lower),
            _ => (Kind::Name, text),
        }
    }

    /// A number, which has one point at most and an exponent of 32 bits.
    fn number(&mut self) -> Result<(Kind, String), Error> {
        let start = self.at;
        let mut fraction = 0_i64;
        self.digits();
        if self.peek(0) == Some('.') {
            self.skip(1);
            fraction = self.digits() as i64;
        }
        let mut exponent = 0;
        if matches!(self.peek(0), Some('e' | 'E')) {
            self.skip(1);
            let from = self.at;
            if matches!(self.peek(0), Some('+' | '-')) {
                self.skip(1);
            }
            if self.digits() == 0 {
                return Err(Error::Token);
            }
            let text: String = self.chars[from..self.at].iter().collect();
            exponent = text.parse::<i32>().map_err(|_| Error::Token)?.into();
        }
        if i32::try_from(fraction - exponent).is_err() || self.peek(0).is_some_and(is_word) {
            return Err(Error::Token);
        }
        Ok((Kind::Number, self.chars[start..self.at].iter().collect()))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek(0).is_some_and(|one| one.is_ascii_digit()) {
            self.skip(1);
        }
        self.at - start
    }

    /// What is between quotes; two of them inside are one of the text.
    fn quoted(&mut self, quote: char, doubles: bool) -> Result<String, Error> {
        self.skip(1);
        let mut text = String::new();
        loop {
            let one = self.advance().ok_or(Error::Token)?;
            if one == quote {
                if !doubles || self.peek(0) != Some(quote) {
                    return Ok(text);
                }
                self.skip(1);
            }
            text.push(one);
        }
    }
}

const fn is_word(one: char) -> bool {
    one.is_ascii_alphanumeric() || one == '_' || one == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, String)> {
        let tokens = tokens(text).expect(text);
        tokens.into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn strings_and_names_keep_doubled_quotes_once() {
        let expected = [(Kind::Text, "it's"), (Kind::Quoted, "a\"b"), (Kind::End, "")];
        assert_eq!(
            kinds(r#"'it''s' "a""b""#),
            expected.map(|(kind, text)| (kind, text.to_owned()))
        );
    }

    #[test]
    fn a_number_has_one_point() {
        // aws-facts 10.4, 10.6.
        for text in ["1e5", ".5", ".25e1", "5.", "007", "1E+2"] {
            assert_eq!(kinds(text)[0], (Kind::Number, text.to_owned()));
        }
        assert_eq!(kinds("1.2.3")[1], (Kind::Number, ".3".to_owned()));
        for text in ["5e", "1e2147483648", "'a", "\"a", "/* a", "`a", "#", "é", "1e-2147483648"] {
            assert_eq!(tokens(text), Err(Error::Token), "{text}");
        }
    }

    #[test]
    fn places_count_lines_columns_and_characters() {
        let tokens = tokens("a -- é\n  'é' /* x\n */ b").expect("tokens");
        let places: Vec<_> = tokens.iter().map(|token| token.place.to_string()).collect();
        assert_eq!(places, ["1:1:1", "2:3:3", "3:5:1", "3:6:0"]);
    }
}
