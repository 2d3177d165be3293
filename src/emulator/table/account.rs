//! What all tables of an account can have together (aws-tables-facts 21, us-west-2, 2026-10-08).

use thiserror::Error;

use super::{Catalog, Table, Throughput, limits::ACCOUNT_UNITS};
use crate::{
    storage::{Read, StoreError},
    wire::Fault,
};

/// More capacity than an account can have. From "Refer" on as for a single table (inferred).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "This request would have caused the {unit} limit to be exceeded for the account in {region}. Current {unit} reserved by the account: {reserved}. Limit: {ACCOUNT_UNITS}. Requested: {requested}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
)]
pub struct AccountError {
    unit: &'static str,
    region: Box<str>,
    reserved: i64,
    requested: i64,
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        Self::new("LimitExceededException", error.to_string())
    }
}

/// Checks that the account can have the capacity that a table is created with or changed to. What
/// is requested is what is added to what there is (inferred for a change).
///
/// # Errors
///
/// When it cannot, or the store cannot be read.
pub fn check(
    (catalog, store): (&Catalog, &dyn Read),
    before: Option<&Table>,
    after: &Table,
    region: &str,
) -> Result<(), Fault> {
    let (old, new) = (before.map_or(NOTHING, provisioned), provisioned(after));
    let added = Throughput { read: new.read - old.read, write: new.write - old.write };
    if added.read <= 0 && added.write <= 0 {
        return Ok(());
    }
    let reserved = reserved(catalog, store, region)?;
    for ((unit, requested), (_, reserved)) in added.named().into_iter().zip(reserved.named()) {
        if requested > 0 && reserved + requested > ACCOUNT_UNITS {
            return Err(AccountError { unit, region: region.into(), reserved, requested }.into());
        }
    }
    Ok(())
}

const NOTHING: Throughput = Throughput { read: 0, write: 0 };

/// Of all tables of a region and their indexes.
fn reserved(catalog: &Catalog, store: &dyn Read, region: &str) -> Result<Throughput, StoreError> {
    let tables = catalog.tables(store, region)?;
    Ok(tables.iter().map(|table| provisioned(table)).fold(NOTHING, sum))
}

/// Of a table and its indexes, once all that is under way is done.
fn provisioned(table: &Table) -> Throughput {
    let Some(Table { definition, .. }) = table.at(u64::MAX) else { return NOTHING };
    let indexes = definition.global.iter().flatten().filter_map(|index| index.throughput);
    indexes.chain(definition.throughput).fold(NOTHING, sum)
}

fn sum(left: Throughput, right: Throughput) -> Throughput {
    Throughput { read: left.read + right.read, write: left.write + right.write }
}
