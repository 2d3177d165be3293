//! Global tables: tables of one name in several regions that hold the same items
//! (aws-service-facts 8 and 9).
//!
//! A replica is a table like any other, in another region of the same store. Each table of a group
//! knows the others (`table::Group`); what is told of a replica is read from the replica itself.

mod change;
mod join;
mod leave;
mod replicate;

use std::sync::Arc;

pub(super) use self::{
    change::change,
    leave::leave_with,
    replicate::{Replication, apply, note},
};

use super::{
    Emulator, burial, stream,
    table::{Catalog, Table},
};
use crate::storage::{Read, StoreError, Write};

/// The other tables of a table's group that are there.
pub(super) fn peers(
    emulator: &Emulator,
    store: &dyn Read,
    table: &Table,
) -> Result<Vec<Arc<Table>>, StoreError> {
    let mut peers = Vec::new();
    for replica in table.state.group.iter().flat_map(|group| &group.replicas) {
        let peer = emulator.catalog.table(store, &replica.region, &table.name)?;
        // Another one of its name may have been made where a replica was.
        peers.extend(peer.filter(|peer| peer.state.group.is_some()));
    }
    Ok(peers)
}

/// Keeps a table of a group as it is after a change.
fn keep(
    emulator: &Emulator,
    store: &mut dyn Write,
    before: Option<&Table>,
    after: &Table,
    now: u64,
) -> Result<(), StoreError> {
    stream::follow(store, before, after, &emulator.settings, now)?;
    if let Some(deletion) = after.deletion() {
        burial::order(store, after, deletion.until)?;
        return Catalog::put(store, after);
    }
    match after.at(now) {
        Some(table) => Catalog::put(store, &table),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
