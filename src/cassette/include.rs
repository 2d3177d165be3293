//! Tapes that begin with what is in others, so that setup which many of them share stands in one
//! file.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Component, Path, PathBuf},
};

use bytes::Bytes;

use super::{
    Cassette, Damage, REDACTION_VERSION, ReadError, file::folder_behind, read::read_in,
    region::alike,
};

/// How the text of a tape is had.
pub type Open<'a> = &'a dyn Fn(&Path) -> Result<Bytes, ReadError>;

/// What a tape begins with that is in others.
#[derive(Clone, Debug, Default)]
pub struct Included {
    /// The tapes that it names, from its own folder.
    pub names: Vec<String>,
    /// What is in them, and in those that they name: each file once.
    pub cassette: Cassette,
}

/// Reads tapes.
#[derive(Clone, Copy)]
pub struct Loader<'a> {
    open: Open<'a>,
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loader")
    }
}

impl Default for Loader<'_> {
    fn default() -> Self {
        Self { open: &text_of }
    }
}

/// The text of a tape that is where its path says.
///
/// # Errors
///
/// When it cannot be read.
pub fn text_of(path: &Path) -> Result<Bytes, ReadError> {
    match fs::read(path) {
        Ok(text) => Ok(text.into()),
        Err(cause) => Err(ReadError::File { path: path.to_owned(), cause }),
    }
}

impl<'a> Loader<'a> {
    /// A loader that has the texts of tapes from `open`.
    #[must_use]
    pub fn new(open: Open<'a>) -> Self {
        Self { open }
    }

    /// A tape with the bodies beside it, without what it includes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has no header, or one of a later format.
    pub fn own(self, path: &Path) -> Result<(Cassette, Vec<Damage>), ReadError> {
        read_in(Some(&folder_behind(path)), &(self.open)(path)?)
    }

    /// A tape that begins with what it includes, as if all of it stood in it. Its own interactions
    /// keep their ids; those of others get numbers that are free.
    ///
    /// # Errors
    ///
    /// When it, or a tape that it includes, cannot be read, has no header, or one of a later
    /// format; or when a tape includes itself.
    pub fn whole(self, path: &Path) -> Result<(Cassette, Vec<Damage>), ReadError> {
        let mut walk = Walk { loader: self, above: Vec::new(), met: HashSet::new() };
        let mut tapes = Vec::new();
        let mut damaged = Vec::new();
        walk.add(path, &mut tapes, &mut damaged)?;
        Ok((joined(tapes), damaged))
    }

    /// Two tapes, each with what it includes, but for what the first one has already.
    ///
    /// # Errors
    ///
    /// As [`Loader::whole`].
    pub fn both(
        self,
        first: &Path,
        second: &Path,
    ) -> Result<([Cassette; 2], Vec<Damage>), ReadError> {
        let mut walk = Walk { loader: self, above: Vec::new(), met: HashSet::new() };
        let (mut one, mut other, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        walk.add(first, &mut one, &mut damaged)?;
        // A tape may be put behind itself.
        walk.met.remove(&real(second));
        walk.add(second, &mut other, &mut damaged)?;
        Ok(([joined(one), joined(other)], damaged))
    }

    /// What a tape at `path` that includes these begins with. Nothing of it may be damaged.
    ///
    /// # Errors
    ///
    /// As [`Loader::whole`], of each of them.
    pub fn included(
        self,
        path: &Path,
        names: &[String],
    ) -> Result<(Included, Vec<Damage>), ReadError> {
        let mut walk = Walk { loader: self, above: vec![real(path)], met: HashSet::new() };
        let mut tapes = Vec::new();
        let mut damaged = Vec::new();
        for name in names {
            walk.add_named(path, name, &mut tapes, &mut damaged)?;
        }
        let mut cassette = joined(tapes);
        cassette.renumber();
        Ok((Included { names: names.to_vec(), cassette }, damaged))
    }
}

struct Walk<'a> {
    loader: Loader<'a>,
    /// The tapes of which each includes the next.
    above: Vec<PathBuf>,
    /// All that were read: two ways to one tape are no reason to begin with it twice.
    met: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn add(
        &mut self,
        path: &Path,
        tapes: &mut Vec<Cassette>,
        damaged: &mut Vec<Damage>,
    ) -> Result<(), ReadError> {
        let real = real(path);
        if self.above.contains(&real) {
            return Err(ReadError::Circle);
        }
        if !self.met.insert(real.clone()) {
            return Ok(());
        }
        let (own, mut damages) = self.loader.own(path)?;
        if !self.above.is_empty() {
            damages.iter_mut().for_each(|damage| damage.file = Some(path.to_owned()));
        }
        self.above.push(real);
        for name in &own.header.include {
            self.add_named(path, name, tapes, damaged)?;
        }
        self.above.pop();
        damaged.extend(damages);
        tapes.push(own);
        Ok(())
    }

