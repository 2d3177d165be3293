//! Cassettes: recorded interactions in a file that people read, review and merge.
//!
//! A `.tape` file is a header and then one pretty-printed JSON object an interaction, separated by
//! blank lines, without commas between them: two branches that append merge, a damaged object
//! costs one interaction. Printing adds white space between tokens and nothing else, so the bytes
//! that were on the wire can be had back exactly. Nothing volatile and nothing secret is kept.

mod age;
mod blob;
mod budget;
mod date;
pub mod export;
mod file;
mod footprint;
mod header;
pub mod import;
mod include;
mod interaction;
mod key;
mod lanes;
mod lock;
mod merge;
mod migrate;
pub mod minted;
mod proof;
mod read;
mod redact;
mod reel;
mod region;
mod scan;
mod schema;
mod scrub;
mod semantic;
mod shelf;
mod slice;
mod stats;
mod took;
mod unpack;
mod window;
mod write;

pub use age::{BadAge, MaxAge};
pub use blob::{BlobError, BlobId, Blobs, LONGEST_BODY, orphans};
pub use budget::{BadSize, Budget, Contributor, Overrun};
pub use date::{civil_date, day, instant};
pub use file::{SaveError, can_save, folder_behind, load, save};
pub use footprint::{
    Following, Footprint, LiveFootprints, Resource, Settled, footprints, has_state, is_item,
    is_particular, only_selects, tables_named,
};
pub(crate) use footprint::{footprints_and_keys, footprints_by};
pub use header::{Header, Provenance, Unknown, VERSION};
pub use include::{Included, Loader, Open, name_from, text_of};
pub use interaction::{Answer, Attempt, Interaction, IoFailure};
pub use key::{MatchKey, canonical, client_request_token};
pub use lanes::{AT, Lanes, Span, Untimed, lanes};
pub use lock::{LOCK, Lock, LockError, Locked, self_contained};
pub use merge::{CONFLICT, Merged, concatenate, merge};
pub use migrate::{Migrated, migrate};
pub use proof::Doubt;
pub use read::{Damage, DamageKind, ReadError, read};
pub use redact::{REDACTION_VERSION, Redactor, SAFE_HEADERS};
pub use reel::{Reel, Source};
pub use region::Regions;
pub use scan::{Leak, Secrets, scan};
pub use schema::{KeyAttribute, TableSchema, tables_described};
pub use scrub::{BadPath, Changed, Found, JsonPath, SHORTEST_INSIDE, Scrub, Scrubbed, scrub};
pub use shelf::{Shelf, ShelfError};
pub use slice::slice;
pub use stats::Stats;
pub use took::Took;
pub use unpack::unpacked;
pub use write::{Printed, interaction_text, object_text, printed, to_text};

/// A header and what was recorded under it.
#[derive(Clone, Debug, Default)]
pub struct Cassette {
    /// Where the recording comes from and how to read it.
    pub header: Header,
    /// The interactions, in the order recorded.
    pub interactions: Vec<Interaction>,
}

impl Cassette {
    /// Gives every interaction the id that its request and its place say it has:
    /// `operation/table/key/occurrence`, where the occurrence counts the same request only, so
    /// that an interaction put in between renumbers no other.
    pub fn renumber(&mut self) {
        let mut seen = std::collections::HashMap::new();
        for interaction in &mut self.interactions {
            let prefix = interaction.id_prefix();
            let occurrence: &mut u32 = seen.entry(prefix.clone()).or_default();
            *occurrence += 1;
            interaction.id = format!("{prefix}/{occurrence}");
        }
    }

    /// Folds runs of the same request with the same answer into one interaction and its `times`.
    pub fn fold_repeats(&mut self) {
        self.interactions.dedup_by(|later, earlier| {
            let same = later.request == earlier.request
                && later.target == earlier.target
                && later.region == earlier.region
                && later.answer == earlier.answer
                && later.attempts.is_empty();
            if same {
                earlier.times += later.times;
            }
            same
        });
    }
}

#[cfg(test)]
mod tests;
