//! GetShardIterator: a place in a shard to read from.

use std::borrow::Cow;

use super::{Op, stream_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        stream::{self, Shard, ShardIterator},
    },
    storage::Read,
    wire::{
        Fault, Operation,
        json::{Kind, Writer},
    },
};

/// The operation.
pub(super) struct GetShardIterator;

const RULES: &[Rule] = &[
    stream_arn::ARN,
    Rule::older("ShardId", &[Limit::Required, Limit::Shortest(28), Limit::Longest(65)]),
    Rule::older("ShardIteratorType", &[Limit::Required]),
];

/// What is asked.
pub(super) struct Input<'a> {
    arn: Cow<'a, str>,
    shard: Cow<'a, str>,
    from: From,
}

/// Where to read from.
enum From {
    Oldest,
    Latest,
    /// The record of this number: `None` is a text that is no number of a record.
    At(Option<u64>),
    /// The one after it.
    After(Option<u64>),
    /// The first of this time, in milliseconds since 1970, or later.
    Time(u64),
}

impl Op for GetShardIterator {
    const OPERATION: Operation = Operation::GetShardIterator;
    const MEMBERS: &'static [Member] = &[
        Member("StreamArn", Shape::Text),
        Member("ShardId", Shape::Text),
        Member("ShardIteratorType", Shape::Text),
        Member("SequenceNumber", Shape::Text),
        // A time is a number of seconds, which `From::read` reads.
        Member("Timestamp", Shape::Ignored),
    ];
    type Input<'a> = Input<'a>;
    type Output = ShardIterator;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(Input {
            arn: stream_arn::arn(sent),
            shard: sent.text("ShardId").unwrap_or_default(),
            from: From::read(sent)?,
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<ShardIterator, Fault> {
        let stream = stream_arn::find(emulator, caller, &input.arn)?;
        let store = emulator.store.read()?;
        let shard = Shard::called(&*store, stream.stream, &input.shard)?
            .ok_or_else(|| stream_arn::no_shard(&input.arn, &input.shard))?;
        let end = match shard.closed {
            Some((_, end)) => end + 1,
            None => stream::next_number(&*store, stream.stream)?,
        };
        let position = input.from.position(&*store, (stream.stream, &shard), end)?;
        let made = emulator.now();
        Ok(ShardIterator { arn: stream.arn, shard: shard.id, position, made })
    }

    fn encode(iterator: ShardIterator, json: &mut Writer) {
        json.key("ShardIterator");
        json.string(&iterator.text());
    }
}

impl From {
    /// Sentences: aws-facts 9; of Timestamp, inferred from those of SequenceNumber.
    fn read(sent: &Sent<'_>) -> Result<Self, Fault> {
        let invalid = |text: &str| {
            Fault::validation(format!("One or more parameter values were invalid: {text}"))
        };
        let number = sent.text("SequenceNumber");
        let length = number.as_deref().map(|number| number.encode_utf16().count());
        let limit = match length {
            Some(..21) => Some("greater than or equal to 21"),
            Some(41..) => Some("less than or equal to 40"),
            _ => None,
        };
        if let Some(limit) = limit {
            return Err(rule::together(&[format!(
                "Value at 'sequenceNumber' failed to satisfy constraint: Member must have length \
                 {limit}"
            )]));
        }
        let kind = sent.text("ShardIteratorType").unwrap_or_default();
        let at = || {
            let number = number.as_deref().ok_or_else(|| invalid("SequenceNumber cannot be null"));
            number.map(stream::number_of)
        };
        let from = match &*kind {
            "TRIM_HORIZON" => Self::Oldest,
            "LATEST" => Self::Latest,
            "AT_TIMESTAMP" => Self::Time(match sent.get("Timestamp") {
                None => return Err(invalid("Timestamp cannot be null")),
                Some(time) if time.kind() == Kind::Number => {
                    let seconds: f64 = time.as_number().unwrap_or_default().parse().unwrap_or(0.0);
                    // Saturates; nobody means a time before 1970.
                    (seconds * 1000.0) as u64
                }
                Some(_) => return Err(Fault::bare("SerializationException")),
            }),
            "AT_SEQUENCE_NUMBER" => return at().map(Self::At),
            "AFTER_SEQUENCE_NUMBER" => return at().map(Self::After),
            other => {
                return Err(Fault::validation(format!("Invalid ShardIteratorType: {other}")));
            }
        };
        match number {
            None => Ok(from),
            Some(_) => Err(invalid("SequenceNumber should not be passed for this iterator type")),
        }
    }

    /// The number of the first record to read; `end` is the next that the shard gets, or would.
    fn position(
        &self,
        store: &dyn Read,
        (stream, shard): (crate::storage::layout::StreamKey, &Shard),
        end: u64,
    ) -> Result<u64, Fault> {
        let (number, next) = match self {
            Self::Oldest => return Ok(shard.low),
            Self::Latest => return Ok(end),
            Self::Time(time) => {
                return Ok(shard.position_at(store, stream, *time)?.unwrap_or(end));
            }
            Self::At(number) => (number, 0),
            Self::After(number) => (number, 1),
        };
        // aws-facts 9; that a number not given yet is one that cannot be, inferred.
        let number = number.filter(|number| (shard.start..end).contains(number));
        let number =
            number.ok_or_else(|| Fault::validation("Invalid SequenceNumber for the shard"))?;
        if number < shard.low { Err(stream_arn::trimmed()) } else { Ok(number + next) }
    }
}
