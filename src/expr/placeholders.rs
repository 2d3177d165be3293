//! ExpressionAttributeNames and ExpressionAttributeValues: what stands behind `#name` and
//! `:value`, and which of them no expression used.

use std::sync::Arc;

use super::{ExprError, ExprErrorKind, MapMember, token::is_placeholder};
use crate::value::AttributeValue;

/// The names and values of one request, shared by all its expressions.
#[derive(Clone, Debug, Default)]
pub struct Placeholders {
    names: Table<String>,
    values: Table<Arc<AttributeValue>>,
}

impl Placeholders {
    /// Names and values in the order sent.
    #[must_use]
    pub fn new(names: Vec<(String, String)>, values: Vec<(String, AttributeValue)>) -> Self {
        Self {
            names: Table::new(names.into_iter()),
            values: Table::new(values.into_iter().map(|(key, value)| (key, Arc::new(value)))),
        }
    }

    /// Whether every key can be written in an expression and every name is one.
    ///
    /// # Errors
    ///
    /// For the first that is not, names before values.
    pub fn check_keys(&self) -> Result<(), ExprError> {
        for entry in &self.names.entries {
            check_key(&entry.key, MapMember::Names)?;
            if entry.content.is_empty() {
                return Err(ExprErrorKind::EmptyName(entry.key.clone()).into());
            }
        }
        self.values.entries.iter().try_for_each(|entry| check_key(&entry.key, MapMember::Values))
    }

    /// Whether the expressions parsed so far used every entry.
    ///
    /// # Errors
    ///
    /// For the names that none used, or else for the values.
    pub fn check_unused(&self) -> Result<(), ExprError> {
        for (member, unused) in
            [(MapMember::Names, self.names.unused()), (MapMember::Values, self.values.unused())]
        {
            if !unused.is_empty() {
                return Err(ExprErrorKind::Unused(member, unused).into());
            }
        }
        Ok(())
    }

    /// The name behind `#name`, which counts as used from now on.
    pub(super) fn name(&mut self, key: &str) -> Option<&str> {
        self.names.take(key).map(String::as_str)
    }

    /// The value behind `:value`, which counts as used from now on.
    pub(super) fn value(&mut self, key: &str) -> Option<Arc<AttributeValue>> {
        self.values.take(key).cloned()
    }
}

fn check_key(key: &str, member: MapMember) -> Result<(), ExprError> {
    let sign = if member == MapMember::Names { b'#' } else { b':' };
    match is_placeholder(key, sign) {
        true => Ok(()),
        false => Err(ExprErrorKind::InvalidKey(member, key.to_owned()).into()),
    }
}

#[derive(Clone, Debug)]
struct Table<T> {
    /// In the order sent, in which unused keys are listed.
    entries: Vec<Entry<T>>,
    /// The places of the entries by key.
    sorted: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    key: String,
    content: T,
    used: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), sorted: Vec::new() }
    }
}

impl<T> Table<T> {
    fn new(entries: impl Iterator<Item = (String, T)>) -> Self {
        let entries: Vec<_> =
            entries.map(|(key, content)| Entry { key, content, used: false }).collect();
        let mut sorted: Vec<_> = (0..entries.len()).collect();
        sorted.sort_by(|left, right| entries[*left].key.cmp(&entries[*right].key));
        Self { entries, sorted }
    }

    fn take(&mut self, key: &str) -> Option<&T> {
        let place = self
            .sorted
            .binary_search_by(|place| self.entries[*place].key.as_str().cmp(key))
            .ok()?;
        let entry = self.entries.get_mut(*self.sorted.get(place)?)?;
        entry.used = true;
        Some(&entry.content)
    }

    fn unused(&self) -> Vec<String> {
        self.entries.iter().filter(|entry| !entry.used).map(|entry| entry.key.clone()).collect()
    }
}
