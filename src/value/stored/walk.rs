//! Through an item's text from left to right without making values: past what nobody asks for,
//! adding up sizes on the way if they are.

use std::borrow::Cow;

use bytes::Bytes;
use memchr::memchr2;

use super::super::{AttributeValue, Item, MAX_LEVELS, Map, Number, decode::Decoder, size};
use crate::wire::json::Json;

/// The text is none that [`super::super::encode::item`] writes, which has no white space and of
/// each value a type and what it is.
#[derive(Debug)]
pub(super) struct Foreign;

type Step<T> = Result<T, Foreign>;

/// A place in the text of an item, and if `SIZED` the size of what is behind it.
pub(super) struct Walk<'a, const SIZED: bool> {
    text: &'a [u8],
    pub(super) at: usize,
    pub(super) size: usize,
    /// How many lists and maps are open.
    levels: usize,
}

/// A string as it is written, without its quotes.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    inner: &'a [u8],
    /// Whether there is a backslash in it.
    escaped: bool,
}

impl<'a, const SIZED: bool> Walk<'a, SIZED> {
    /// At the beginning.
    pub(super) fn over(text: &'a [u8]) -> Self {
        Self { text, at: 0, size: 0, levels: 0 }
    }

    /// The name of the first attribute, or of the next one when a value is behind; `None` after
    /// the last. What remains is its value.
    pub(super) fn name(&mut self) -> Step<Option<Quoted<'a>>> {
        let first = self.at == 0;
        match self.take()? {
            b'{' if first && self.text.get(1) == Some(&b'}') => {
                self.at += 1;
                return Ok(None);
            }
            b'{' if first => {}
            b',' if !first => {}
            b'}' if !first => return Ok(None),
            _ => return Err(Foreign),
        }
        let name = self.string()?;
        if SIZED {
            self.size += name.len()?;
        }
        self.expect(b':')?;
        Ok(Some(name))
    }

    /// Passes over a value.
    pub(super) fn value(&mut self) -> Step<()> {
        // It calls itself, and the text may be anybody's.
        if self.levels > MAX_LEVELS {
            return Err(Foreign);
        }
        match *self.text.get(self.at..).unwrap_or_default() {
            [b'{', b'"', kind, b'"', b':', ..] => {
                self.at += 5;
                match kind {
                    b'L' => {
                        self.levels += 1;
                        self.list(3, |walk| {
                            walk.size += 1;
                            walk.value()
                        })?;
                        self.levels -= 1;
                    }
                    b'M' => self.map()?,
                    _ => self.scalar(kind)?,
                }
            }
            [b'{', b'"', kind, b'S', b'"', b':', ..] => {
                self.at += 6;
                self.list(0, |walk| walk.scalar(kind))?;
            }
            [b'{', b'"', b'B', b'O', b'O', b'L', b'"', b':', b't', ..]
            | [b'{', b'"', b'N', b'U', b'L', b'L', b'"', b':', b't', ..] => {
                (self.at, self.size) = (self.at + 12, self.size + 1);
            }
            [b'{', b'"', b'B', b'O', b'O', b'L', b'"', b':', b'f', ..] => {
                (self.at, self.size) = (self.at + 13, self.size + 1);
            }
            _ => return Err(Foreign),
        }
        self.expect(b'}')
    }

    #[inline]
    fn scalar(&mut self, kind: u8) -> Step<()> {
        let content = self.string()?;
        if SIZED {
            self.size += match kind {
                b'S' => content.len()?,
                b'N' => content.number_size()?,
                // Four characters are three bytes, less one for each `=` that fills up.
                b'B' => {
                    let filling = content.inner.iter().rev().take_while(|byte| **byte == b'=');
                    (content.inner.len() / 4 * 3).checked_sub(filling.count()).ok_or(Foreign)?
                }
                _ => return Err(Foreign),
            };
        }
        Ok(())
    }

    fn list(&mut self, size: usize, mut element: impl FnMut(&mut Self) -> Step<()>) -> Step<()> {
        self.size += size;
        self.expect(b'[')?;
        if self.text.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.take()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(Foreign),
            }
        }
    }

    fn map(&mut self) -> Step<()> {
        let text = self.text.get(self.at..).ok_or(Foreign)?;
        let mut inner = Self { text, at: 0, size: 3, levels: self.levels + 1 };
        while inner.name()?.is_some() {
            inner.size += 1;
            inner.value()?;
        }
        self.at += inner.at;
        self.size += inner.size;
        Ok(())
    }

    /// What is between the quotes that begin here.
    #[inline]
    fn string(&mut self) -> Step<Quoted<'a>> {
        self.expect(b'"')?;
        let rest = self.text.get(self.at..).ok_or(Foreign)?;
        let (mut end, mut escaped) = (special(rest, 0)?, false);
        while rest[end] == b'\\' {
            // Whatever is escaped is passed over.
            (end, escaped) = (special(rest, end + 2)?, true);
        }
        self.at += end + 1;
        Ok(Quoted { inner: &rest[..end], escaped })
    }

    #[inline]
    fn take(&mut self) -> Step<u8> {
        let byte = self.text.get(self.at).ok_or(Foreign)?;
        self.at += 1;
        Ok(*byte)
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Step<()> {
        if self.take()? == byte { Ok(()) } else { Err(Foreign) }
    }
}

