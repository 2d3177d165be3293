//! StartBulkPutItems: puts what stands in objects of a bucket in a table there is.

use super::{Op, existing_table_name, s3, table_name};
use crate::{
    emulator::{
        Emulator, Validation,
        bulk::{self, Bulk, Request},
        door::Caller,
        mirror,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape},
        source::{Format, Source},
    },
    storage::StoreError,
    wire::{
        Fault, Operation,
        json::{Json, Writer},
    },
};

/// The operation.
pub(super) struct StartBulkPutItems;

const INPUT: &[Member] = &[
    Member("S3BucketOwner", Shape::Text),
    Member("S3Bucket", Shape::Text),
    Member("S3KeyPrefix", Shape::Text),
    Member("InputFormat", Shape::Text),
    Member("InputCompressionType", Shape::Text),
];
const OUTPUT: &[Member] = &[
    Member("S3BucketOwner", Shape::Text),
    Member("S3Bucket", Shape::Text),
    Member("S3KeyPrefix", Shape::Text),
    Member("S3SseAlgorithm", Shape::Text),
    Member("S3SseKmsKeyId", Shape::Text),
    Member("OutputType", Shape::Texts),
];

/// Constraints and their order are those of the API's model, their wording that of the service's
/// other operations on tables (inferred).
const RULES: &[Rule] = &[
    s3::TOKEN,
    Rule::within(
        "InputS3Configuration",
        &[Limit::Required],
        &[
            s3::OWNER,
            Rule::older("S3Bucket", &[Limit::Required, s3::BUCKET, Limit::Longest(255)]),
            s3::KEY_PREFIX,
            Rule::older("InputFormat", &[Limit::Required, Limit::OneOf(&["DYNAMODB_JSON", "ION"])]),
            s3::COMPRESSION,
        ],
    ),
    Rule::within(
        "OutputS3Configuration",
        &[Limit::Required],
        &[
            s3::OWNER,
            Rule::older("S3Bucket", &[s3::BUCKET, Limit::Longest(255)]),
            s3::KEY_PREFIX,
            Rule::older("S3SseAlgorithm", &[Limit::OneOf(&["AES256", "KMS"])]),
            Rule::older("S3SseKmsKeyId", &[Limit::Shortest(1), Limit::Longest(2048)]),
            Rule::older("OutputType", &[Limit::Required, Limit::Each(OUTPUT_TYPE, is_output_type)]),
        ],
    ),
    Rule::older("MaxWriteRequestUnits", &[Limit::Least(1024)]),
    Rule::older("PerformanceTier", &[Limit::OneOf(&["STANDARD", "ACCELERATED"])]),
];

const OUTPUT_TYPE: &str = "Member must satisfy enum value set: [ERROR, CONDITION_CHECK_FAILURE]";

fn is_output_type(text: &str) -> bool {
    matches!(text, "ERROR" | "CONDITION_CHECK_FAILURE")
}

impl Op for StartBulkPutItems {
    const OPERATION: Operation = Operation::StartBulkPutItems;
    const MEMBERS: &'static [Member] = &[
        Member("ClientToken", Shape::Text),
        Member("InputS3Configuration", Shape::Structure("InputS3Configuration", INPUT)),
        Member("OutputS3Configuration", Shape::Structure("OutputS3Configuration", OUTPUT)),
        Member("TableName", Shape::Text),
        Member("MaxWriteRequestUnits", Shape::Long),
        Member("PerformanceTier", Shape::Text),
    ];
    type Input<'a> = Request;
    type Output = Bulk;

    /// MaxWriteRequestUnits and PerformanceTier are shown and change nothing: what they do to the
    /// pace is not known.
    fn decode(sent: &Sent<'_>, _: Validation) -> Result<Request, Fault> {
        let table = existing_table_name(sent)?;
        rule::check(sent, &[RULES])?;
        let input = sent.structure("InputS3Configuration");
        let format = input.as_ref().and_then(|input| input.text("InputFormat"));
        let format = match format.as_deref() {
            Some("ION") => Format::Ion,
            _ => Format::DynamoDbJson,
        };
        let compression = input.as_ref().map(s3::compression).unwrap_or_default();
        Ok(Request {
            token: sent.text("ClientToken").map(Into::into),
            table: table_name(&table).to_owned(),
            source: Source { format, compression },
            place: input.as_ref().map(s3::place).unwrap_or_default(),
            asked: asked(sent)?,
        })
    }

    fn run(emulator: &Emulator, caller: &Caller, request: Request) -> Result<Bulk, Fault> {
        request.begin(emulator, caller)
    }

    fn encode(bulk: Bulk, json: &mut Writer) {
        bulk::describe(&bulk, None, json);
    }
}

/// The request as DescribeBulkOperation shows it, and what a token stands for.
fn asked(sent: &Sent<'_>) -> Result<Json, StoreError> {
    const SHOWN: [&str; 5] = [
        "InputS3Configuration",
        "MaxWriteRequestUnits",
        "OutputS3Configuration",
        "PerformanceTier",
        "TableName",
    ];
    let mut json = Writer::new();
    json.object(|json| SHOWN.into_iter().for_each(|name| mirror::member(sent, name, json)));
    Json::parse(json.into_bytes())
        .map_err(|cause| StoreError { doing: "keep what was asked", cause: Some(cause.into()) })
}
