//! What was made in the fence, written down before it is made: lines that are on the disk before
//! the call goes out, so that whoever comes after a crash knows what to look for.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

use crate::wire::json::{Json, Value, Writer};

/// The version of the format.
const VERSION: &str = "1";

/// Something that was, or is about to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// A table of this name; its indexes and streams go with it.
    Table(String),
    /// A backup of the table of this name.
    BackupOf(String),
}

impl Made {
    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        match self {
            Self::Table(name) | Self::BackupOf(name) => name,
        }
    }

    const fn member(&self) -> &'static str {
        match self {
            Self::Table(_) => "table",
            Self::BackupOf(_) => "backup_of",
        }
    }
}

/// Where the fence stands: the first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The endpoint's address, or `aws`.
    pub endpoint: String,
    /// The region, where it is told.
    pub region: Option<String>,
    /// What every name begins with.
    pub prefix: String,
    /// The day.
    pub on: String,
}

/// The file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    /// Locked while a line is written: nobody is told of a line that is not on the disk.
    inside: Mutex<(File, BTreeSet<Made>)>,
}

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The system did not let it be read.
    #[error("cannot be read")]
    Unreadable(#[from] io::Error),
    /// It is not what a fence writes.
    #[error("line {line} is none of a fence's ledger: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
}

impl Ledger {
    /// A new one, on the disk before this returns.
    ///
    /// # Errors
    ///
    /// When there is such a file already, or it cannot be written.
    pub fn create(path: &Path, site: &Site) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let mut json = Writer::new();
        json.object(|json| {
            json.key("fence");
            json.raw(VERSION.as_bytes());
            json.key("endpoint");
            json.string(&site.endpoint);
            if let Some(region) = &site.region {
                json.key("region");
                json.string(region);
            }
            json.key("prefix");
            json.string(&site.prefix);
            json.key("on");
            json.string(&site.on);
        });
        write(&mut file, json)?;
        // The name of the file, too, has to outlive a crash.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(Self { path: path.to_owned(), inside: Mutex::new((file, BTreeSet::new())) })
    }

    /// One that a run has left.
    ///
    /// # Errors
    ///
    /// When it is no ledger, or names something outside of its fence. A last line that is not whole
    /// is none: what it was to tell of was never asked for.
    pub fn open(path: &Path) -> Result<(Self, Site), LedgerError> {
        let text = std::fs::read(path)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut site = None;
        let mut made = BTreeSet::new();
        for (at, line) in text[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let wrong = |what| LedgerError::Line { line: at + 1, what };
            let json = Json::parse(Bytes::copy_from_slice(line)).map_err(|_| wrong("no JSON"))?;
            let member = |name| json.root().get(name).and_then(Value::as_str);
            let Some(Site { prefix, .. }) = &site else {
                if json.root().get("fence").and_then(Value::as_number) != Some(VERSION) {
                    return Err(wrong("it does not begin with {\"fence\": 1}"));
                }
                let text = |name| member(name).map(std::borrow::Cow::into_owned);
                let prefix = text("prefix").filter(|prefix| !prefix.is_empty());
                site = Some(Site {
                    endpoint: text("endpoint").ok_or_else(|| wrong("no endpoint"))?,
                    region: text("region"),
                    prefix: prefix.ok_or_else(|| wrong("no prefix"))?,
                    on: text("on").unwrap_or_default(),
                });
                continue;
            };
            let table = member("table").map(|name| Made::Table(name.into_owned()));
            let backup = member("backup_of").map(|name| Made::BackupOf(name.into_owned()));
            let one = table.or(backup).ok_or_else(|| wrong("neither a table nor a backup"))?;
            if !one.table().starts_with(&**prefix) {
                return Err(wrong("its name does not have the fence's prefix"));
            }
            made.insert(one);
        }
        let site = site.ok_or(LedgerError::Line { line: 1, what: "it is not there" })?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok((Self { path: path.to_owned(), inside: Mutex::new((file, made)) }, site))
    }

    /// Writes something down, if it is not.
    ///
    /// # Errors
    ///
    /// When it is not on the disk: then it must not be made.
    pub(super) fn note(&self, made: Made) -> io::Result<()> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, known) = &mut *inside;
        if known.contains(&made) {
            return Ok(());
        }
        let mut json = Writer::new();
        json.object(|json| {
            json.key(made.member());
            json.string(made.table());
        });
        write(file, json)?;
        known.insert(made);
        Ok(())
    }

    /// All that is written down.
    #[must_use]
    pub fn made(&self) -> BTreeSet<Made> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn write(file: &mut File, json: Writer) -> io::Result<()> {
    let mut line = json.into_bytes();
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_again_and_a_torn_line_is_none() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("l");
        let site = Site {
            endpoint: "http://a".to_owned(),
            region: None,
            prefix: "p_".to_owned(),
            on: "2026-11-21".to_owned(),
        };
        let ledger = Ledger::create(&path, &site).expect("new");
        for made in [Made::Table("p_a".into()), Made::BackupOf("p_a".into())] {
            ledger.note(made.clone()).expect("written");
            ledger.note(made).expect("known");
        }
        assert!(Ledger::create(&path, &site).is_err(), "there already");
        let mut text = std::fs::read_to_string(&path).expect("text");
        assert_eq!(text.lines().count(), 3, "{text}");
        text.push_str("{\"table\":\"p_b");
        std::fs::write(&path, &text).expect("written");
        let (again, found) = Ledger::open(&path).expect("read");
        assert_eq!((again.made(), found), (ledger.made(), site));
        for wrong in ["{\"table\":\"other\"}\n", "{\"x\":1}\n", "nothing\n"] {
            let lines: Vec<_> = text.lines().take(3).collect();
            std::fs::write(&path, format!("{}\n{wrong}", lines.join("\n"))).expect("written");
            assert!(Ledger::open(&path).is_err(), "{wrong}");
        }
    }
}