    fn add_named(
        &mut self,
        by: &Path,
        name: &str,
        tapes: &mut Vec<Cassette>,
        damaged: &mut Vec<Damage>,
    ) -> Result<(), ReadError> {
        let added = self.add(&plain(&folder_of(by).join(name)), tapes, damaged);
        added.map_err(|cause| ReadError::Included { name: name.to_owned(), cause: Box::new(cause) })
    }
}

/// One tape of several, the last of which includes the others.
fn joined(mut tapes: Vec<Cassette>) -> Cassette {
    let Some(mut whole) = tapes.pop() else { return Cassette::default() };
    let tapes: Vec<_> = tapes
        .into_iter()
        .map(|tape| {
            let (with, tape) = alike(&whole, &tape);
            let (region, tape) = (with.header.from.region.clone(), tape.into_owned());
            whole.header.from.region = region;
            tape
        })
        .collect();
    let own = std::mem::take(&mut whole.interactions);
    let mut taken: HashSet<String> = own.iter().map(|one| one.id.clone()).collect();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    whole.header.include.clear();
    // Where there is nothing no rules were applied: a header by hand may leave them out.
    if own.is_empty() {
        whole.header.redact = REDACTION_VERSION;
    }
    for tape in tapes {
        whole.header.redact = whole.header.redact.min(tape.header.redact);
        for (name, schema) in tape.header.tables {
            if !whole.header.tables.iter().any(|(known, _)| *known == name) {
                whole.header.tables.push((name, schema));
            }
        }
        for mut interaction in tape.interactions {
            let prefix = interaction.id_prefix();
            let number = numbers.entry(prefix.clone()).or_default();
            loop {
                *number += 1;
                interaction.id = format!("{prefix}/{number}");
                if taken.insert(interaction.id.clone()) {
                    break;
                }
            }
            whole.interactions.push(interaction);
        }
    }
    whole.header.tables.sort_by(|(one, _), (other, _)| one.cmp(other));
    whole.interactions.extend(own);
    whole
}

impl Included {
    /// `own` with this before it.
    #[must_use]
    pub fn before(&self, own: &Cassette) -> Cassette {
        joined(vec![self.cassette.clone(), own.clone()])
    }
}

/// The file behind a path, whether it is there or not.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = folder_behind(path);
        let folder = fs::canonicalize(&folder).unwrap_or(folder);
        path.file_name().map_or(folder.clone(), |name| folder.join(name))
    })
}

/// Where a tape's includes are looked for: behind a symbolic link, as its bodies are.
fn folder_of(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink());
    if is_link { folder_behind(path) } else { path.parent().unwrap_or(path).to_owned() }
}

