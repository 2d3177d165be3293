//! The legacy parameters of a request: which JSON they may hold, how they are read, and when they
//! are refused (aws-facts 1.7, 4.11, 4.12).

use super::{
    expression::{Held, Reader},
    fault::Manner,
    rule::Limit,
    shape::{Member, Sent, Shape, texts},
};
use crate::{
    expr::{
        Condition, KeyCondition, Projection, Update,
        legacy::{self, Joint, LegacyCondition, LegacyError, LegacyUpdate},
    },
    value::{Layer, ValueErrorKind},
    wire::{Fault, json::Value},
};

/// `Expected`.
pub(super) const EXPECTED: Shape = Shape::Map(
    "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue",
    &Shape::Structure("ExpectedAttributeValue", CONDITION_MEMBERS),
);
/// `QueryFilter`, `ScanFilter` and `KeyConditions`.
pub(super) const CONDITIONS: Shape = Shape::Map(
    "com.amazonaws.dynamodb.v20120810.Condition",
    &Shape::Structure("Condition", FILTER_MEMBERS),
);
/// `AttributeUpdates`.
pub(super) const UPDATES: Shape = Shape::Map(
    "com.amazonaws.dynamodb.v20120810.AttributeValueUpdate",
    &Shape::Structure("AttributeValueUpdate", UPDATE_MEMBERS),
);

const LIST: Shape = Shape::List(&Shape::Value);
const CONDITION_MEMBERS: &[Member] = &[
    Member("AttributeValueList", LIST),
    Member("Value", Shape::Value),
    Member("ComparisonOperator", Shape::Text),
    Member("Exists", Shape::Boolean),
];
const FILTER_MEMBERS: &[Member] =
    &[Member("AttributeValueList", LIST), Member("ComparisonOperator", Shape::Text)];
const UPDATE_MEMBERS: &[Member] = &[Member("Value", Shape::Value), Member("Action", Shape::Text)];

/// What each condition of a filter must have, where the older layer reads it (aws-facts 4.12,
/// us-east-1; in which order it lists them is known of the service for years, no dated capture).
pub(super) const OPERATORS: &[Limit] = &[Limit::EachHas(
    "ComparisonOperator",
    &[
        "IN",
        "NULL",
        "BETWEEN",
        "LT",
        "NOT_CONTAINS",
        "EQ",
        "GT",
        "NOT_NULL",
        "NE",
        "LE",
        "BEGINS_WITH",
        "GE",
        "CONTAINS",
    ],
)];

/// The conditions of one member, whose values may yet be refused.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    count: usize,
    read: Option<Held<Vec<LegacyCondition>>>,
    /// Whether one has no ComparisonOperator.
    lacks_operator: bool,
}

/// Conditions that are ready to be made into one.
#[derive(Debug, Default)]
pub(super) struct Joined {
    conditions: Vec<LegacyCondition>,
    joint: Joint,
}

impl Conditions {
    /// Reads a member.
    pub(super) fn read(reader: &mut Reader, json: Option<Value<'_>>) -> Result<Self, Fault> {
        let Some(json) = json else { return Ok(Self::default()) };
        let mut this = Self::default();
        let mut conditions = Ok(Vec::new());
        for (attribute, entry) in entries(json, CONDITION_MEMBERS) {
            this.count += 1;
            this.lacks_operator |= !entry.has("ComparisonOperator");
            // `Exists` spelled as a string sends the request to the older layer (aws-facts 1.3).
            if entry.get("Exists").is_some_and(|exists| exists.as_bool().is_none()) {
                reader.fall_back();
            }
            let list = entry.get("AttributeValueList").map(|list| {
                list.elements().map(|value| reader.value(value)).collect::<Result<Vec<_>, _>>()
            });
            let list = list.transpose()?.map(|list| list.into_iter().collect::<Held<Vec<_>>>());
            let value = entry.get("Value").map(|value| reader.value(value)).transpose()?;
            let condition = list.transpose().and_then(|list| {
                Ok(LegacyCondition {
                    attribute,
                    operator: entry.text("ComparisonOperator").map(Into::into),
                    list,
                    exists: entry.boolean("Exists"),
                    value: value.transpose()?,
                })
            });
            conditions = first_fault(conditions, condition);
        }
        this.read = Some(conditions);
        Ok(this)
    }

