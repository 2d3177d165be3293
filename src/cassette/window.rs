//! The part of a tape's text that is being read.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use bytes::Bytes;

use super::ReadError;

/// How much is read at once, at least.
const STEP: usize = 1 << 20;

/// A part of a text, and what the rest of it is read from.
pub(super) struct Window<R> {
    /// The part.
    pub(super) text: Bytes,
    rest: Option<(PathBuf, R)>,
    /// The lines that end before this byte of the part: a file with much damage is counted once.
    lines: usize,
    counted: usize,
}

impl Window<io::Empty> {
    /// A text that is there.
    pub(super) const fn whole(text: Bytes) -> Self {
        Self { text, rest: None, lines: 0, counted: 0 }
    }
}

impl<R: Read> Window<R> {
    /// The beginning of a text that is yet to be read.
    pub(super) const fn of(path: PathBuf, rest: R) -> Self {
        Self { text: Bytes::new(), rest: Some((path, rest)), lines: 0, counted: 0 }
    }

    /// Lets go of what comes before this byte and reads on: as much again as is left, so that a
    /// long object is not looked through for each step. Whether there was more.
    pub(super) fn more(&mut self, from: usize) -> Result<bool, ReadError> {
        self.count_to(from);
        let Some((path, rest)) = &mut self.rest else { return Ok(false) };
        let kept = &self.text[from..];
        let step = STEP.max(kept.len());
        let mut text = Vec::with_capacity(kept.len() + step);
        text.extend_from_slice(kept);
        let read = rest.by_ref().take(step as u64).read_to_end(&mut text);
        let read = read.map_err(|cause| ReadError::File { path: path.clone(), cause })?;
        self.counted -= from;
        self.text = text.into();
        if read == 0 {
            self.rest = None;
        }
        Ok(read > 0)
    }

    /// Whether all of the rest is in it.
    pub(super) const fn is_last(&self) -> bool {
        self.rest.is_none()
    }

    /// The line of a byte of the part, from 1; the bytes asked for must come in order.
    pub(super) fn line_of(&mut self, at: usize) -> usize {
        self.count_to(at);
        self.lines + 1
    }

    fn count_to(&mut self, at: usize) {
        if self.counted < at {
            self.lines += memchr::memchr_iter(b'\n', &self.text[self.counted..at]).count();
            self.counted = at;
        }
    }
}
