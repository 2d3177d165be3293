//! How TransactWriteItems shows its actions when they are too many.
//!
//! Captured of puts, and of updates as far as their condition (aws-facts 2.8). The fields after
//! it, and those of deletes and checks, are inferred: those of a put, with the key first.

use crate::emulator::echo::{self, Class, Field, Form};

/// One action.
pub(super) static ACTION: Class = Class(
    "TransactWriteItem",
    &[
        ("conditionCheck", Some(("ConditionCheck", Form::Object(&CHECK)))),
        ("put", Some(("Put", Form::Object(&PUT)))),
        ("delete", Some(("Delete", Form::Object(&DELETE)))),
        ("update", Some(("Update", Form::Object(&UPDATE)))),
    ],
);

const KEY: Field = ("key", Some(("Key", echo::VALUES)));
const TABLE: Field = ("tableName", Some(("TableName", Form::Text)));
const CONDITION: Field = ("conditionExpression", Some(("ConditionExpression", Form::Text)));
const NAMES: Field = ("expressionAttributeNames", Some(("ExpressionAttributeNames", echo::NAMES)));
const VALUES: Field =
    ("expressionAttributeValues", Some(("ExpressionAttributeValues", echo::VALUES)));
const ON_FAILURE: Field = (
    "returnValuesOnConditionCheckFailure",
    Some(("ReturnValuesOnConditionCheckFailure", Form::Text)),
);

static CHECK: Class =
    Class("ConditionCheck", &[KEY, TABLE, CONDITION, NAMES, VALUES, ON_FAILURE, echo::WORKLOAD]);
static PUT: Class = Class(
    "Put",
    &[
        ("item", Some(("Item", echo::VALUES))),
        TABLE,
        CONDITION,
        NAMES,
        VALUES,
        ON_FAILURE,
        echo::WORKLOAD,
    ],
);
static DELETE: Class =
    Class("Delete", &[KEY, TABLE, CONDITION, NAMES, VALUES, ON_FAILURE, echo::WORKLOAD]);
static UPDATE: Class = Class(
    "Update",
    &[
        KEY,
        ("updateExpression", Some(("UpdateExpression", Form::Text))),
        TABLE,
        CONDITION,
        NAMES,
        VALUES,
        ON_FAILURE,
        echo::WORKLOAD,
    ],
);
