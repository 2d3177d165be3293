//! Scan: all items of a table or index, page by page, or one segment of them.
//!
//! Where Scan is on the newer layer, number sets are in ascending order; elsewhere they are in the
//! order of a hash set (aws-facts 3.11, 2026-10-09).

use super::{Op, single};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        expression::{self, Naming, Reader, Taking},
        fault::Manner,
        key::{self, KeyError},
        legacy::{self, Conditions},
        page::Range,
        read::{self, Outcome, ReadError, Reading, Source},
        rule::{self, Limit, Rule, Stages},
        shape::{Member, Sent, Shape},
    },
    expr::ExpressionKind,
    storage::{Direction, layout},
    value::{Item, Layer, ValueError, ValueErrorKind},
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct Scan;

const SEGMENT: &[Limit] = &[Limit::Least(0), Limit::Most(999_999)];
const SEGMENTS: &[Limit] = &[Limit::Least(1), Limit::Most(1_000_000)];

/// aws-facts 1.8, 5.9 (eu-west-2 and eu-central-1, 2026-10-20).
const STAGES: Stages = Stages {
    newer: &[
        &[
            Rule::newer("Limit", &[Limit::Least(1)]),
            Rule::newer("Segment", SEGMENT),
            Rule::newer("TotalSegments", SEGMENTS),
            rule::EMPTY_TABLE_NAME,
        ],
        &[rule::TABLE_NAME, rule::CAPACITY, read_rules::ATTRIBUTES],
    ],
    older: &[
        &[
            read_rules::SELECT,
            Rule::older("TotalSegments", SEGMENTS),
            rule::CAPACITY,
            read_rules::PRESENT,
            Rule::older("ConditionalOperator", &[Limit::OneOf(&["OR", "AND"])]),
            Rule::older("ScanFilter", legacy::OPERATORS),
            Rule::older("Segment", SEGMENT),
            Rule::older("Limit", &[Limit::Least(1)]),
        ],
        &[rule::WHOLE_TABLE_NAME, read_rules::ATTRIBUTES],
    ],
};

/// Rules that Query and Scan share.
pub(super) mod read_rules {
    use crate::emulator::rule::{Limit, Rule};

    /// `AttributesToGet`; where it stands among the others is inferred.
    pub(in crate::emulator::op) const ATTRIBUTES: Rule =
        Rule::older("AttributesToGet", &[Limit::Shortest(1)]);

    /// `TableName` among the members that the older layer lists.
    pub(in crate::emulator::op) const PRESENT: Rule =
        Rule::older("TableName", &[Limit::Required, Limit::Shortest(1)]);

    /// `Select` (aws-facts 1.6).
    pub(in crate::emulator::op) const SELECT: Rule = Rule::older(
        "Select",
        &[Limit::OneOf(&[
            "SPECIFIC_ATTRIBUTES",
            "COUNT",
            "ALL_ATTRIBUTES",
            "ALL_PROJECTED_ATTRIBUTES",
        ])],
    );
}

const TAKING: Taking = Taking {
    manner: Manner::Bare,
    names_in: &["ProjectionExpression", "FilterExpression"],
    values_in: &["FilterExpression"],
    without: ": FilterExpression is null",
    names_structure: true,
    names_unset: Naming::Never,
};

/// What is asked.
pub(super) struct Input<'a> {
    reading: Reading<'a>,
    /// The segment, and of how many.
    segment: Option<(u32, u32)>,
}

