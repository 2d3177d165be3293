//! ImportTable: a new table with what stands in objects of a bucket (aws-service-facts 7).

use super::{
    Op,
    create_table::{
        ATTRIBUTES, BILLING, ENCRYPTION, GLOBAL_INDEXES, KEY_SCHEMA, THROUGHPUT, VECTORS,
    },
    s3,
};
use crate::{
    emulator::{
        Emulator, Validation,
        door::Caller,
        import::{self, Import, ImportError, Request},
        mirror,
        rule::{self, Limit, Rule},
        shape::{Member, Sent, Shape, texts},
        source::{CsvOptions, Format, Source},
        table::{self, Definition, MEMBERS},
    },
    storage::StoreError,
    wire::{
        Fault, Operation,
        json::{Json, Writer},
    },
};

/// The operation.
pub(super) struct ImportTable;

const CSV: &[Member] = &[Member("Delimiter", Shape::Text), Member("HeaderList", Shape::Texts)];
const OPTIONS: &[Member] = &[Member("Csv", Shape::Structure("CsvOptions", CSV))];
const SOURCE: &[Member] = &[
    Member("S3BucketOwner", Shape::Text),
    Member("S3Bucket", Shape::Text),
    Member("S3KeyPrefix", Shape::Text),
];
/// Members of CreateTable, some of them: what else is sent is ignored as unknown.
const CREATION: &[Member] = &[
    Member("TableName", Shape::Text),
    Member("AttributeDefinitions", table::ATTRIBUTES),
    Member("KeySchema", table::KEY_SCHEMA),
    Member("BillingMode", Shape::Text),
    Member("ProvisionedThroughput", table::THROUGHPUT),
    Member("OnDemandThroughput", table::ON_DEMAND),
    Member("SSESpecification", table::ENCRYPTION),
    Member("GlobalSecondaryIndexes", Shape::List(&table::INDEX)),
    Member("VectorIndexes", Shape::List(&table::VECTOR)),
];

/// In which order the members are looked at is inferred: that of the API's model.
const RULES: &[Rule] = &[
    s3::TOKEN,
    Rule::within(
        "S3BucketSource",
        &[Limit::Required],
        &[
            s3::OWNER,
            Rule::older("S3Bucket", &[Limit::Required, s3::BUCKET, Limit::Longest(255)]),
            s3::KEY_PREFIX,
        ],
    ),
    Rule::older("InputFormat", &[Limit::Required, Limit::OneOf(&["DYNAMODB_JSON", "ION", "CSV"])]),
    Rule::within(
        "InputFormatOptions",
        &[],
        &[Rule::within(
            "Csv",
            &[],
            &[
                // Pattern first (aws-service-facts 7.4).
                Rule::older(
                    "Delimiter",
                    &[
                        Limit::Pattern(r"[,;:|\t ]", is_delimiter),
                        Limit::Shortest(1),
                        Limit::Longest(1),
                    ],
                ),
                Rule::older(
                    "HeaderList",
                    &[Limit::Shortest(1), Limit::Longest(255), Limit::Each(HEADER, is_header)],
                ),
            ],
        )],
    ),
    s3::COMPRESSION,
    Rule::within(
        "TableCreationParameters",
        &[Limit::Required],
        &[
            Rule::older(
                "TableName",
                &[Limit::Required, Limit::Name, Limit::Shortest(3), Limit::Longest(255)],
            ),
            BILLING,
            THROUGHPUT,
            KEY_SCHEMA,
            ATTRIBUTES,
            GLOBAL_INDEXES,
            VECTORS,
            ENCRYPTION,
        ],
    ),
];

/// How the constraints of a list's elements are told is inferred from those of a map's keys
/// (aws-facts 7.1).
const HEADER: &str = r"Member must have length less than or equal to 65536, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\x20-\x21\x23-\x2B\x2D-\x7E]*";

fn is_delimiter(text: &str) -> bool {
    matches!(text, "," | ";" | ":" | "|" | "\t" | " ")
}