    /// Whether one of them has no operator, which only the older layer of reads can refuse
    /// (aws-facts 1.3).
    pub(super) fn lacks_operator(&self) -> bool {
        self.lacks_operator
    }

    /// Refuses a misused ConditionalOperator, then values, which the older layer tells bare.
    pub(super) fn join(
        self,
        sent: &Sent<'_>,
        manner: Manner,
        layer: Layer,
    ) -> Result<Joined, Fault> {
        let joint = joint(sent, manner, self.count)?;
        Ok(Joined { joint, ..self.alone(manner, layer)? })
    }

    /// Refuses values of conditions that ConditionalOperator does not join.
    pub(super) fn alone(self, manner: Manner, layer: Layer) -> Result<Joined, Fault> {
        let conditions =
            self.read.transpose().map_err(|error| manner.refuse_parameter(&error, layer))?;
        Ok(Joined { conditions: conditions.unwrap_or_default(), joint: Joint::All })
    }
}

impl Joined {
    /// What Expected asks.
    pub(super) fn expected(&self, manner: Manner) -> Result<Option<Condition>, Fault> {
        legacy::expected(&self.conditions, self.joint).map_err(|error| refuse(manner, &error))
    }

    /// What a filter asks.
    pub(super) fn filter(&self) -> Result<Option<Condition>, Fault> {
        let filter = legacy::filter(&self.conditions, self.joint);
        filter.map_err(|error| refuse(Manner::Bare, &error))
    }

    /// What KeyConditions asks.
    pub(super) fn keys(&self) -> Result<Option<KeyCondition>, Fault> {
        let keys = legacy::key_conditions(&self.conditions);
        keys.map_err(|error| refuse(Manner::Bare, &error))
    }
}

/// The entries of AttributeUpdates, whose values may yet be refused.
#[derive(Debug, Default)]
pub(super) struct Updates(Option<Held<Vec<LegacyUpdate>>>);

impl Updates {
    /// Reads the member.
    pub(super) fn read(reader: &mut Reader, json: Option<Value<'_>>) -> Result<Self, Fault> {
        let Some(json) = json else { return Ok(Self::default()) };
        let mut updates = Ok(Vec::new());
        for (attribute, entry) in entries(json, UPDATE_MEMBERS) {
            let value = entry.get("Value").map(|value| reader.value(value)).transpose()?;
            let action = entry.text("Action").map(Into::into);
            let update = value.transpose().map(|value| LegacyUpdate { attribute, action, value });
            updates = first_fault(updates, update);
        }
        Ok(Self(Some(updates)))
    }

    /// What they make of an item, if they were sent.
    pub(super) fn update(self, manner: Manner, layer: Layer) -> Result<Option<Update>, Fault> {
        let updates = self.0.transpose().map_err(|error| manner.refuse_parameter(&error, layer))?;
        let update = updates.filter(|updates| !updates.is_empty()).map(legacy::update);
        update.transpose().map_err(|error| refuse(manner, &error))
    }
}

