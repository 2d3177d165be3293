//! CreateTable: which tables can be, and what the service says when it makes one.

use std::borrow::Cow;

use super::Op;
use crate::{
    emulator::{
        Emulator, Validation, burial,
        door::Caller,
        figures::Figures,
        rule::{self, Limit, Rule},
        shape::{Member, Sent},
        stream,
        table::{
            self, Catalog, Definition, Job, Refusal, State, Step, Table, Task, View, account,
            policy::{Document, Owner, Policy},
            tags,
        },
    },
    wire::{Fault, Operation, json::Writer},
};

/// The operation.
pub(super) struct CreateTable;

const STAGES: &[&[Rule]] = &[
    // Every constraint the name breaks, pattern first, and nothing else (aws-facts 8.1, 2).
    &[Rule::older("TableName", &[Limit::Name, Limit::Shortest(3), Limit::Longest(255)])],
    MEMBER_RULES,
];

/// In the order of aws-facts 8.1, 3; of a definition's two members the type comes first
/// (aws-tables-facts 1.4). Where stream and encryption stand in it is not recorded.
const MEMBER_RULES: &[Rule] = &[
    BILLING,
    THROUGHPUT,
    KEY_SCHEMA,
    ATTRIBUTES,
    GLOBAL_INDEXES,
    Rule::within(
        "LocalSecondaryIndexes",
        &[],
        &[
            INDEX_NAME,
            Rule::within(
                "KeySchema",
                &[Limit::Required, Limit::Shortest(1), Limit::LongestAt("keySchema", 2)],
                KEY_ELEMENT,
            ),
            PROJECTION,
        ],
    ),
    VECTORS,
    STREAM,
    ENCRYPTION,
];

/// `KeySchema` of a table.
pub(super) const KEY_SCHEMA: Rule = Rule::within(
    "KeySchema",
    &[Limit::Required, Limit::Shortest(1), Limit::LongestAt("keySchema", 2)],
    KEY_ELEMENT,
);
/// `AttributeDefinitions`
pub(super) const ATTRIBUTES: Rule =
    Rule::within("AttributeDefinitions", &[Limit::Required], ATTRIBUTE);
/// `GlobalSecondaryIndexes`
pub(super) const GLOBAL_INDEXES: Rule = Rule::within("GlobalSecondaryIndexes", &[], GLOBAL_INDEX);
/// A global secondary index that is to be created.
pub(super) const GLOBAL_INDEX: &[Rule] = &[
    Rule::within(
        "KeySchema",
        &[Limit::Required, Limit::Shortest(1), Limit::LongestAt("keySchema", 8)],
        KEY_ELEMENT,
    ),
    PROJECTION,
    INDEX_NAME,
    THROUGHPUT,
];
/// `VectorIndexes`
pub(super) const VECTORS: Rule = Rule::within("VectorIndexes", &[], VECTOR);
/// A vector index, in the order of its members (aws-facts 11.1, 11.2; the order inferred).
pub(super) const VECTOR: &[Rule] = &[
    INDEX_NAME,
    Rule::within(
        "VectorAttribute",
        &[Limit::Required],
        &[Rule::older("AttributeName", ATTRIBUTE_NAME)],
    ),
    Rule::within(
        "SearchSchema",
        &[Limit::Shortest(1)],
        &[
            Rule::older("AttributeName", ATTRIBUTE_NAME),
            Rule::older(
                "SearchSchemaElementType",
                &[Limit::Required, Limit::OneOf(&["HASH", "INLINE_FILTER"])],
            ),
        ],
    ),
    PROJECTION,
    Rule::older("Dimensions", &[Limit::Required, Limit::Least(1)]),
    Rule::older(
        "DistanceFunction",
        &[Limit::Required, Limit::OneOf(&["COSINE", "DOT_PRODUCT", "EUCLIDEAN"])],
    ),
];

/// `BillingMode`
pub(super) const BILLING: Rule =
    Rule::older("BillingMode", &[Limit::OneOf(&["PROVISIONED", "PAY_PER_REQUEST"])]);
