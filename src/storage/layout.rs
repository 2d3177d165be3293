//! The key space: which bytes a table, an item or an index entry is found under.
//!
//! | key | value |
//! |---|---|
//! | `c` region, zero, name | the table's definition |
//! | `n` | the number the next table gets |
//! | `s` number | how many items and bytes the table and its indexes hold |
//! | `i` number, place | an item, also of a backup that is a copy |
//! | `x` number, index, place | an index entry; of a vector index some, from the first place on |
//! | `r` region, zero, token | what a request with that token did |
//! | `q` time, region, zero, token | when it did |
//! | `t` seconds, place | an item that expires then: its table's key |
//! | `k` number | a record on its way to a stream of Kinesis |
//! | `m` | the number of the last of those |
//! | `R` time, number | a write that comes to other regions then |
//! | `N` | the number of the last of those |
//! | `Y` place | the number of the last of those to an item |
//! | `d` time, region, zero, name | a table whose deletion ends then |
//! | `b` id, name | a backup of the table of that name |
//! | `j` id, name | an import of a table of that name |
//! | `z` id, name | a bulk operation on a table of that name |
//! | `o` number | one that goes on: its key |
//! | `y` number, place | what it is to put, in order |
//! | `E` id, name | an export of the table of that name |
//! | `u` region, zero, name, zero, stream | a stream of a table of that name |
//! | `e` number, seconds, place | what an item was before it was written then |
//! | `v` stream | what of it is being written |
//! | `h` stream, shard | a shard |
//! | `w` stream, shard, number | a record |
//!
//! Numbers are big-endian, so that all of a table's items lie together and a table that is
//! deleted and created again shares no key with its former self. A stream is the time it was enabled
//! and its table's number; it outlives the table. A shard is a time, too. Neither a region nor a name
//! has a zero in it.

/// A table's number: never used twice.
pub type TableNumber = u32;

/// Where the next table's number is kept.
pub const NEXT_TABLE: &[u8] = b"n";

/// What every table's definition is kept under, before its region and its name.
pub const CATALOG: u8 = b'c';

/// What the definitions of all tables of a region begin with.
#[must_use]
pub fn tables(region: &str) -> Vec<u8> {
    [&[CATALOG], region.as_bytes(), &[0]].concat()
}

/// A table's definition.
#[must_use]
pub fn table(region: &str, name: &str) -> Vec<u8> {
    [&[CATALOG], region.as_bytes(), &[0], name.as_bytes()].concat()
}

/// A table's figures.
#[must_use]
pub fn figures(table: TableNumber) -> [u8; 5] {
    prefixed(b's', table)
}

/// What a request with this token did.
#[must_use]
pub fn request(region: &str, token: &str) -> Vec<u8> {
    [b"r", region.as_bytes(), &[0], token.as_bytes()].concat()
}

/// When a request did something, in milliseconds since 1970: by age.
#[must_use]
pub fn request_time(millis: u64, region: &str, token: &str) -> Vec<u8> {
    [&b"q"[..], &millis.to_be_bytes(), region.as_bytes(), &[0], token.as_bytes()].concat()
}

/// A record on its way to a stream of Kinesis: by number.
#[must_use]
pub fn outgoing(number: u64) -> Vec<u8> {
    [&b"k"[..], &number.to_be_bytes()].concat()
}

/// Where the number of the last of those is kept.
pub const LAST_OUTGOING: &[u8] = b"m";