impl Op for Scan {
    const OPERATION: Operation = Operation::Scan;
    const MEMBERS: &'static [Member] = &[
        Member("TableName", Shape::Text),
        Member("IndexName", Shape::Text),
        Member("FilterExpression", Shape::Text),
        Member("ProjectionExpression", Shape::Text),
        Member("ExpressionAttributeNames", single::NAMES),
        Member("ExpressionAttributeValues", Shape::Values),
        Member("Select", Shape::Text),
        Member("Limit", Shape::Integer),
        Member("Segment", Shape::Integer),
        Member("TotalSegments", Shape::Integer),
        Member("ExclusiveStartKey", Shape::Values),
        Member("ConsistentRead", Shape::Boolean),
        Member("ReturnConsumedCapacity", Shape::Text),
        Member("AttributesToGet", Shape::Texts),
        Member("ScanFilter", legacy::CONDITIONS),
        Member("ConditionalOperator", Shape::Text),
    ];
    type Input<'a> = Input<'a>;
    type Output = Outcome;

    fn decode<'a>(sent: &Sent<'a>, validation: Validation) -> Result<Input<'a>, Fault> {
        const MANNER: Manner = Manner::Bare;
        let deployed = validation.layer(Self::OPERATION);
        let mut reader = Reader::on(deployed);
        let start = reader.start_key(sent.get("ExclusiveStartKey"))?;
        let named = single::named(&mut reader, sent)?;
        if deployed == Layer::Older {
            // aws-facts 3.7.
            reader.allow_levels(32);
        }
        let old_filter = Conditions::read(&mut reader, sent.get("ScanFilter"))?;
        let coerced = ["Limit", "Segment", "TotalSegments"]
            .iter()
            .any(|member| sent.integer(member).is_some_and(|read| read.coerced));
        if coerced || old_filter.lacks_operator() || !sent.has("TableName") {
            reader.fall_back();
        }
        rule::check(sent, STAGES.on(reader.members()))?;
        let layer = reader.layer();
        // The older layer tells it of a start key with the prefix (aws-facts 5.7).
        if layer == Layer::Newer {
            reader.refuse_unnamed(MANNER)?;
        }
        let legacy = ["AttributesToGet", "ScanFilter", "ConditionalOperator"];
        legacy::refuse_mixed(sent, MANNER, &legacy, TAKING.names_in)?;
        let legacy_filter = old_filter.join(sent, MANNER, layer)?.filter()?;
        let attributes = legacy::projection(sent)?;
        // The newer layer tells depth without the prefix below 63 levels (aws-facts 3.7); that it
        // has it from there on is inferred.
        let deep = |error: &ValueError| matches!(error.kind, ValueErrorKind::TooDeep(63..));
        let prefixed = layer == Layer::Older || matches!(&start, Some(Err(error)) if deep(error));
        let start = read::start(start, layer, prefixed)?;
        let expressions = named.check(sent, TAKING, layer)?;
        let mut expressions = expressions.in_halves(validation.older_sentences());
        let filter = sent.text("FilterExpression");
        let filter = expressions.condition(ExpressionKind::Filter, filter.as_deref());
        let filter = filter.map_err(|error| expressions.refuse_measured(&error))?;
        let projection = expressions.projection(sent.text("ProjectionExpression").as_deref());
        let projection = projection.map_err(|error| expressions.refuse(&error))?;
        rule::check(sent, &[&[read_rules::SELECT]])?;
        let (filter, projection) = (filter.or(legacy_filter), projection.or(attributes));
        // aws-facts 5.5.
        let manner = match layer {
            Layer::Newer => Manner::Enveloped,
            Layer::Older => Manner::Bare,
        };
        let reading = Reading::read(sent, &expressions, filter, projection, start, manner)?;
        let reading = Reading { numbers: validation.number_order(Self::OPERATION), ..reading };
        Ok(Input { reading, segment: segment(sent)? })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Outcome, Fault> {
        let reading = &input.reading;
        let store = emulator.store.read()?;
        let source = reading.source(emulator, caller, &*store, ReadError::VectorScan)?;
        reading.check_projected(&source)?;
        if let Some(start) = &reading.start {
            check_start(&source, start, emulator.settings.validation.layer(Self::OPERATION))?;
        }
        if let Some(filter) = &reading.filter {
            let checked = source.check_filter(filter);
            checked.map_err(|error| expression::refuse(Manner::Bare, &error))?;
        }
        let prefix = source.prefix();
        let end = layout::after(&prefix);
        let range = match input.segment {
            None => Range { from: prefix, to: end },
            Some((number, of)) => {
                let (from, to) = key::segment(number, of);
                let to = to.map(|to| [&prefix[..], &to].concat()).or(end);
                Range { from: [&prefix[..], &from].concat(), to }
            }
        };
        reading.run(emulator, &*store, source, (&range, None), Direction::Forward)
    }

    fn encode(outcome: Outcome, json: &mut Writer) {
        outcome.encode(json);
    }
}

/// aws-facts 5.8.
fn segment(sent: &Sent<'_>) -> Result<Option<(u32, u32)>, Fault> {
    let number = |name| sent.integer(name).and_then(|read| u32::try_from(read.value).ok());
    match (number("Segment"), number("TotalSegments")) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Fault::validation(
            "The TotalSegments parameter is required but was not present in the request when \
             Segment parameter is present",
        )),
        (None, Some(_)) => Err(Fault::validation(
            "The Segment parameter is required but was not present in the request when parameter \
             TotalSegments is present",
        )),
        (Some(number), Some(of)) if number >= of => Err(Fault::validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments",
        )),
        (Some(number), Some(of)) => Ok(Some((number, of))),
    }
}