/// Printable ASCII but for quotes and commas.
fn is_header(text: &str) -> bool {
    (1..=65_536).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b','))
}

/// What is asked.
pub(super) struct Input<'a> {
    sent: Sent<'a>,
    definition: Definition,
    format: Format,
}

impl Op for ImportTable {
    const OPERATION: Operation = Operation::ImportTable;
    const MEMBERS: &'static [Member] = &[
        Member("ClientToken", Shape::Text),
        Member("S3BucketSource", Shape::Structure("S3BucketSource", SOURCE)),
        Member("InputFormat", Shape::Text),
        Member("InputFormatOptions", Shape::Structure("InputFormatOptions", OPTIONS)),
        Member("InputCompressionType", Shape::Text),
        Member("TableCreationParameters", Shape::Structure("TableCreationParameters", CREATION)),
    ];
    type Input<'a> = Input<'a>;
    type Output = Import;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Input<'a>, Fault> {
        rule::check(sent, &[RULES])?;
        let format = format(sent)?;
        let table = sent.get("TableCreationParameters");
        let definition = table.map(|table| Definition::read(&Sent::of(table, MEMBERS)));
        let definition = Definition {
            // Members of CreateTable that are none here.
            local: None,
            stream: None,
            class: None,
            deletion_protection: None,
            warm: None,
            tags: Vec::new(),
            ..definition.unwrap_or_default()
        };
        Ok(Input { sent: *sent, definition, format })
    }

    fn run(emulator: &Emulator, caller: &Caller, input: Input<'_>) -> Result<Import, Fault> {
        let Input { sent, definition, format } = input;
        table::check(&definition, &caller.region)?;
        let account = &emulator.settings.account;
        let source = sent.structure("S3BucketSource");
        let request = Request {
            token: sent.text("ClientToken").map(Into::into),
            definition,
            source: Source { format, compression: s3::compression(&sent) },
            place: source.as_ref().map(s3::place).unwrap_or_default(),
            asked: asked(&sent, account)?,
        };
        request.begin(emulator, caller)
    }

    fn encode(import: Import, json: &mut Writer) {
        import::describe(&import, None, json);
    }
}

fn format(sent: &Sent<'_>) -> Result<Format, Fault> {
    let name = sent.text("InputFormat").unwrap_or_default();
    let csv = sent.structure("InputFormatOptions").and_then(|options| options.structure("Csv"));
    Ok(match (&*name, csv) {
        ("CSV", Some(options)) => Format::Csv(CsvOptions {
            delimiter: options
                .text("Delimiter")
                .and_then(|text| text.chars().next())
                .unwrap_or(','),
            header: options
                .get("HeaderList")
                .map(|list| texts(list).map(|name| name.into_owned()).collect()),
        }),
        ("CSV", None) => Format::Csv(CsvOptions::default()),
        (_, Some(_)) => return Err(ImportError::NeedlessOptions(name.into_owned()).into()),
        ("ION", None) => Format::Ion,
        _ => Format::DynamoDbJson,
    })
}

/// The request as DescribeImport shows it, with what is so if it is not said
/// (aws-service-facts 7.1).
fn asked(sent: &Sent<'_>, account: &str) -> Result<Json, StoreError> {
    let mut json = Writer::new();
    json.object(|json| {
        json.key("InputCompressionType");
        json.string(&sent.text("InputCompressionType").unwrap_or("NONE".into()));
        mirror::member(sent, "InputFormat", json);
        mirror::member(sent, "InputFormatOptions", json);
        json.key("S3BucketSource");
        json.object(|json| {
            let Some(source) = sent.structure("S3BucketSource") else { return };
            mirror::member(&source, "S3Bucket", json);
            json.key("S3BucketOwner");
            json.string(&source.text("S3BucketOwner").unwrap_or(account.into()));
            mirror::member(&source, "S3KeyPrefix", json);
        });
        mirror::member(sent, "TableCreationParameters", json);
    });
    Json::parse(json.into_bytes())
        .map_err(|cause| StoreError { doing: "keep what was asked", cause: Some(cause.into()) })
}