/// Refuses attributes without a name, then legacy parameters beside expressions
/// (aws-facts 1.8, 4.11).
pub(super) fn refuse_mixed(
    sent: &Sent<'_>,
    manner: Manner,
    legacy: &[&'static str],
    expressions: &[&'static str],
) -> Result<(), Fault> {
    if !legacy.iter().any(|member| sent.has(member)) {
        return Ok(());
    }
    let unnamed = |member: &&str| {
        let value = sent.get(member);
        value.is_some_and(|value| {
            value.members().any(|(name, _)| name.is_empty())
                || value.elements().any(|name| name.as_str().as_deref() == Some(""))
        })
    };
    // A filter may ask about the attribute without a name, which no item has (aws-facts 3.8).
    let filters = ["QueryFilter", "ScanFilter"];
    if legacy.iter().filter(|member| !filters.contains(member)).any(unnamed) {
        return Err(manner.refuse("Empty attribute name"));
    }
    let present = |members: &[&'static str]| -> Vec<&'static str> {
        members.iter().copied().filter(|member| sent.has(member)).collect()
    };
    let (legacy, expressions) = (present(legacy), present(expressions));
    if legacy.is_empty() || expressions.is_empty() {
        return Ok(());
    }
    Err(mixed(manner, &legacy, &expressions))
}

/// The sentence about both kinds of parameters in one request.
pub(super) fn mixed(manner: Manner, legacy: &[&str], expressions: &[&str]) -> Fault {
    manner.refuse(&format!(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {{{}}} Expression parameters: {{{}}}",
        legacy.join(", "),
        expressions.join(", ")
    ))
}

/// What AttributesToGet returns of an item, if it was sent.
pub(super) fn projection(sent: &Sent<'_>) -> Result<Option<Projection>, Fault> {
    let names = sent.get("AttributesToGet").map(|list| texts(list).map(Into::into).collect());
    let projection = names.map(legacy::projection).transpose();
    projection.map_err(|error| refuse(Manner::Bare, &error))
}

/// The answer to a malformed legacy parameter.
pub(super) fn refuse(manner: Manner, error: &LegacyError) -> Fault {
    match error {
        LegacyError::Action => super::fault::enveloped(&error.to_string()),
        _ => manner.refuse(&error.to_string()),
    }
}

/// aws-facts 1.7, 7 regions 2026-10-09: `ALL` is the service's own word for AND there.
fn joint(sent: &Sent<'_>, manner: Manner, count: usize) -> Result<Joint, Fault> {
    let Some(operator) = sent.text("ConditionalOperator") else { return Ok(Joint::All) };
    match (count, &*operator) {
        (0, _) => {
            Err(manner.refuse("ConditionalOperator cannot be used without Filter or Expected"))
        }
        (1, _) => Err(manner.refuse(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        )),
        (_, "AND") => Ok(Joint::All),
        (_, "OR") => Ok(Joint::Any),
        _ => Err(manner
            .refuse("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]")),
    }
}

/// The entries of a map of structures: `null` counts as absent, and of two with one name the
/// last counts.
fn entries<'a>(json: Value<'a>, members: &'static [Member]) -> Vec<(String, Sent<'a>)> {
    let mut entries: Vec<(String, Sent<'a>)> = Vec::new();
    for (name, entry) in json.members().filter(|(_, entry)| !entry.is_null()) {
        let entry = Sent::of(entry, members);
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = entry,
            None => entries.push((name.into_owned(), entry)),
        }
    }
    entries
}

/// Collects what was read, or the fault that is told: of NULL that is not true first (aws-facts
/// 4.12), then of nesting, then the first of the others (aws-facts 1.8, Query step 4).
fn first_fault<T>(all: Held<Vec<T>>, next: Held<T>) -> Held<Vec<T>> {
    let rank = |kind: &ValueErrorKind| match kind {
        ValueErrorKind::NullNotTrue { .. } => 0,
        ValueErrorKind::TooDeep(_) => 1,
        _ => 2,
    };
    match (all, next) {
        (Ok(mut all), Ok(next)) => {
            all.push(next);
            Ok(all)
        }
        (Ok(_), Err(error)) => Err(error),
        (Err(first), Err(error)) if rank(&error.kind) < rank(&first.kind) => Err(error),
        (Err(first), _) => Err(first),
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::{
        Emulator,
        op::tests::{ask, call, message, with_table},
    };

    const ENVELOPE: &str = "1 validation error detected: ";
    const INVALID: &str = "One or more parameter values were invalid: ";

    fn filled() -> Emulator {
        let emulator = with_table();
        for at in 1..=3 {
            let item = format!(r#"{{"pk":{{"S":"a"}},"sk":{{"N":"{at}"}},"x.y":{{"N":"{at}"}}}}"#);
            ask(&emulator, "PutItem", &format!(r#"{{"TableName":"table","Item":{item}}}"#));
        }
        emulator
    }

    fn one(more: &str) -> String {
        format!(r#"{{"TableName":"table","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}}}}{more}}}"#)
    }

    #[test]
    fn expected_and_attribute_updates_do_what_expressions_do() {
        let emulator = filled();
        let update = r#","AttributeUpdates":{"x.y":{"Action":"ADD","Value":{"N":"4"}},"n":{"Value":{"S":"v"}}},"ReturnValues":"UPDATED_NEW""#;
        let expected = |condition: &str| one(&format!(r#"{update},"Expected":{{{condition}}}"#));
        let failed = call(
            &emulator,
            "UpdateItem",
            &expected(r#""x.y":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"1"}]}"#),
        );
        assert_eq!(failed.error_type().as_deref(), Some("ConditionalCheckFailedException"));
        assert_eq!(
            ask(
                &emulator,
                "UpdateItem",
                &expected(r#""x.y":{"Value":{"N":"1"}},"n":{"Exists":false}"#)
            ),
            r#"{"Attributes":{"n":{"S":"v"},"x.y":{"N":"5"}}}"#
        );
        let gone = one(
            r#","Expected":{"n":{"ComparisonOperator":"NULL"},"x.y":{"Value":{"N":"5"}}},"ConditionalOperator":"OR""#,
        );
        assert_eq!(ask(&emulator, "DeleteItem", &gone), "{}");
    }

    #[test]
    fn filters_and_key_conditions_find_what_expressions_find() {
        let emulator = filled();
        let keys = r#""KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]},"sk":{"ComparisonOperator":"GE","AttributeValueList":[{"N":"2"}]}}"#;
        let filter = r#"{"x.y":{"ComparisonOperator":"NE","AttributeValueList":[{"N":"3"}]}}"#;
        assert_eq!(
            ask(
                &emulator,
                "Query",
                &format!(
                    r#"{{"TableName":"table",{keys},"QueryFilter":{filter},"AttributesToGet":["x.y"]}}"#
                )
            ),
            r#"{"Count":1,"Items":[{"x.y":{"N":"2"}}],"ScannedCount":2}"#
        );
        assert_eq!(
            ask(
                &emulator,
                "Scan",
                &format!(r#"{{"TableName":"table","ScanFilter":{filter},"Select":"COUNT"}}"#)
            ),
            r#"{"Count":2,"ScannedCount":3}"#
        );
        assert_eq!(
            ask(&emulator, "GetItem", &one(r#","AttributesToGet":["sk","no"]"#)),
            r#"{"Item":{"sk":{"N":"1"}}}"#
        );
        assert_eq!(
            ask(
                &emulator,
                "BatchGetItem",
                r#"{"RequestItems":{"table":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}}],"AttributesToGet":["pk"]}}}"#
            ),
            r#"{"Responses":{"table":[{"pk":{"S":"a"}}]},"UnprocessedKeys":{}}"#
        );
    }

    #[test]
    fn writes_refuse_in_the_services_words_and_order() {
        // aws-facts 1.7, 1.8, 4.11, 4.12.
        let emulator = filled();
        for (more, text) in [
            (r#","UpdateExpression":"x","AttributeUpdates":{},"Expected":{}"#, format!("{ENVELOPE}Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {{AttributeUpdates, Expected}} Expression parameters: {{UpdateExpression}}")),
            (r#","ConditionalOperator":"AND""#, format!("{ENVELOPE}ConditionalOperator cannot be used without Filter or Expected")),
            (r#","Expected":{"a":{}},"ConditionalOperator":"XOR""#, format!("{ENVELOPE}ConditionalOperator can only be used when Filter or Expected has two or more elements")),
            (r#","Expected":{"a":{},"b":{}},"ConditionalOperator":"XOR""#, format!("{ENVELOPE}Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]")),
            (r#","Expected":{"":{}}"#, format!("{ENVELOPE}Empty attribute name")),
            (r#","Expected":{"a":{"Value":{}}}"#, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".into()),
            (r#","Expected":{"a":{"Value":{"S":"x"},"Exists":false}}"#, format!("{ENVELOPE}{INVALID}Value cannot be used when Exists is false for Attribute: a")),
            (r#","Expected":{"a":{"Value":{"N":"x"},"Exists":"no"}}"#, "The parameter cannot be converted to a numeric value: x".into()),
            (r#","AttributeUpdates":{"a":{"Action":"put","Value":{"S":"x"}}}"#, format!("{ENVELOPE}Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action")),
            (r#","AttributeUpdates":{"pk":{"Value":{"S":"x"}}}"#, format!("{INVALID}Cannot update attribute pk. This attribute is part of the key")),
            (r#","Expected":[]"#, "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue>".into()),
        ] {
            assert_eq!(message(&emulator, "UpdateItem", &one(more)), text, "{more}");
        }
    }

    #[test]
    fn reads_refuse_in_the_services_words_and_order() {
        // aws-facts 1.8, 4.12, 5.9.
        let emulator = filled();
        let operator_null = "Value null at 'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: Member must not be null";
        for (more, text) in [
            (r#","ScanFilter":{"a":{}}"#, format!("{ENVELOPE}{operator_null}")),
            (r#","ScanFilter":{"a":{}},"Limit":0"#, format!("2 validation errors detected: {operator_null}; Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")),
            (r#","ScanFilter":{"a":{"ComparisonOperator":"eq"}},"Select":"x""#, format!("{INVALID}Invalid comparison operator")),
            (r#","ScanFilter":{"a":{"ComparisonOperator":"eq"}},"ConditionalOperator":"OR""#, "ConditionalOperator can only be used when Filter or Expected has two or more elements".into()),
            (r#","AttributesToGet":["a","b","a"],"Select":"x""#, format!("{INVALID}Duplicate value in attribute name: a")),
            (r#","AttributesToGet":["a",""],"ConditionalOperator":"OR""#, "Empty attribute name".into()),
            (r#","AttributesToGet":["a"],"Select":"COUNT""#, format!("{ENVELOPE}Cannot specify the AttributesToGet when choosing to get only the Count")),
            (r#","AttributesToGet":["a"],"FilterExpression":"x""#, "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {FilterExpression}".into()),
        ] {
            let body = format!(r#"{{"TableName":"table"{more}}}"#);
            assert_eq!(message(&emulator, "Scan", &body), text, "{more}");
        }
        let pk = |operator: &str, value: &str| {
            format!(
                r#""KeyConditions":{{"pk":{{"ComparisonOperator":"{operator}","AttributeValueList":[{value}]}}}}"#
            )
        };
        let a = r#"{"S":"a"}"#;
        for (more, text) in [
            (pk("NE", a), "Unsupported KeyConditions ComparisonOperator: NE".to_owned()),
            (pk("GT", a), "Query key condition not supported".into()),
            (pk("EQ", r#"{"N":"1"}"#), format!("{INVALID}Condition parameter type does not match schema type")),
            (r#""KeyConditions":{}"#.into(), "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.".into()),
            (
                format!(r#"{},"QueryFilter":{{"sk":{{"ComparisonOperator":"NOT_NULL"}}}}"#, pk("EQ", a)),
                "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk".into(),
            ),
        ] {
            let body = format!(r#"{{"TableName":"table",{more}}}"#);
            assert_eq!(message(&emulator, "Query", &body), text, "{more}");
        }
    }
}