/// A write that comes to other regions at a time, in milliseconds since 1970: by time and number.
#[must_use]
pub fn replication(millis: u64, number: u64) -> Vec<u8> {
    [&b"R"[..], &millis.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// Where the number of the last of those is kept.
pub const LAST_REPLICATED: &[u8] = b"N";

/// Where the number of the last of those to the item at a place is kept.
#[must_use]
pub fn replicated(place: &[u8]) -> Vec<u8> {
    [b"Y", place].concat()
}

/// A table whose deletion ends at a time, in milliseconds since 1970: by time.
#[must_use]
pub fn deletion(millis: u64, region: &str, name: &str) -> Vec<u8> {
    [&b"d"[..], &millis.to_be_bytes(), region.as_bytes(), &[0], name.as_bytes()].concat()
}

/// What every backup is kept under, before its id and its table's name.
pub const BACKUPS: u8 = b'b';

/// A backup: ids begin with a time, so that backups lie in the order they were made.
#[must_use]
pub fn backup(id: &str, table: &str) -> Vec<u8> {
    [&[BACKUPS], id.as_bytes(), b"/", table.as_bytes()].concat()
}

/// What every export is kept under, before its id and its table's name.
pub const EXPORTS: u8 = b'E';

/// An export: ids begin with a time, so that exports lie in the order they began.
#[must_use]
pub fn export(id: &str, table: &str) -> Vec<u8> {
    [&[EXPORTS], id.as_bytes(), b"/", table.as_bytes()].concat()
}

/// What every import is kept under, before its id and its table's name.
pub const IMPORTS: u8 = b'j';

/// An import: as backups are.
#[must_use]
pub fn import(id: &str, table: &str) -> Vec<u8> {
    [&[IMPORTS], id.as_bytes(), b"/", table.as_bytes()].concat()
}

/// What every bulk operation is kept under, before its id and its table's name.
pub const BULKS: u8 = b'z';

/// A bulk operation: as backups are.
#[must_use]
pub fn bulk(id: &str, table: &str) -> Vec<u8> {
    [&[BULKS], id.as_bytes(), b"/", table.as_bytes()].concat()
}

/// A bulk operation that goes on, by its number.
#[must_use]
pub fn running_bulk(number: u32) -> [u8; 5] {
    prefixed(b'o', number)
}

/// What all that a bulk operation is to put begins with.
#[must_use]
pub fn bulk_entries(number: u32) -> [u8; 5] {
    prefixed(b'y', number)
}

/// Something that a bulk operation is to put, by its place.
#[must_use]
pub fn bulk_entry(number: u32, place: u64) -> Vec<u8> {
    [&bulk_entries(number)[..], &place.to_be_bytes()].concat()
}

/// An item that expires at a time, in seconds since 1970: by time.
#[must_use]
pub fn expiry(seconds: u64, place: &[u8]) -> Vec<u8> {
    [&b"t"[..], &seconds.to_be_bytes(), place].concat()
}

/// A stream's bytes in keys: streams of one name are in the order in which they were enabled.
pub type StreamKey = [u8; 12];

/// The key of the stream that a table got at a time, in milliseconds since 1970.
#[must_use]
pub fn stream_key(table: TableNumber, since: u64) -> StreamKey {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&since.to_be_bytes());
    key[8..].copy_from_slice(&table.to_be_bytes());
    key
}

/// What every stream's description is kept under, before its table's region and name.
pub const STREAMS: u8 = b'u';

/// What the descriptions of all streams of a region begin with.
#[must_use]
pub fn streams_of(region: &str) -> Vec<u8> {
    [&[STREAMS], region.as_bytes(), &[0]].concat()
}

/// What the descriptions of all streams of a region's tables of a name begin with.
#[must_use]
pub fn streams(region: &str, name: &str) -> Vec<u8> {
    [&[STREAMS], region.as_bytes(), &[0], name.as_bytes(), &[0]].concat()
}

/// A stream's description.
#[must_use]
pub fn stream(region: &str, name: &str, stream: StreamKey) -> Vec<u8> {
    [streams(region, name).as_slice(), &stream].concat()
}

/// What of a stream is being written.
#[must_use]
pub fn stream_head(stream: StreamKey) -> Vec<u8> {
    [&b"v"[..], &stream].concat()
}

/// What all of a stream's shards begin with.
#[must_use]
pub fn shards(stream: StreamKey) -> Vec<u8> {
    [&b"h"[..], &stream].concat()
}

/// A shard.
#[must_use]
pub fn shard(stream: StreamKey, shard: u64) -> Vec<u8> {
    [&b"h"[..], &stream, &shard.to_be_bytes()].concat()
}

/// What all records of all of a stream's shards begin with.
#[must_use]
pub fn all_records(stream: StreamKey) -> Vec<u8> {
    [&b"w"[..], &stream].concat()
}

/// What all of a shard's records begin with.
#[must_use]
pub fn records(stream: StreamKey, shard: u64) -> Vec<u8> {
    [&b"w"[..], &stream, &shard.to_be_bytes()].concat()
}

/// A record, by its number.
#[must_use]
pub fn record(stream: StreamKey, shard: u64, number: u64) -> Vec<u8> {
    [&b"w"[..], &stream, &shard.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// What all of a table's items begin with.
#[must_use]
pub fn items(table: TableNumber) -> [u8; 5] {
    prefixed(b'i', table)
}

/// What all entries of a table's index begin with.
#[must_use]
pub fn entries(table: TableNumber, index: u8) -> [u8; 6] {
    let [kind, a, b, c, d] = entries_of_all(table);
    [kind, a, b, c, d, index]
}

/// What all entries of all of a table's indexes begin with.
#[must_use]
pub fn entries_of_all(table: TableNumber) -> [u8; 5] {
    prefixed(b'x', table)
}

/// What all notes of what a table's items were begin with.
#[must_use]
pub fn past(table: TableNumber) -> [u8; 5] {
    prefixed(b'e', table)
}

/// A note of what an item was before it was written in a second of those since 1970; the place
/// without what all items of its table begin with.
#[must_use]
pub fn past_of(table: TableNumber, seconds: u64, place: &[u8]) -> Vec<u8> {
    [&past(table)[..], &seconds.to_be_bytes(), place].concat()
}

/// Whether what is kept under a key is JSON, or nothing. Entries of vector indexes are not, and
/// those of other indexes are copies.
#[must_use]
pub fn is_json(key: &[u8]) -> bool {
    key.first().is_some_and(|kind| b"cibkue".contains(kind))
}

/// The first key after all that begin with `prefix`; `None` if there is none.
#[must_use]
pub fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut next = prefix[..=last].to_vec();
    next[last] += 1;
    Some(next)
}

fn prefixed(kind: u8, table: TableNumber) -> [u8; 5] {
    let [a, b, c, d] = table.to_be_bytes();
    [kind, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_prefix_is_greater_than_all_that_begin_with_it() {
        assert_eq!(after(b"ab").as_deref(), Some(&b"ac"[..]));
        assert_eq!(after(&[1, 255, 255]).as_deref(), Some(&[2][..]));
        assert_eq!(after(&[255]), None);
        assert!(items(7).to_vec() < after(&items(7)).unwrap());
        assert_eq!(after(&items(7)).unwrap(), items(8));
    }
}
