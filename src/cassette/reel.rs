//! Tapes that are read from their file each time they are asked for: of a tape of a million
//! interactions, one is in memory.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    Cassette, Damage, Header, Interaction, ReadError, file::folder_behind, read::Objects,
    window::Window,
};

/// What was recorded, from its beginning, as often as it is asked for.
pub trait Source: Send + Sync {
    /// Where the recording comes from and how to read it.
    fn header(&self) -> &Header;

    /// The interactions, in the order recorded.
    fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_>;
}

impl Source for Cassette {
    fn header(&self) -> &Header {
        &self.header
    }

    fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_> {
        Box::new(self.interactions.iter().map(Cow::Borrowed))
    }
}

impl Source for Cow<'_, Cassette> {
    fn header(&self) -> &Header {
        &self.header
    }

    fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_> {
        Source::interactions(&**self)
    }
}

impl<S: Source> Source for &S {
    fn header(&self) -> &Header {
        (**self).header()
    }

    fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_> {
        (**self).interactions()
    }
}

/// A tape in its file.
#[derive(Debug)]
pub struct Reel {
    path: PathBuf,
    folder: PathBuf,
    header: Header,
    length: usize,
    /// Whether it includes others, or is of more than one region.
    is_compound: bool,
    changed: AtomicBool,
}

impl Reel {
    /// Reads a tape once: how long it is, and what of it is damaged.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has no header, or one of a later format.
    pub fn open(path: &Path) -> Result<(Self, Vec<Damage>), ReadError> {
        let folder = folder_behind(path);
        let (header, objects) = objects(path, &folder)?;
        let (mut length, mut is_compound) = (0, !header.include.is_empty());
        let mut damaged = Vec::new();
        for object in objects {
            match object? {
                Ok(interaction) => {
                    length += 1;
                    is_compound |= interaction.region.is_some();
                }
                Err(damage) => damaged.push(damage),
            }
        }
        let path = path.to_owned();
        let changed = AtomicBool::new(false);
        Ok((Self { path, folder, header, length, is_compound, changed }, damaged))
    }

    /// How many interactions it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether what it says is more than what stands in it, one after the other: it includes other
    /// tapes, or has regions to be told apart. Such a tape has to be loaded.
    #[must_use]
    pub const fn is_compound(&self) -> bool {
        self.is_compound
    }

    /// Whether the file was found to be another one than at first, since.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }
}

fn objects<'a>(
    path: &Path,
    folder: &'a Path,
) -> Result<(Header, Objects<'a, fs::File>), ReadError> {
    let file = fs::File::open(path);
    let file = file.map_err(|cause| ReadError::File { path: path.to_owned(), cause })?;
    Objects::begin(Some(folder), Window::of(path.to_owned(), file))
}

impl Source for Reel {
    fn header(&self) -> &Header {
        &self.header
    }

    fn interactions(&self) -> Box<dyn Iterator<Item = Cow<'_, Interaction>> + Send + '_> {
        let objects = match objects(&self.path, &self.folder) {
            Ok((header, objects)) if header == self.header => Some(objects),
            _ => None,
        };
        Box::new(Pass { reel: self, objects, left: self.length })
    }
}

/// One reading of a tape that was read before.
struct Pass<'a> {
    reel: &'a Reel,
    objects: Option<Objects<'a, fs::File>>,
    left: usize,
}

impl<'a> Iterator for Pass<'a> {
    type Item = Cow<'a, Interaction>;

    fn next(&mut self) -> Option<Self::Item> {
        let all = self.objects.iter_mut().flatten();
        // What is damaged was told when the tape was opened.
        let found = all.take_while(Result::is_ok).flatten().find_map(Result::ok);
        if found.is_some() != (self.left > 0) {
            self.reel.changed.store(true, Ordering::Relaxed);
        }
        self.left = self.left.saturating_sub(1);
        found.map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::{interaction_text, load, to_text};

    /// Interactions of all sizes, some longer than what is read at once, some damaged.
    fn text() -> String {
        let mut text = String::from("{\"tape\": 1, \"on\": \"2026-11-21\"}\n");
        for number in 0..400 {
            let long = "x".repeat(if number % 150 == 7 { 3_000_000 } else { number * 40 });
            text.push_str(&format!(
                "\n{{\n  \"id\": \"GetItem/t/{number}/1\",\n  \"request\": {{\"K\": \"{long}\"}},\n  \
                 \"response\": {{}}\n}}\n"
            ));
            match number % 100 {
                20 => {
                    text.push_str("\n{\n  \"id\": \"GetItem/t/0/9\",\n  \"request\": {\"K\"\n}\n");
                }
                50 => text.push_str("\n<<<<<<< ours\n"),
                _ => {}
            }
        }
        text + "\n{\n  \"id\": \"PutItem/t/0/9\",\n  \"request\""
    }

    #[test]
    fn a_tape_is_the_same_whether_it_is_loaded_or_read_each_time() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("x.tape");
        fs::write(&path, text()).expect("written");
        let (held, damaged) = load(&path).expect("a tape");
        assert_eq!((held.interactions.len(), damaged.len()), (400, 9));
        let (reel, of_reel) = Reel::open(&path).expect("a tape");
        assert_eq!((reel.len(), reel.header()), (400, &held.header));
        let told = |all: &[Damage]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told(&of_reel), told(&damaged));
        for _ in 0..2 {
            let mut read = reel.interactions();
            for one in &held.interactions {
                assert_eq!(
                    read.next().as_deref().map(interaction_text),
                    Some(interaction_text(one))
                );
            }
            assert!(read.next().is_none() && !reel.has_changed());
        }
    }

    #[test]
    fn a_file_that_is_another_one_later_is_told() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("x.tape");
        fs::write(&path, text()).expect("written");
        let (mut held, _) = load(&path).expect("a tape");
        let (reel, _) = Reel::open(&path).expect("a tape");
        held.interactions.pop();
        fs::write(&path, to_text(&held)).expect("written");
        assert_eq!(reel.interactions().count(), 399);
        assert!(reel.has_changed());
    }

    #[test]
    fn what_stands_elsewhere_too_cannot_be_read_so() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("x.tape");
        for (text, compound) in [
            ("{\"tape\": 1}", false),
            ("{\"tape\": 1, \"include\": [\"y.tape\"]}", true),
            (
                "{\"tape\": 1}\n\n{\"id\": \"GetItem\", \"region\": \"eu-west-1\", \
                 \"request\": {}, \"response\": {}}",
                true,
            ),
        ] {
            fs::write(&path, text).expect("written");
            assert_eq!(Reel::open(&path).expect("a tape").0.is_compound(), compound, "{text}");
        }
    }
}