/// `StreamSpecification`
pub(super) const STREAM: Rule = Rule::within(
    "StreamSpecification",
    &[],
    &[
        Rule::older("StreamEnabled", &[Limit::Required]),
        Rule::older(
            "StreamViewType",
            &[Limit::OneOf(&["OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"])],
        ),
    ],
);
/// `SSESpecification`
pub(super) const ENCRYPTION: Rule = Rule::within(
    "SSESpecification",
    &[],
    &[
        Rule::older("SSEType", &[Limit::OneOf(&["AES256", "KMS"])]),
        Rule::older("KMSMasterKeyId", &[Limit::Shortest(1)]),
    ],
);
/// An element of `AttributeDefinitions`.
pub(super) const ATTRIBUTE: &[Rule] = &[
    Rule::older("AttributeType", &[Limit::Required, Limit::OneOf(&["B", "N", "S"])]),
    Rule::older("AttributeName", ATTRIBUTE_NAME),
];
const UNITS: &[Limit] = &[Limit::Required, Limit::Least(1)];
/// `ProvisionedThroughput`
pub(super) const THROUGHPUT: Rule = Rule::within(
    "ProvisionedThroughput",
    &[],
    &[Rule::older("WriteCapacityUnits", UNITS), Rule::older("ReadCapacityUnits", UNITS)],
);
const ATTRIBUTE_NAME: &[Limit] = &[Limit::Required, Limit::Shortest(1), Limit::Longest(255)];
/// An element of `KeySchema`.
pub(super) const KEY_ELEMENT: &[Rule] = &[
    Rule::older("AttributeName", ATTRIBUTE_NAME),
    Rule::older("KeyType", &[Limit::Required, Limit::OneOf(&["HASH", "RANGE"])]),
];
/// `IndexName`
pub(super) const INDEX_NAME: Rule = Rule::older(
    "IndexName",
    &[Limit::Required, Limit::Shortest(3), Limit::Longest(255), Limit::Name],
);
/// `Projection`
pub(super) const PROJECTION: Rule = Rule::within(
    "Projection",
    &[Limit::Required],
    &[
        Rule::older("ProjectionType", &[Limit::OneOf(&["ALL", "INCLUDE", "KEYS_ONLY"])]),
        Rule::older("NonKeyAttributes", &[Limit::Shortest(1), Limit::Longest(20)]),
    ],
);

