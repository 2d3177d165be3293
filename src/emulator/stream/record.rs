//! A record: what became of an item, as readers get it.

use bytes::Bytes;

use super::{last_word, of_prefix};
use crate::{
    emulator::{
        md5,
        table::{Table, seconds},
    },
    storage::{
        Direction, Read, StoreError,
        layout::{self, StreamKey},
    },
    value::{
        Item,
        encode::{self, NumberOrder},
        size,
    },
    wire::json::Writer,
};

/// A record.
#[derive(Clone, Debug)]
pub(in crate::emulator) struct Record {
    /// Its number.
    pub(in crate::emulator) number: u64,
    /// When it was written, in milliseconds since 1970.
    pub(in crate::emulator) time: u64,
    /// SizeBytes
    pub(in crate::emulator) bytes: usize,
    text: Bytes,
}

/// The time and the size that the store has before a record's text.
const BEFORE: usize = 16;

/// A number as the service writes it: of 21 to 40 digits (the API model), and in the order of the
/// numbers read as text (aws-facts 9).
pub(in crate::emulator) fn sequence(number: u64) -> String {
    format!("1{number:020}")
}

/// The number that was written so; `None` if it was not.
pub(in crate::emulator) fn number_of(sequence: &str) -> Option<u64> {
    let digits = sequence.strip_prefix('1').filter(|digits| digits.len() == 20)?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The number of a shard's last record.
pub(super) fn last(
    store: &dyn Read,
    stream: StreamKey,
    shard: u64,
) -> Result<Option<u64>, StoreError> {
    let prefix = layout::records(stream, shard);
    let pairs = of_prefix(store, &prefix, None, Direction::Backward, 1)?;
    Ok(pairs.first().map(|pair| last_word(&pair.key)))
}

impl Record {
    /// Records of a shard from a number on.
    pub(in crate::emulator) fn some(
        store: &dyn Read,
        stream: StreamKey,
        shard: u64,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Self>, StoreError> {
        let prefix = layout::records(stream, shard);
        let after = from.checked_sub(1).map(|last| layout::record(stream, shard, last));
        let pairs = of_prefix(store, &prefix, after.as_deref(), Direction::Forward, limit)?;
        let record = |pair: &crate::storage::Pair| {
            let words = super::words(pair.value.get(..BEFORE)?);
            Some(Self {
                number: last_word(&pair.key),
                time: *words.first()?,
                bytes: usize::try_from(*words.get(1)?).ok()?,
                text: pair.value.slice(BEFORE..),
            })
        };
        Ok(pairs.iter().filter_map(record).collect())
    }

    /// The record as JSON.
    pub(in crate::emulator) fn json(&self) -> &[u8] {
        &self.text
    }
}

/// What a record is written from, besides the item.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) table: &'a Table,
    pub(super) stream: StreamKey,
    pub(super) number: u64,
    pub(super) now: u64,
    /// Whether the item's time to live was over.
    pub(super) expired: bool,
}

impl View<'_> {
    /// The record as the store has it. Its members are in alphabetical order, as a table's are
    /// (wire-facts 6; of records, inferred).
    pub(super) fn record(self, old: Option<&Item>, new: Option<&Item>) -> Bytes {
        let kind = self.table.definition.stream.as_ref().and_then(|(_, kind)| kind.as_deref());
        let kind = kind.unwrap_or("KEYS_ONLY");
        let keys = self.keys(old.or(new));
        let new_image = new.filter(|_| matches!(kind, "NEW_IMAGE" | "NEW_AND_OLD_IMAGES"));
        let old_image = old.filter(|_| matches!(kind, "OLD_IMAGE" | "NEW_AND_OLD_IMAGES"));
        // The sum of all that is there, the keys counted again in each image (three recordings of
        // LocalStack's tests, us-east-1, 2024 and 2025).
        let images = [Some(&keys), new_image, old_image];
        let bytes: usize = images.into_iter().flatten().map(size::item).sum();
        let event = match (old, new) {
            (None, _) => "INSERT",
            (Some(_), Some(_)) => "MODIFY",
            (Some(_), None) => "REMOVE",
        };
        let mut json = Writer::new();
        json.object(|json| {
            json.text("awsRegion", self.table.arn.split(':').nth(3).unwrap_or_default());
            json.key("dynamodb");
            json.object(|json| {
                json.key("ApproximateCreationDateTime");
                // Whole seconds (the aws-cli's and botocore's examples).
                json.raw(seconds(self.now / 1000 * 1000).as_bytes());
                item(json, "Keys", Some(&keys));
                item(json, "NewImage", new_image);
                item(json, "OldImage", old_image);
                json.text("SequenceNumber", &sequence(self.number));
                json.key("SizeBytes");
                json.number(bytes);
                json.text("StreamViewType", kind);
            });
            json.text("eventID", &self.event_id());
            json.text("eventName", event);
            json.text("eventSource", "aws:dynamodb");
            json.text("eventVersion", "1.1");
            if self.expired {
                // Spelled as in the API model, without which no SDK would find it (aws-facts 9
                // leaves it open).
                json.key("userIdentity");
                json.object(|json| {
                    json.text("PrincipalId", "dynamodb.amazonaws.com");
                    json.text("Type", "Service");
                });
            }
        });
        let before = [self.now, bytes as u64];
        let mut record: Vec<u8> = before.into_iter().flat_map(u64::to_be_bytes).collect();
        record.extend(json.into_bytes());
        record.into()
    }

    fn keys(self, of: Option<&Item>) -> Item {
        let mut keys = Item::new();
        for attribute in self.table.key.attributes() {
            if let Some(value) = of.and_then(|item| item.get(&attribute.name)) {
                keys.insert(&*attribute.name, value.clone());
            }
        }
        keys
    }

    /// 32 hexadecimal digits, of this record alone (aws-facts 9).
    fn event_id(self) -> String {
        let number = self.number.to_be_bytes();
        let digest = md5::digest(&[b"event", self.table.id.as_bytes(), &self.stream, &number]);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Number sets are in images as Java lists them (aws-facts 3.11).
fn item(json: &mut Writer, name: &str, item: Option<&Item>) {
    let Some(item) = item else { return };
    let mut out = Vec::with_capacity(128);
    encode::item_in(NumberOrder::Hashed, item, &mut out);
    json.key(name);
    json.raw(&out);
}