impl Walk<'_, false> {
    /// The whole item, from its beginning.
    pub(super) fn item(mut self) -> Step<Item> {
        let item = self.entries()?;
        if self.at == self.text.len() { Ok(item) } else { Err(Foreign) }
    }

    /// The value that is here, which is behind then.
    pub(super) fn read(&mut self) -> Step<AttributeValue> {
        let rest = self.text.get(self.at..).ok_or(Foreign)?;
        let value = match *rest {
            [b'{', b'"', b'S', b'"', b':', ..] => {
                self.at += 5;
                AttributeValue::S(self.string()?.text()?.into_owned())
            }
            [b'{', b'"', b'N', b'"', b':', ..] => {
                self.at += 5;
                AttributeValue::N(self.string()?.number()?)
            }
            [b'{', b'"', b'L' | b'M', b'"', b':', ..] if self.levels == MAX_LEVELS => {
                return Err(Foreign);
            }
            [b'{', b'"', b'L', b'"', b':', ..] => {
                self.at += 5;
                self.levels += 1;
                let mut elements = Vec::new();
                self.list(0, |walk| {
                    elements.push(walk.read()?);
                    Ok(())
                })?;
                self.levels -= 1;
                AttributeValue::L(elements)
            }
            [b'{', b'"', b'M', b'"', b':', ..] => {
                self.at += 5;
                let mut inner = Self { text: &rest[5..], at: 0, size: 0, levels: self.levels + 1 };
                let map = inner.entries()?;
                self.at += inner.at;
                AttributeValue::M(map)
            }
            // The others are rarer, and of more kinds.
            _ => {
                let start = self.at;
                self.value()?;
                let text = self.text.get(start..self.at).ok_or(Foreign)?;
                let json = Json::parse(Bytes::copy_from_slice(text)).map_err(|_| Foreign)?;
                return Decoder::new().value(json.root()).map_err(|_| Foreign);
            }
        };
        self.expect(b'}')?;
        Ok(value)
    }

    fn entries(&mut self) -> Step<Map> {
        let mut entries = Vec::with_capacity(8);
        while let Some(name) = self.name()? {
            if name.inner.is_empty() {
                return Err(Foreign);
            }
            entries.push((name.text()?.into_owned(), self.read()?));
        }
        Ok(Map::from(entries))
    }
}

/// Where the first quote or backslash is, from there on. Most strings end within eight bytes,
/// which are looked at as one number: setting up a search of more takes longer than that.
#[inline]
fn special(text: &[u8], from: usize) -> Step<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The lowest bit that is set in it is that of the first byte that is zero.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let mut at = from;
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk);
        let found = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Ok(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
        if at - from >= 32 {
            break;
        }
    }
    let rest = text.get(at..).ok_or(Foreign)?;
    memchr2(b'"', b'\\', rest).map(|found| at + found).ok_or(Foreign)
}

impl<'a> Quoted<'a> {
    /// What it says.
    pub(super) fn text(self) -> Step<Cow<'a, str>> {
        if !self.escaped {
            return std::str::from_utf8(self.inner).map(Cow::Borrowed).map_err(|_| Foreign);
        }
        let quoted = Bytes::from([b"\"", self.inner, b"\""].concat());
        let json = Json::parse(quoted).map_err(|_| Foreign)?;
        let text = json.root().as_str().ok_or(Foreign)?;
        Ok(text.into_owned().into())
    }

    /// Its bytes, where they are written as they are.
    pub(super) fn plain(self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.inner)
    }

    /// How long it is in UTF-8.
    fn len(self) -> Step<usize> {
        if self.escaped { Ok(self.text()?.len()) } else { Ok(self.inner.len()) }
    }

    fn number(self) -> Step<Number> {
        self.text()?.parse().map_err(|_| Foreign)
    }

    /// As [`size::number`], counting the digits of a number that is written as we print one.
    fn number_size(self) -> Step<usize> {
        let zeros = |part: &mut dyn Iterator<Item = &u8>| part.take_while(|&&b| b == b'0').count();
        let unsigned = self.inner.strip_prefix(b"-").unwrap_or(self.inner);
        let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
        let (whole, fraction) = (&unsigned[..point], unsigned.get(point + 1..).unwrap_or_default());
        let printed = (whole == b"0" || matches!(whole, [b'1'..=b'9', ..]))
            && !fraction.ends_with(b"0")
            && whole.iter().chain(fraction).all(u8::is_ascii_digit);
        let (whole, fraction) = match (whole, fraction) {
            _ if !printed => return Ok(size::number(self.number()?)),
            (b"0", []) => return Ok(1),
            (b"0", _) => (0, fraction.len() - zeros(&mut fraction.iter())),
            (_, []) => (whole.len() - zeros(&mut whole.iter().rev()), 0),
            _ => (whole.len(), fraction.len()),
        };
        let negative = usize::from(unsigned.len() < self.inner.len());
        Ok(whole.div_ceil(2) + fraction.div_ceil(2) + 1 + negative)
    }
}
