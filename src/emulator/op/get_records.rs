//! GetRecords: what was written, from a place in a shard on.

use std::borrow::Cow;

use super::{Op, stream_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        stream::{Record, Shard, ShardIterator},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct GetRecords;

/// Constraints: the API model; at most a thousand: aws-facts 9.
const RULES: &[Rule] = &[
    Rule::older("ShardIterator", &[Limit::Required, Limit::Shortest(1), Limit::Longest(2048)]),
    Rule::older("Limit", &[Limit::Least(1), Limit::Most(MOST as i64)]),
];

/// How many records are answered at most (aws-facts 9).
const MOST: usize = 1000;

/// How large they are together at most: the API's documentation.
const BYTES: usize = 1 << 20;

/// What is asked.
pub(super) struct Input<'a> {
    iterator: Cow<'a, str>,
    limit: usize,
}

/// The records, and where to read on; `None` at the end of a shard that is closed.
pub(super) struct Output {
    records: Vec<Record>,
    next: Option<ShardIterator>,
}

impl Op for GetRecords {
    const OPERATION: Operation = Operation::GetRecords;
    const MEMBERS: &'static [Member] =
        &[Member("ShardIterator", Shape::Text), Member("Limit", Shape::Integer)];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(Input {
            iterator: sent.text("ShardIterator").unwrap_or_default(),
            limit: stream_arn::limit(sent, MOST),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        // aws-facts 9.
        let iterator = ShardIterator::read(&input.iterator)
            .ok_or_else(|| Fault::validation("Invalid shard iterator"))?;
        if iterator.is_over(emulator.now()) {
            // The error's documentation, word by word.
            return Err(Fault::new(
                "ExpiredIteratorException",
                "The shard iterator has expired and can no longer be used to retrieve stream \
                 records.",
            ));
        }
        let stream = stream_arn::find(emulator, caller, &iterator.arn)?.stream;
        let store = emulator.store.read()?;
        let shard =
            Shard::read(&*store, stream, iterator.shard)?.ok_or_else(stream_arn::trimmed)?;
        if iterator.position < shard.low {
            return Err(stream_arn::trimmed());
        }
        let mut records = Record::some(&*store, stream, shard.id, iterator.position, input.limit)?;
        let mut bytes = 0;
        let fits = records.iter().take_while(|record| {
            bytes += record.bytes;
            bytes <= BYTES
        });
        // A record that alone is too large would never be read.
        let count = fits.count().max(1);
        records.truncate(count);
        let position = records.last().map_or(iterator.position, |last| last.number + 1);
        let next = ShardIterator { position, made: emulator.now(), ..iterator };
        let is_at_end = shard.closed.is_some_and(|(_, end)| position > end || records.is_empty());
        Ok(Output { records, next: (!is_at_end).then_some(next) })
    }

    fn encode(output: Output, json: &mut Writer) {
        if let Some(next) = &output.next {
            json.key("NextShardIterator");
            json.string(&next.text());
        }
        json.key("Records");
        json.array(|json| output.records.iter().for_each(|record| json.raw(record.json())));
    }
}
