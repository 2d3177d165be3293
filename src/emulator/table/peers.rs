//! What the other tables of a group are, for whoever writes to all of them at once.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::{Table, catalog};
use crate::storage::{Read, StoreError};

/// Definitions of other tables as they were last written, remembered as long as the store holds
/// the same. They are no part of what a table is: a copy of it begins with none.
#[derive(Debug, Default)]
pub struct Peers(RwLock<Vec<(Bytes, Arc<Table>)>>);

impl Clone for Peers {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Peers {
    /// The table under a key as it was last written, even if its deletion has ended since.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn last(&self, store: &dyn Read, key: &[u8]) -> Result<Option<Arc<Table>>, StoreError> {
        let Some(record) = store.get(key)? else { return Ok(None) };
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = known.iter().find(|(bytes, _)| *bytes == record) {
            return Ok(Some(Arc::clone(table)));
        }
        drop(known);
        let table = Arc::new(catalog::decode(&record)?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, other)| other.catalog_key() != key);
        known.push((record, Arc::clone(&table)));
        Ok(Some(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        emulator::{
            op::tests::{ask, with_table},
            table::Catalog,
        },
        wire::MADE_FOR,
    };

    #[test]
    fn a_definition_is_read_once_until_it_is_another() {
        let emulator = with_table();
        let store = || emulator.store.read().unwrap();
        let table = emulator.catalog.table(&*store(), MADE_FOR, "table").unwrap().unwrap();
        let (peers, key) = (Peers::default(), table.catalog_key());
        let last = || peers.last(&*store(), &key).unwrap().unwrap();
        let first = last();
        assert!(Arc::ptr_eq(&first, &last()));
        ask(&emulator, "UpdateTable", r#"{"TableName":"table","DeletionProtectionEnabled":true}"#);
        let second = last();
        let protected = |table: &Table| table.definition.deletion_protection == Some(true);
        assert!(protected(&second) && !protected(&first));
        assert!(Arc::ptr_eq(&second, &last()));
        assert_eq!(peers.0.read().unwrap().len(), 1);
        // Nothing is remembered of what is not there any more.
        let mut write = emulator.store.write().unwrap();
        Catalog::put(&mut *write, &first).unwrap();
        write.delete(&key).unwrap();
        write.commit().unwrap();
        assert!(peers.last(&*store(), &key).unwrap().is_none());
    }
}
