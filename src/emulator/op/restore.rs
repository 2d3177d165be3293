//! What both restores have in common: their target, and what is said of it otherwise
//! (aws-service-facts 1.5, 5).

use super::create_table::{
    BILLING, ENCRYPTION, INDEX_NAME, KEY_ELEMENT, PROJECTION, THROUGHPUT, VECTOR,
};
use crate::{
    emulator::{
        rule::{self, Limit, Rule},
        shape::Sent,
        table::restore::Overrides,
    },
    wire::Fault,
};

const NAME: &[Rule] = &[Rule::older("TargetTableName", &[Limit::Required, Limit::Name])];

/// In an index's element names, then keys, then projections; their order among themselves is
/// inferred.
const OVERRIDES: &[Rule] = &[
    Rule::older("BillingModeOverride", BILLING.limits),
    Rule::within("ProvisionedThroughputOverride", &[], THROUGHPUT.inner),
    Rule::within("GlobalSecondaryIndexOverride", &[], &[INDEX_NAME, KEY, PROJECTION, THROUGHPUT]),
    Rule::within("LocalSecondaryIndexOverride", &[], &[INDEX_NAME, KEY, PROJECTION]),
    Rule::within("VectorIndexOverride", &[], VECTOR),
    Rule::within("SSESpecificationOverride", &[], ENCRYPTION.inner),
];
const KEY: Rule = Rule::within("KeySchema", &[Limit::Required, Limit::Shortest(1)], KEY_ELEMENT);

/// The target's name, and what is said of it.
pub(super) fn target(sent: &Sent<'_>) -> Result<(String, Overrides), Fault> {
    let name = sent.text("TargetTableName");
    let length = name.as_ref().map(|name| name.encode_utf16().count());
    if length.is_some_and(|length| !(3..=255).contains(&length)) {
        return Err(Fault::validation(
            "TableName must be at least 3 characters long and at most 255 characters long",
        ));
    }
    rule::check(sent, &[NAME, OVERRIDES])?;
    let overrides = Overrides::read(sent);
    overrides.check()?;
    Ok((name.unwrap_or_default().into_owned(), overrides))
}