impl Op for CreateTable {
    const OPERATION: Operation = Operation::CreateTable;
    const MEMBERS: &'static [Member] = table::MEMBERS;
    /// The table and its resource policy.
    type Input<'a> = (Definition, Option<Cow<'a, str>>);
    type Output = Table;

    fn decode<'a>(sent: &Sent<'a>, _: Validation) -> Result<Self::Input<'a>, Fault> {
        super::table_name_present(sent)?;
        rule::check(sent, STAGES)?;
        tags::read(sent)?;
        let policy = sent.text("ResourcePolicy");
        policy.as_deref().map(|text| Document::read(text, Owner::Table)).transpose()?;
        Ok((Definition::read(sent), policy))
    }

    fn run(
        emulator: &Emulator,
        caller: &Caller,
        (definition, policy): Self::Input<'_>,
    ) -> Result<Table, Fault> {
        table::check(&definition, &caller.region)?;
        let mut store = emulator.store.write()?;
        // Not earlier: whoever waits for the store comes later.
        let now = emulator.now();
        burial::bury(emulator, &mut *store, now)?;
        if let Some(table) =
            emulator.catalog.known(store.as_read(), &caller.region, &definition.name)?
        {
            // Only while it is created is it told otherwise (aws-tables-facts 3.2).
            if table.origin().is_some() {
                // aws-service-facts 5.3.
                return Err(Refusal::InUse(format!("Table is being used: {}", table.name)).into());
            }
            if table.creation().is_some() {
                let text = format!("Table is being created: {}", table.name);
                return Err(Refusal::InUse(text).into());
            }
            let text = format!("Table already exists: {}", definition.name);
            return Err(Fault::new("ResourceInUseException", text));
        }
        let number = Catalog::next_number(&mut *store)?;
        let account = &emulator.settings.account;
        let arn = format!("arn:aws:dynamodb:{}:{account}:table/{}", caller.region, definition.name);
        let timing = &emulator.settings.timing;
        let step = match &definition.global {
            Some(_) => Step::CreateIndexedTable,
            None => Step::CreateTable,
        };
        let active = timing.end(step, now);
        let backups = timing.end(Step::EnableBackups, active);
        let (id, mut state) = (emulator.table_id(number), State::new(&definition, now));
        if let Some(since) = &mut state.stream_since {
            *since = stream::free_label(store.as_read(), &caller.region, &definition.name, now)?;
        }
        state.jobs = [(Task::Create, active), (Task::Backups, backups)]
            .map(|(task, until)| Job { task, since: now, until })
            .to_vec();
        let settled = timing.end(Step::Policy, now);
        state.policy = policy.map(|text| Policy::after(None, Some(&text), now, settled));
        let table = Table::new(definition, number, &id, &arn, now, state);
        account::check((&emulator.catalog, store.as_read()), None, &table, &caller.region)?;
        stream::follow(&mut *store, None, &table, &emulator.settings, now)?;
        if let Some(table) = table.at(now) {
            Catalog::put(&mut *store, &table)?;
        }
        store.commit()?;
        Ok(table)
    }

    fn encode(table: Table, json: &mut Writer) {
        json.key("TableDescription");
        table::describe(&table, &Figures::default(), View::Created, json);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::op::tests::{ask, message};

    #[test]
    fn answers_as_recorded() {
        // smithy-rs recording, us-east-1, 2021-03-08; DeletionProtectionEnabled came later.
        let emulator = crate::emulator::op::tests::emulator_at(1_615_218_678_973);
        let answer = ask(
            &emulator,
            "CreateTable",
            r#"{"AttributeDefinitions":[{"AttributeName":"year","AttributeType":"N"},{"AttributeName":"title","AttributeType":"S"}],"TableName":"Movies-5","KeySchema":[{"AttributeName":"year","KeyType":"HASH"},{"AttributeName":"title","KeyType":"RANGE"}],"ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":10}}"#,
        );
        let (before, rest) = answer.split_once(r#""TableId":""#).expect("a table id");
        let (id, after) = rest.split_once('"').expect("its end");
        assert_eq!(id.len(), 36);
        assert_eq!(
            before,
            r#"{"TableDescription":{"AttributeDefinitions":[{"AttributeName":"title","AttributeType":"S"},{"AttributeName":"year","AttributeType":"N"}],"CreationDateTime":1.615218678973E9,"DeletionProtectionEnabled":false,"ItemCount":0,"KeySchema":[{"AttributeName":"year","KeyType":"HASH"},{"AttributeName":"title","KeyType":"RANGE"}],"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":10,"WriteCapacityUnits":10},"TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Movies-5","#
        );
        assert_eq!(
            after,
            r#","TableName":"Movies-5","TableSizeBytes":0,"TableStatus":"CREATING"}}"#
        );
    }

    #[test]
    fn refuses_in_the_services_words_and_order() {
        // aws-facts 8.1, aws-tables-facts 3.4, 3.5, 11.1, 12, 13.1.
        const INVALID: &str = "One or more parameter values were invalid: ";
        let emulator = crate::emulator::Emulator::default();
        let with = |more: &str| {
            format!(
                r#"{{"TableName":"t12","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}}]{more}}}"#
            )
        };
        for (request, text) in [
            ("{}".to_owned(), "The parameter 'TableName' is required but was not present in the request".to_owned()),
            (r#"{"TableName":"a"}"#.into(), "1 validation error detected: Value 'a' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3".into()),
            (r#"{"TableName":"abc"}"#.into(), "2 validation errors detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null; Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null".into()),
            (with(r#","BillingMode":"PROVISIONED""#), format!("{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")),
            (with(r#","ProvisionedThroughput":{"ReadCapacityUnits":0}"#), "2 validation errors detected: Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must not be null; Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1".into()),
            (with(r#","AttributeDefinitions":[]"#), "Invalid KeySchema: Some index key attribute have no definition".into()),
            (with(r#","KeySchema":[{"AttributeName":"q","KeyType":"HASH"}]"#), format!("{INVALID}Some index key attributes are not defined in AttributeDefinitions. Keys: [q], AttributeDefinitions: [pk]")),
            (with(r#","KeySchema":[{"AttributeName":"pk","KeyType":"RANGE"}]"#), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type".into()),
            (with(r#","LocalSecondaryIndexes":[]"#), format!("{INVALID}List of LocalSecondaryIndexes is empty")),
            (with(r#","GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{}}]"#), format!("{INVALID}Unknown ProjectionType: null")),
            (with(r#","GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":"all"}}]"#), "1 validation error detected: Value 'all' at 'globalSecondaryIndexes.1.member.projection.projectionType' failed to satisfy constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]".into()),
            (with(r#","StreamSpecification":{"StreamEnabled":true}"#), format!("{INVALID}Table is being created with a stream enabled, UpdateViewType is required")),
            (with(r#","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":40000,"WriteCapacityUnits":1},"GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":40001,"WriteCapacityUnits":1}}]"#), "The requested ReadCapacityUnits for index gsi, 40001, is above the per index maximum for the account in us-east-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.".into()),
            (with(r#","OnDemandThroughput":{"MaxReadRequestUnits":-1}"#), format!("{INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range")),
        ] {
            assert_eq!(message(&emulator, "CreateTable", &request), text, "{request}");
        }
    }

    #[test]
    fn a_name_that_is_taken_stays_taken() {
        let emulator = crate::emulator::op::tests::with_table();
        let again = r#"{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"}],"KeySchema":[{"AttributeName":"x","KeyType":"HASH"}]}"#;
        assert_eq!(message(&emulator, "CreateTable", again), "Table already exists: table");
    }
}
