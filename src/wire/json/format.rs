//! Printing a value again, token by token: strings keep their escapes, numbers their text,
//! objects their order. Only the white space between tokens changes, so each form can be turned
//! into each other without loss.

use super::{Kind, Value};

/// How [`pretty`] breaks lines.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// An array or object goes on one line when the line then has at most this many characters.
    pub width: usize,
    /// Spaces a level.
    pub indent: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { width: 100, indent: 2 }
    }
}

/// No white space at all: what the service sends.
#[must_use]
pub fn compact(value: Value<'_>) -> String {
    one_line(value, ",", ":")
}

/// A space after each comma and colon: what Python's `json.dumps` sends.
#[must_use]
pub fn spaced(value: Value<'_>) -> String {
    one_line(value, ", ", ": ")
}

/// Several lines, `level` levels in. The first line is not indented, so that a name can stand
/// before it, `column` characters wide.
#[must_use]
pub fn pretty(value: Value<'_>, layout: Layout, level: usize, column: usize) -> String {
    let mut out = String::new();
    write_pretty(&mut out, value, layout, level, column);
    out
}

fn one_line(value: Value<'_>, comma: &str, colon: &str) -> String {
    let mut out = String::with_capacity(value.raw().len());
    write_line(&mut out, value, comma, colon);
    out
}

/// Goes through the text and not through the tree: a text may nest deeper than a stack reaches.
fn write_line(out: &mut String, value: Value<'_>, comma: &str, colon: &str) {
    let mut rest = value.raw();
    while let Some(at) = rest.find(['"', ',', ':', ' ', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        let end = match rest.as_bytes()[at] {
            b'"' => {
                let end = at + string_length(&rest[at..]);
                out.push_str(&rest[at..end]);
                end
            }
            b',' => {
                out.push_str(comma);
                at + 1
            }
            b':' => {
                out.push_str(colon);
                at + 1
            }
            _ => at + 1,
        };
        rest = &rest[end..];
    }
    out.push_str(rest);
}

/// The length of the string token at the start, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |at| at + 2)
}

fn write_pretty(out: &mut String, value: Value<'_>, layout: Layout, level: usize, column: usize) {
    let (open, close) = match value.kind() {
        Kind::Object => ('{', '}'),
        Kind::Array => ('[', ']'),
        _ => return out.push_str(value.raw()),
    };
    // One for the comma that may follow.
    let room = layout.width.saturating_sub(column + 1);
    let inner = (level + 1) * layout.indent;
    // Where the indent alone fills a line, breaking helps nobody to read, and the white space of a
    // deep tree would be many times its text.
    if inner >= layout.width || line_width(value, room).is_some() {
        return write_line(out, value, ", ", ": ");
    }
    out.push(open);
    for (at, (name, child)) in value.raw_children().enumerate() {
        out.push_str(if at > 0 { ",\n" } else { "\n" });
        out.extend(std::iter::repeat_n(' ', inner));
        let mut column = inner;
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(": ");
            column += name.chars().count() + 2;
        }
        write_pretty(out, child, layout, level + 1, column);
    }
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', level * layout.indent));
    out.push(close);
}

/// The width of the value on one line, if it is not over `room`. Gives up early, so that printing
/// a deep tree stays linear in its size for each level that does not fit.
fn line_width(value: Value<'_>, room: usize) -> Option<usize> {
    if !matches!(value.kind(), Kind::Object | Kind::Array) {
        return Some(value.raw().chars().count()).filter(|width| *width <= room);
    }
    let mut width = 2;
    for (at, (name, child)) in value.raw_children().enumerate() {
        width += if at > 0 { 2 } else { 0 };
        width += name.map_or(0, |name| name.chars().count() + 2);
        width += line_width(child, room.checked_sub(width)?)?;
    }
    (width <= room).then_some(width)
}

impl<'a> Value<'a> {
    /// Elements, or members with their names as they were sent.
    fn raw_children(self) -> impl Iterator<Item = (Option<&'a str>, Value<'a>)> {
        let object = self.kind() == Kind::Object;
        let mut nodes = self.children(self.kind());
        std::iter::from_fn(move || {
            let first = nodes.next()?;
            if object { Some((Some(first.raw()), nodes.next()?)) } else { Some((None, first)) }
        })
    }
}
