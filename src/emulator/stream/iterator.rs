//! Where a reader is in a shard: text that only the emulator that made it can read.

use crate::{emulator::md5, value::base64};

/// How long it can be used, in milliseconds (the documentation of GetShardIterator).
const LIFE: u64 = 15 * 60_000;

/// A place in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct ShardIterator {
    /// The stream's ARN.
    pub(in crate::emulator) arn: String,
    /// The shard's id.
    pub(in crate::emulator) shard: u64,
    /// The number of the first record that was not read.
    pub(in crate::emulator) position: u64,
    /// When it was made, in milliseconds since 1970.
    pub(in crate::emulator) made: u64,
}

impl ShardIterator {
    /// As the service writes it: the ARN, and what is nobody's business (the aws-cli's example).
    pub(in crate::emulator) fn text(&self) -> String {
        let words = [self.shard, self.position, self.made].map(u64::to_be_bytes).concat();
        let seal = seal(&self.arn, &words);
        format!("{}|1|{}", self.arn, base64::text(&[words, seal].concat()))
    }

    /// Reads what [`ShardIterator::text`] wrote, and nothing else.
    pub(in crate::emulator) fn read(text: &str) -> Option<Self> {
        let (arn, rest) = text.split_once("|1|")?;
        let bytes = base64::decode(rest).ok()?;
        let (words, found) = bytes.split_at_checked(24)?;
        let [shard, position, made] = super::words(words).try_into().ok()?;
        let arn = arn.to_owned();
        (found == seal(&arn, words)).then_some(Self { arn, shard, position, made })
    }

    /// Whether it was made too long ago.
    pub(in crate::emulator) const fn is_over(&self, now: u64) -> bool {
        now >= self.made.saturating_add(LIFE)
    }
}

/// Binds the place to the stream: another ARN before it makes it no iterator.
fn seal(arn: &str, words: &[u8]) -> Vec<u8> {
    md5::digest(&[b"iterator", arn.as_bytes(), words]).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iterator_is_read_whole_or_not_at_all() {
        let iterator = ShardIterator { arn: "arn:a".into(), shard: 1, position: 2, made: 3 };
        let text = iterator.text();
        assert_eq!(ShardIterator::read(&text), Some(iterator));
        for wrong in [text.replace("arn:a", "arn:b"), text[..text.len() - 4].into(), "x".into()] {
            assert_eq!(ShardIterator::read(&wrong), None, "{wrong}");
        }
    }
}
