//! DescribeStream: a stream and its shards, page by page.

use std::borrow::Cow;

use super::{Op, stream_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        stream::{Description, Shard},
        table::seconds,
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct DescribeStream;

const FILTER: Shape =
    Shape::Structure("ShardFilter", &[Member("Type", Shape::Text), Member("ShardId", Shape::Text)]);

/// Constraints: the API model; at most a hundred: the API's documentation.
const RULES: &[Rule] = &[
    stream_arn::ARN,
    Rule::older("Limit", &[Limit::Least(1), Limit::Most(100)]),
    Rule::older("ExclusiveStartShardId", stream_arn::SHARD),
    Rule::within(
        "ShardFilter",
        &[],
        &[
            Rule::older("Type", &[Limit::OneOf(&["CHILD_SHARDS"])]),
            Rule::older("ShardId", stream_arn::SHARD),
        ],
    ),
];

/// What is asked.
pub(super) struct Input<'a> {
    arn: Cow<'a, str>,
    limit: usize,
    start: Option<Cow<'a, str>>,
    /// Children of this shard only.
    parent: Option<Cow<'a, str>>,
}

/// The stream, the shards of one page, and whether there are more.
pub(super) struct Output {
    stream: Description,
    shards: Vec<Shard>,
    more: bool,
    now: u64,
}

impl Op for DescribeStream {
    const OPERATION: Operation = Operation::DescribeStream;
    const MEMBERS: &'static [Member] = &[
        Member("StreamArn", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("ExclusiveStartShardId", Shape::Text),
        Member("ShardFilter", FILTER),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        let filter = sent.structure("ShardFilter");
        let part = |name| filter.as_ref().and_then(|filter| filter.text(name));
        let parent = match (part("Type"), part("ShardId")) {
            (Some(_), Some(parent)) => Some(parent),
            (None, None) => None,
            // A filter of one half filters nothing that could be told: the words are inferred.
            _ => {
                return Err(Fault::validation(
                    "One or more parameter values were invalid: ShardFilter must have both Type \
                     and ShardId",
                ));
            }
        };
        Ok(Input {
            arn: stream_arn::arn(sent),
            limit: stream_arn::limit(sent, 100),
            start: sent.text("ExclusiveStartShardId"),
            parent,
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let stream = stream_arn::find(emulator, caller, &input.arn)?;
        let store = emulator.store.read()?;
        let mut shards = Shard::all(&*store, stream.stream)?;
        let name = |id| Shard::name(stream.stream, id);
        if let Some(parent) = &input.parent {
            shards.retain(|shard| shard.parent.map(name).as_deref() == Some(parent));
        }
        // By name, for the shard of the last page may be gone.
        if let Some(start) = &input.start {
            shards.retain(|shard| *name(shard.id) > **start);
        }
        let more = shards.len() > input.limit;
        shards.truncate(input.limit);
        Ok(Output { stream, shards, more, now: emulator.now() })
    }

    /// Members in alphabetical order, as a table's are (wire-facts 6; of streams, inferred).
    fn encode(output: Output, json: &mut Writer) {
        let Output { stream, shards, more, now } = output;
        json.key("StreamDescription");
        json.object(|json| {
            json.key("CreationRequestDateTime");
            json.raw(seconds(stream.since()).as_bytes());
            json.key("KeySchema");
            json.array(|json| {
                for (name, role) in &stream.key {
                    json.object(|json| {
                        json.key("AttributeName");
                        json.string(name);
                        json.key("KeyType");
                        json.string(role);
                    });
                }
            });
            if let (Some(last), true) = (shards.last(), more) {
                json.key("LastEvaluatedShardId");
                json.string(&Shard::name(stream.stream, last.id));
            }
            json.key("Shards");
            json.array(|json| shards.iter().for_each(|shard| write(&stream, shard, json)));
            for (name, text) in [
                ("StreamArn", &*stream.arn),
                ("StreamLabel", &stream.label),
                ("StreamStatus", stream.status(now).name()),
                ("StreamViewType", &stream.view),
                ("TableName", &stream.table),
            ] {
                json.key(name);
                json.string(text);
            }
        });
    }
}

fn write(stream: &Description, shard: &Shard, json: &mut Writer) {
    json.object(|json| {
        if let Some(parent) = shard.parent {
            json.key("ParentShardId");
            json.string(&Shard::name(stream.stream, parent));
        }
        json.key("SequenceNumberRange");
        json.object(|json| {
            let (start, end) = shard.range();
            if let Some(end) = end {
                json.key("EndingSequenceNumber");
                json.string(&end);
            }
            json.key("StartingSequenceNumber");
            json.string(&start);
        });
        json.key("ShardId");
        json.string(&Shard::name(stream.stream, shard.id));
    });
}