/// On a table with indexes a key of the wrong type is told by the name of one (aws-facts 5.9).
fn check_start(source: &Source, start: &Item, layer: Layer) -> Result<(), Fault> {
    let table = &source.table;
    for (name, value) in start.iter() {
        let expected = table.definition.attribute(name);
        let holder = table.indexes.iter().find(|index| {
            index.key.attribute(name).is_some() && table.key.attribute(name).is_none()
        });
        let index = holder.or(source.index_of()).or(table.indexes.first());
        if let (Some(expected), Some(index)) = (expected, index)
            && expected != value.kind()
        {
            let (name, index) = (name.into(), index.name.clone());
            let actual = value.kind();
            return Err(KeyError::IndexType { name, expected, actual, index }.into());
        }
    }
    if !source.is_key(start) {
        return Err(match layer {
            Layer::Newer => ReadError::Start,
            Layer::Older => ReadError::StartMismatch,
        }
        .into());
    }
    for (name, value) in start.iter() {
        if let Some(kind) = key::emptiness(value) {
            return Err(KeyError::Empty { kind, name: name.into() }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, message, with_table},
    };

    fn filled() -> Emulator {
        let emulator = with_table();
        for at in 0..40 {
            ask(
                &emulator,
                "PutItem",
                &format!(
                    r#"{{"TableName":"table","Item":{{"pk":{{"S":"p{}"}},"sk":{{"N":"{at}"}}}}}}"#,
                    at % 7
                ),
            );
        }
        emulator
    }

    fn sort_keys(answer: &str) -> Vec<&str> {
        let parts = answer.split(r#""sk":{"N":""#).skip(1);
        parts.filter_map(|part| part.split('"').next()).collect()
    }

    #[test]
    fn pages_give_every_item_once() {
        let emulator = filled();
        let whole = ask(&emulator, "Scan", r#"{"TableName":"table"}"#);
        let (mut found, mut start) = (Vec::new(), String::new());
        loop {
            let page =
                ask(&emulator, "Scan", &format!(r#"{{"TableName":"table","Limit":9{start}}}"#));
            let (items, rest) = page.split_once(r#","LastEvaluatedKey":"#).unwrap_or((&page, ""));
            found.extend(sort_keys(items).into_iter().map(str::to_owned));
            let Some((last, _)) = rest.split_once(r#","ScannedCount""#) else { break };
            start = format!(r#","ExclusiveStartKey":{last}"#);
        }
        assert_eq!(found, sort_keys(&whole));
        assert_eq!(found.len(), 40);
    }

    #[test]
    fn segments_give_every_item_once() {
        let emulator = filled();
        let mut found: Vec<String> = Vec::new();
        for segment in 0..3 {
            let part = ask(
                &emulator,
                "Scan",
                &format!(r#"{{"TableName":"table","TotalSegments":3,"Segment":{segment}}}"#),
            );
            found.extend(sort_keys(&part).into_iter().map(str::to_owned));
        }
        let whole = ask(&emulator, "Scan", r#"{"TableName":"table"}"#);
        assert_eq!(found, sort_keys(&whole), "segments lie one after another");
    }

    #[test]
    fn a_page_ends_at_a_megabyte_read() {
        let emulator = with_table();
        let text = "x".repeat(300_000);
        for at in 0..5 {
            ask(
                &emulator,
                "PutItem",
                &format!(
                    r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"{at}"}},"x":{{"S":"{text}"}}}}}}"#
                ),
            );
        }
        let page = ask(
            &emulator,
            "Scan",
            r#"{"TableName":"table","FilterExpression":"attribute_not_exists(x)","ReturnConsumedCapacity":"TOTAL"}"#,
        );
        assert_eq!(
            page,
            r#"{"ConsumedCapacity":{"CapacityUnits":146.5,"TableName":"table"},"Count":0,"Items":[],"LastEvaluatedKey":{"pk":{"S":"a"},"sk":{"N":"3"}},"ScannedCount":4}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        // aws-facts 5.9, eu-west-2 and eu-central-1 2026-10-20.
        const START: &str = "The provided starting key is invalid";
        const LIMIT: &str = "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1";
        let emulator = with_table();
        for (more, text) in [
            (r#","Limit":0,"Segment":-1"#, format!("2 validation errors detected: {LIMIT}; Value at 'Segment' failed to satisfy constraint: Member must have value greater than or equal to 0")),
            (r#","Limit":0,"Select":"x""#, format!("1 validation error detected: {LIMIT}")),
            (r#","Limit":0.5"#, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1".into()),
            (r#","Segment":2147483648"#, "1 validation error detected: Value '2147483647' at 'segment' failed to satisfy constraint: Member must have value less than or equal to 999999".into()),
            (r#","Select":"x","Segment":5,"TotalSegments":5"#, "1 validation error detected: Value 'x' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]".into()),
            (r#","Segment":5,"TotalSegments":5,"ExclusiveStartKey":{}"#, "The Segment parameter is zero-based and must be less than parameter TotalSegments".into()),
            (r#","ExclusiveStartKey":{}"#, START.into()),
            (r#","ExclusiveStartKey":{"pk":{"N":"1"},"sk":{"N":"1"}},"IndexName":"gsi""#, "One or more parameter values were invalid: Type mismatch for Index Key pk Expected: S Actual: N IndexName: gsi".into()),
            (r#","IndexName":"gsi","Select":"ALL_ATTRIBUTES","ExclusiveStartKey":{}"#, "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index gsi because its projection type is not ALL".into()),
            (r#","IndexName":"gsi","ConsistentRead":true"#, "Consistent reads are not supported on global secondary indexes".into()),
            (r#","IndexName":"nope""#, "The table does not have the specified index: nope".into()),
            (r#","ExpressionAttributeValues":{":a":{"S":"a"}}"#, "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null".into()),
        ] {
            let request = format!(r#"{{"TableName":"table"{more}}}"#);
            assert_eq!(message(&emulator, "Scan", &request), text, "{request}");
        }
    }
}
