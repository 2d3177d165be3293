//! Which tokens an expression is made of, and where each stands.

use std::ops::Range;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare name or a keyword.
    Name,
    /// `#name`
    NameRef,
    /// `:value`
    ValueRef,
    /// A whole number without leading zeros: `007` is three of them (aws-facts 4.2).
    Index,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Plus,
    Minus,
    /// One character that belongs to no token (aws-facts 4.2: also beyond ASCII).
    Unknown,
    /// The end of the text.
    End,
}

impl Token {
    pub(super) fn span(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The tokens of `text` one by one; [`TokenKind::End`] for ever after the last.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn token(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        self.at += run(bytes, self.at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let start = self.at;
        let (kind, length) = match bytes.get(start) {
            None => (TokenKind::End, 0),
            Some(first) => self.measure(*first, &bytes[start + 1..]),
        };
        self.at += length;
        Token { kind, start, end: self.at }
    }

    fn measure(&self, first: u8, rest: &[u8]) -> (TokenKind, usize) {
        let word = || run(rest, 0, is_word);
        match (first, rest.first()) {
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => (TokenKind::Name, 1 + word()),
            (b'#', Some(byte)) if is_word(*byte) => (TokenKind::NameRef, 1 + word()),
            (b':', Some(byte)) if is_word(*byte) => (TokenKind::ValueRef, 1 + word()),
            (b'0', _) => (TokenKind::Index, 1),
            (b'1'..=b'9', _) => (TokenKind::Index, 1 + run(rest, 0, |byte| byte.is_ascii_digit())),
            (b'<', Some(b'>')) => (TokenKind::NotEqual, 2),
            (b'<', Some(b'=')) => (TokenKind::LessOrEqual, 2),
            (b'>', Some(b'=')) => (TokenKind::GreaterOrEqual, 2),
            (b'<', _) => (TokenKind::Less, 1),
            (b'>', _) => (TokenKind::Greater, 1),
            (b'=', _) => (TokenKind::Equal, 1),
            (b'(', _) => (TokenKind::Open, 1),
            (b')', _) => (TokenKind::Close, 1),
            (b'[', _) => (TokenKind::OpenBracket, 1),
            (b']', _) => (TokenKind::CloseBracket, 1),
            (b',', _) => (TokenKind::Comma, 1),
            (b'.', _) => (TokenKind::Dot, 1),
            (b'+', _) => (TokenKind::Plus, 1),
            (b'-', _) => (TokenKind::Minus, 1),
            _ => {
                let length = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                (TokenKind::Unknown, length)
            }
        }
    }
}

/// Whether a placeholder key is one an expression could name: `#` or `:`, then letters, digits and
/// underscores.
pub(super) fn is_placeholder(key: &str, sign: u8) -> bool {
    match key.as_bytes() {
        [first, rest @ ..] if *first == sign => {
            !rest.is_empty() && rest.iter().copied().all(is_word)
        }
        _ => false,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().take_while(|byte| belongs(**byte)).count()
}
