//! The elements of an array that is written before what stands ahead of it.

/// How much can be written ahead of them without a copy.
const AHEAD: usize = 512;

/// Texts that are JSON already, each an element of one array. The answer to a Scan tells how many
/// items there are before it shows them: they are written first, with room ahead of them, and what
/// comes before is put there ([`super::Writer::elements`]), so that a megabyte is not copied twice.
///
/// ```
/// use dynatape::wire::json::{Elements, Writer};
///
/// let mut elements = Elements::default();
/// elements.push(b"1");
/// elements.push(b"2");
/// let mut json = Writer::new();
/// json.object(|json| {
///     json.count("Count", elements.len());
///     json.key("Items");
///     json.elements(elements);
/// });
/// assert_eq!(json.finish(), r#"{"Count":2,"Items":[1,2]}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Elements {
    /// If there are any: room, the bracket, and they with commas between them.
    text: Vec<u8>,
    count: usize,
}

impl Elements {
    /// Adds one.
    #[inline]
    pub fn push(&mut self, json: &[u8]) {
        if self.count == 0 {
            self.text.reserve(AHEAD + json.len() + 2);
            self.text.resize(AHEAD, b' ');
        }
        // Nothing is asked of what was written of the one before: it has only just left for memory.
        self.text.push(if self.count == 0 { b'[' } else { b',' });
        self.text.extend_from_slice(json);
        self.count += 1;
    }

    /// Makes room for so many bytes more, so that a long text is not moved while it grows.
    pub fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Adds all of others.
    pub fn append(&mut self, others: Self) {
        if self.count == 0 {
            *self = others;
        } else if let Some((_, all)) = others.text.get(AHEAD..).and_then(<[u8]>::split_first) {
            self.text.push(b',');
            self.text.extend_from_slice(all);
            self.count += others.count;
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The array after what stands ahead of it, and where that begins.
    pub(super) fn after(mut self, ahead: &[u8]) -> (Vec<u8>, usize) {
        match AHEAD.checked_sub(ahead.len()) {
            _ if self.is_empty() => ([ahead, b"[]"].concat(), 0),
            Some(start) => {
                self.text[start..AHEAD].copy_from_slice(ahead);
                self.text.push(b']');
                (self.text, start)
            }
            None => ([ahead, &self.text[AHEAD..], b"]"].concat(), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Writer, *};

    #[test]
    fn are_written_after_what_stands_ahead_however_long() {
        for ahead in [0, 1, AHEAD - 20, AHEAD - 1, AHEAD, AHEAD + 1, 3 * AHEAD] {
            for texts in [&[][..], &["1"], &["{}", "[]", "\"a\""]] {
                let mut elements = Elements::default();
                texts.iter().for_each(|text| elements.push(text.as_bytes()));
                let mut more = Elements::default();
                more.append(elements.clone());
                more.append(elements);
                let mut json = Writer::new();
                json.object(|json| {
                    json.text("ahead", &"x".repeat(ahead));
                    json.key("Items");
                    json.elements(more);
                    json.count("behind", 7);
                });
                let all = [texts, texts].concat().join(",");
                let wanted =
                    format!(r#"{{"ahead":"{}","Items":[{all}],"behind":7}}"#, "x".repeat(ahead));
                assert_eq!(json.clone().finish(), wanted);
                assert_eq!(json.into_bytes(), wanted.as_bytes());
            }
        }
    }

    #[test]
    fn two_arrays_follow_each_other() {
        let mut one = Elements::default();
        one.push(b"1");
        let mut json = Writer::new();
        json.array(|json| {
            json.elements(one.clone());
            json.elements(one);
        });
        assert_eq!(json.finish(), "[[1],[1]]");
    }
}
