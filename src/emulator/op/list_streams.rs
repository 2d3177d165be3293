//! ListStreams: the streams of a table, or of all, enabled or disabled within a day.

use std::borrow::Cow;

use super::{Op, stream_arn};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        stream::{Description, streams_after},
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct ListStreams;

/// Constraints: the API model; at most a hundred: the API's documentation.
const RULES: &[Rule] = &[
    Rule::older("TableName", &[Limit::Name, Limit::Shortest(3), Limit::Longest(255)]),
    Rule::older("Limit", &[Limit::Least(1), Limit::Most(100)]),
    Rule::older("ExclusiveStartStreamArn", &[Limit::Shortest(37), Limit::Longest(1024)]),
];

/// What is asked.
pub(super) struct Input<'a> {
    table: Option<Cow<'a, str>>,
    start: Option<Cow<'a, str>>,
    limit: usize,
}

/// The streams of one page, and whether there are more.
pub(super) struct Output {
    streams: Vec<Description>,
    more: bool,
}

impl Op for ListStreams {
    const OPERATION: Operation = Operation::ListStreams;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("ExclusiveStartStreamArn", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Output;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        Ok(Input {
            table: sent.text("TableName"),
            start: sent.text("ExclusiveStartStreamArn"),
            limit: stream_arn::limit(sent, 100),
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Output, Fault> {
        let (table, start) = (input.table.as_deref(), input.start.as_deref());
        let store = emulator.store.read()?;
        let mut streams =
            streams_after(&*store, &caller.region, table, start, input.limit + 1, emulator.now())?;
        let more = streams.len() > input.limit;
        streams.truncate(input.limit);
        Ok(Output { streams, more })
    }

    fn encode(output: Output, json: &mut Writer) {
        if let (Some(last), true) = (output.streams.last(), output.more) {
            json.key("LastEvaluatedStreamArn");
            json.string(&last.arn);
        }
        json.key("Streams");
        json.array(|json| {
            for stream in &output.streams {
                json.object(|json| {
                    json.key("StreamArn");
                    json.string(&stream.arn);
                    json.key("StreamLabel");
                    json.string(&stream.label);
                    json.key("TableName");
                    json.string(&stream.table);
                });
            }
        });
    }
}