/// The path without steps that lead nowhere: it is shown to people.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// What leads from the folder of a tape to another file, as it stands in a header. `None` where
/// nothing relative does.
#[must_use]
pub fn name_from(tape: &Path, other: &Path) -> Option<String> {
    let (folder, other) = (fs::canonicalize(folder_behind(tape)).ok()?, real(other));
    let mut up = PathBuf::new();
    for ancestor in folder.ancestors() {
        if let Ok(below) = other.strip_prefix(ancestor) {
            let parts = up.join(below);
            let parts: Option<Vec<_>> = parts.iter().map(|part| part.to_str()).collect();
            return Some(parts?.join("/"));
        }
        up.push("..");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tapes by name; the text is what the header and the interactions are about.
    fn load(tapes: &[(&str, &str, &[&str])], name: &str) -> Result<Cassette, String> {
        let open = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some((_, include, keys)) = tapes.iter().find(|(known, ..)| *known == name) else {
                return text_of(path);
            };
            let keys = keys.iter().map(|key| {
                format!(
                    "\n\n{{\"id\":\"GetItem\",\"request\":{{\"Key\":\"{key}\"}},\"response\":{{}}}}"
                )
            });
            Ok(format!("{{\"tape\":1,\"include\":{include}}}{}", keys.collect::<String>()).into())
        };
        let whole = Loader::new(&open).whole(Path::new(name));
        let (cassette, damaged) = whole.map_err(|error| error.to_string())?;
        assert_eq!(damaged, []);
        Ok(cassette)
    }

    fn keys(tape: &Cassette) -> String {
        let text = |at: &[u8]| String::from_utf8_lossy(at).replace(r#"{"Key":"#, "");
        tape.interactions.iter().map(|one| text(&one.request).replace(['"', '}'], "")).collect()
    }

    #[test]
    fn a_tape_begins_with_what_it_includes_and_with_each_file_once() {
        let tapes = [
            ("a.tape", r#"["b.tape","./c.tape"]"#, &["1", "2"][..]),
            ("b.tape", r#"["d.tape"]"#, &["3"]),
            ("c.tape", r#"["d.tape"]"#, &["4"]),
            ("d.tape", "[]", &["5", "1"]),
        ];
        let whole = load(&tapes, "a.tape").expect("readable");
        assert_eq!(keys(&whole), "513412");
        assert!(whole.header.include.is_empty());
        let ids: HashSet<_> = whole.interactions[..4].iter().map(|one| &one.id).collect();
        assert_eq!(ids.len(), 4, "{ids:?}");
        assert_eq!(keys(&load(&tapes, "c.tape").expect("readable")), "514");
    }

    #[test]
    fn what_is_included_gets_numbers_that_are_free() {
        let get = |id: &str| {
            format!("\n\n{{\"id\":\"{id}\",\"request\":{{}},\"response\":{{}}}}").into_bytes()
        };
        let id = super::super::read([b"{\"tape\":1}".to_vec(), get("GetItem")].concat());
        let prefix = id.expect("readable").0.interactions[0].id_prefix();
        let open = |path: &Path| {
            let (include, id) = match path.ends_with("a.tape") {
                true => ("\"b.tape\"", format!("{prefix}/1")),
                false => ("", format!("{prefix}/1")),
            };
            let header = format!("{{\"tape\":1,\"include\":[{include}]}}").into_bytes();
            Ok([header, get(&id)].concat().into())
        };
        let (whole, _) = Loader::new(&open).whole(Path::new("a.tape")).expect("readable");
        let ids: Vec<_> = whole.interactions.iter().map(|one| one.id.clone()).collect();
        assert_eq!(ids, [format!("{prefix}/2"), format!("{prefix}/1")], "its own stay");
    }

    #[test]
    fn what_cannot_be_included_is_told_with_the_way_to_it() {
        let tapes = [
            ("a.tape", r#"["b.tape"]"#, &[][..]),
            ("b.tape", r#"["c.tape"]"#, &[]),
            ("c.tape", r#"["a.tape"]"#, &[]),
            ("self.tape", r#"["self.tape"]"#, &[]),
            ("missing.tape", r#"["nowhere/x.tape"]"#, &[]),
            ("absolute.tape", r#"["/x.tape"]"#, &[]),
            ("text.tape", r#""b.tape""#, &[]),
        ];
        for (name, told) in [
            (
                "a.tape",
                "it includes b.tape: it includes c.tape: it includes a.tape: a tape cannot begin with itself",
            ),
            ("self.tape", "it includes self.tape: a tape cannot begin with itself"),
            ("missing.tape", "it includes nowhere/x.tape: cannot read nowhere/x.tape: "),
            ("absolute.tape", "\"include\" is a list of paths from the tape's own folder"),
            ("text.tape", "\"include\" is a list of paths from the tape's own folder"),
        ] {
            let error = load(&tapes, name).expect_err(name);
            assert!(error.contains(told), "{name}: {error}");
        }
        let open = |path: &Path| {
            let new = path.ends_with("new.tape");
            let text = if new { r#"{"tape":2}"# } else { r#"{"tape":1,"include":["new.tape"]}"# };
            Ok(text.into())
        };
        let error = Loader::new(&open).whole(Path::new("later.tape")).expect_err("a later format");
        assert_eq!(
            error.to_string(),
            "it includes new.tape: the tape has format 2, this dynatape reads up to 1: use a newer one"
        );
    }

    #[test]
    fn a_name_leads_from_the_folder_of_the_tape() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).expect("folders");
        fs::create_dir_all(at("setup")).expect("folders");
        for (tape, other, name) in [
            ("a/x.tape", "a/setup.tape", "setup.tape"),
            ("a/b/x.tape", "setup/t.tape", "../../setup/t.tape"),
            ("x.tape", "a/b/t.tape", "a/b/t.tape"),
        ] {
            assert_eq!(name_from(&at(tape), &at(other)).as_deref(), Some(name));
        }
    }
}
