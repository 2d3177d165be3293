//! The reader: one pass, an explicit stack, one list of tokens.

use super::{JsonError, JsonErrorKind, Kind, MAX_DEPTH, Node};

type Result<T> = std::result::Result<T, JsonError>;

/// Reads the value at `from` (after white space); gives its nodes and where it ends.
pub(super) fn value(text: &[u8], from: usize) -> Result<(Vec<Node>, usize)> {
    if u32::try_from(text.len()).is_err() {
        return Err(JsonError::new(JsonErrorKind::TooLong, u32::MAX as usize));
    }
    // A guess that fits small requests at once and lets large ones grow a few times only.
    let nodes = Vec::with_capacity(((text.len() - from.min(text.len())) / 8).clamp(8, 1 << 16));
    let mut parser = Parser { text, at: from, nodes, open: Vec::new() };
    parser.run()?;
    // Checked once for the whole value: token ends are ASCII, so no span cuts a character.
    if let Err(error) = std::str::from_utf8(&text[from..parser.at]) {
        return Err(JsonError::new(JsonErrorKind::Utf8, from + error.valid_up_to()));
    }
    Ok((parser.nodes, parser.at))
}

pub(super) fn skip_space(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Arrays and objects that are not closed yet, by node index.
    open: Vec<u32>,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<()> {
        loop {
            // Here a value is due.
            self.space();
            let opened = self.start_value()?;
            if opened && !self.closes_at_once()? {
                continue;
            }
            // Here a value has ended: close what ends with it, go on after a comma.
            loop {
                let Some(&parent) = self.open.last() else { return Ok(()) };
                self.space();
                let object = self.nodes[parent as usize].kind == Kind::Object;
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if object {
                            self.name()?;
                        }
                        break;
                    }
                    b'}' if object => self.close(),
                    b']' if !object => self.close(),
                    byte => return Err(self.unexpected(byte)),
                }
            }
        }
    }

    /// Reads a scalar, or opens an array or object; tells whether it opened one.
    fn start_value(&mut self) -> Result<bool> {
        let start = self.at;
        match self.peek()? {
            b'{' => return self.open(Kind::Object).map(|()| true),
            b'[' => return self.open(Kind::Array).map(|()| true),
            b'"' => self.string()?,
            b't' => self.word(b"true", Kind::Bool)?,
            b'f' => self.word(b"false", Kind::Bool)?,
            b'n' => self.word(b"null", Kind::Null)?,
            b'-' | b'0'..=b'9' => {
                self.number()?;
                self.push(Kind::Number, false, start);
            }
            byte => return Err(self.unexpected(byte)),
        }
        Ok(false)
    }

    fn open(&mut self, kind: Kind) -> Result<()> {
        if self.open.len() == MAX_DEPTH {
            return Err(JsonError::new(JsonErrorKind::TooDeep, self.at));
        }
        self.open.push(self.nodes.len() as u32);
        self.at += 1;
        self.push(kind, false, self.at - 1);
        Ok(())
    }

    /// After an opening bracket: an empty array or object closes here; an object's first name is
    /// read here.
    fn closes_at_once(&mut self) -> Result<bool> {
        self.space();
        let object =
            self.open.last().is_some_and(|at| self.nodes[*at as usize].kind == Kind::Object);
        let byte = self.peek()?;
        if byte == if object { b'}' } else { b']' } {
            self.close();
            return Ok(true);
        }
        if object {
            self.name()?;
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.at += 1;
        let next = self.nodes.len() as u32;
        if let Some(node) = self.open.pop().and_then(|at| self.nodes.get_mut(at as usize)) {
            node.end = self.at as u32;
            node.next = next;
        }
    }

    fn name(&mut self) -> Result<()> {
        self.space();
        match self.peek()? {
            b'"' => self.string()?,
            byte => return Err(self.unexpected(byte)),
        }
        self.space();
        match self.peek()? {
            b':' => self.at += 1,
            byte => return Err(self.unexpected(byte)),
        }
        Ok(())
    }

    fn string(&mut self) -> Result<()> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                byte @ 0..=0x1f => return Err(self.unexpected(byte)),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.push(Kind::String, escaped, start);
        Ok(())
    }

    fn escape(&mut self) -> Result<()> {
        let digits = match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 0,
            b'u' => 4,
            _ => return Err(JsonError::new(JsonErrorKind::Escape, self.at)),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.peek()?.is_ascii_hexdigit() {
                return Err(JsonError::new(JsonErrorKind::Escape, self.at));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let malformed = JsonError::new(JsonErrorKind::Number, self.at);
        self.skip_if(b"-");
        if self.skip_if(b"0") == 0 && self.digits() == 0 {
            return Err(malformed);
        }
        if self.skip_if(b".") == 1 && self.digits() == 0 {
            return Err(malformed);
        }
        if self.skip_if(b"eE") == 1 {
            self.skip_if(b"+-");
            if self.digits() == 0 {
                return Err(malformed);
            }
        }
        // `01` and `1x` are no numbers followed by something, they are no numbers.
        match self.text.get(self.at) {
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'.' => Err(malformed),
            _ => Ok(()),
        }
    }

    fn skip_if(&mut self, any_of: &[u8]) -> usize {
        let hit = self.text.get(self.at).is_some_and(|byte| any_of.contains(byte));
        self.at += usize::from(hit);
        usize::from(hit)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self, word: &'static [u8], kind: Kind) -> Result<()> {
        let start = self.at;
        for expected in word {
            match self.peek()? {
                byte if byte == *expected => self.at += 1,
                byte => return Err(self.unexpected(byte)),
            }
        }
        self.push(kind, false, start);
        Ok(())
    }

    fn push(&mut self, kind: Kind, escaped: bool, start: usize) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { kind, escaped, start: start as u32, end: self.at as u32, next });
    }

    fn space(&mut self) {
        self.at = skip_space(self.text, self.at);
    }

    fn peek(&self) -> Result<u8> {
        let end = || JsonError::new(JsonErrorKind::UnexpectedEnd, self.text.len());
        self.text.get(self.at).copied().ok_or_else(end)
    }

    fn unexpected(&self, byte: u8) -> JsonError {
        JsonError::new(JsonErrorKind::UnexpectedByte(byte), self.at)
    }
}

/// Undoes the escapes of a string's inside, which the parser has checked.
pub(super) fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (code, after) = rest[at + 1..].split_at(1);
        rest = after;
        match code {
            "b" => out.push('\u{8}'),
            "f" => out.push('\u{c}'),
            "n" => out.push('\n'),
            "r" => out.push('\r'),
            "t" => out.push('\t'),
            "u" => {
                let (unit, after) = unit(rest);
                rest = after;
                let pair = rest
                    .strip_prefix("\\u")
                    .filter(|_| (0xd800..0xdc00).contains(&unit))
                    .map(self::unit);
                match pair {
                    Some((low @ 0xdc00..=0xdfff, after)) => {
                        let scalar = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        out.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
                        rest = after;
                    }
                    _ => out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
            literal => out.push_str(literal),
        }
    }
    out.push_str(rest);
    out
}

fn unit(hex: &str) -> (u32, &str) {
    let (digits, rest) = hex.split_at(4);
    (u32::from_str_radix(digits, 16).unwrap_or(0xfffd), rest)
}
