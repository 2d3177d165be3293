//! What can be wrong with a statement, and the service's sentence for each (aws-facts 10, where
//! nothing else is said: eu-west-2 and us-east-1 2026-10).

use std::fmt;

use thiserror::Error;

use crate::{
    expr::{ExprError, ExprErrorKind},
    value::NumberError,
};

/// Where a token stands: line and column from 1, and its length in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// How many characters, quotes included.
    pub length: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.line, self.column, self.length)
    }
}

/// A place at the end of a sentence, where it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub Option<Place>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, " at {place}"))
    }
}

const INVALID: &str = "One or more parameter values were invalid: ";
const NOT_WELL_FORMED: &str = "Statement wasn't well formed, can't be processed: ";

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// What is no token.
    #[error("{NOT_WELL_FORMED}")]
    Token,
    /// A token where it cannot stand.
    #[error("{NOT_WELL_FORMED}{0}")]
    Syntax(String),
    /// Parentheses and their like inside each other, so deep that the service fails: it has no
    /// sentence for it.
    #[error("")]
    TooDeep,

    /// A statement without a verb.
    #[error("Unsupported operation: {0}")]
    Operation(&'static str),
    /// A statement that could only be a condition.
    #[error("EXISTS can only be used in ExecuteTransaction write requests.")]
    Exists,
    /// Several tables, or none.
    #[error("Only select from a single table or index is supported.")]
    SingleTable,
    /// A table by another name.
    #[error("Aliasing is not supported")]
    Alias,
    /// An empty name.
    #[error("Path component cannot be an empty string")]
    EmptyName,
    /// More than a table and an index.
    #[error("A path may contain at most 2 components in the FROM clause")]
    LongSource,
    /// INSERT into an index.
    #[error(
        "FROM clause may only contain a single table name in data manipulation statements at {0}"
    )]
    InsertIntoIndex(Place),
    /// UPDATE or DELETE of an index.
    #[error("This operation is not supported on an index")]
    ChangeOfIndex,
    /// A part of a path that DynamoDB does not have, or a call in a SELECT list.
    #[error("Unexpected path component at {0}")]
    PathComponent(Place),
    /// LIMIT and its like. As DynamoDB Local words it, which has the service's sentences: inferred,
    /// as is all that says so.
    #[error("Unsupported clause: {clause}{place}")]
    Clause {
        /// Its keyword.
        clause: &'static str,
        /// Where its terms begin, if that is told.
        place: At,
    },
    /// SELECT VALUE; as DynamoDB Local words it.
    #[error("Select projection doesn't support value or pivot keywords")]
    SelectValue,
    /// SELECT DISTINCT; as DynamoDB Local words it.
    #[error("Unsupported token in expression: DISTINCT")]
    Distinct,
    /// A column twice; as DynamoDB Local words it.
    #[error("Duplicate identifiers in select clause: {0}")]
    SelectedTwice(String),
    /// `m.*`; as DynamoDB Local words it.
    #[error("Changing item's hierarchy while reading isn't supported")]
    Hierarchy,
    /// INSERT of what is no struct; as DynamoDB Local words it.
    #[error(
        "Unsupported format in item expression. Please use struct format {{...}} to express item values for insert statement. at {0}"
    )]
    NoItem(Place),
    /// A name that is no string; as DynamoDB Local words it.
    #[error("Tuple keys must be of type String. Actual type: {0} under {1} at {2}")]
    TupleKey(&'static str, String, Place),
    /// Too few parameters.
    #[error("Number of parameters in request and statement don't match.")]
    ParameterCount,
    /// DELETE returns what was there.
    #[error(
        "Invalid returning clause: RETURNING {0} *. Only RETURNING ALL OLD * is allowed in DELETE statements."
    )]
    Returning(&'static str),

    /// A function that does not exist.
    #[error("Unrecognized function: {0} at {1}")]
    Function(String, Place),
    /// A subquery or its like in a condition.
    #[error("Unsupported token in expression: {0} at {1}")]
    TokenInExpression(&'static str, Place),
    /// `= MISSING`
    #[error("MISSING must be compared using IS operator")]
    ComparedMissing,
    /// IS with a type that DynamoDB does not have.
    #[error(
        "Unsupported data type for IS operator: {0}. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at {1}"
    )]
    IsType(&'static str, Place),
    /// WHERE with a value.
    #[error("WHERE clause must contain an expression that resolves to a boolean")]
    NoBoolean,
    /// A path on its own under AND or OR; as DynamoDB Local words it.
    #[error("The arguments to AND/OR must be Expressions")]
    NoExpression,
    /// IN with something else than a list; as DynamoDB Local words it.
    #[error(
        "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member"
    )]
    NoList,
    /// Arithmetic in a condition.
    #[error("Unsupported operator in Condition Expression. Operator: {0}")]
    ConditionOperator(&'static str),
    /// More than one operator in SET, or one that there is not; the sentence is inferred from that
    /// of conditions.
    #[error("Unsupported operator in Update Expression. Operator: {0}")]
    UpdateOperator(&'static str),
    /// What expressions say of it too.
    #[error("{0}")]
    Expression(ExprError),
    /// A condition where a value belongs.
    #[error(
        "Incorrect operand type for operator or function; operator or function: {0}, operand type: {1}"
    )]
    Operand(&'static str, &'static str),

    /// A number in a statement.
    #[error("{0} under {1}")]
    Number(NumberError, String),
    /// Lists and maps inside each other.
    #[error("Nesting Levels have exceeded supported limits under {0}")]
    Levels(String),
    /// Ion in backticks.
    #[error("Ion Literals are not supported: {0} under key {1} at {2}")]
    Ion(&'static str, String, Place),
    /// What is no value.
    #[error("Unsupported data type: {0} under key {1} at {2}")]
    Value(String, String, Place),
    /// `<<>>`
    #[error("Empty bags are not supported")]
    EmptyBag,
    /// A bag of something else.
    #[error(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags{0}"
    )]
    Bag(At),
    /// Null in a bag that begins with a number.
    #[error("{INVALID}Numeric sets may not contain null under {0}")]
    NullInBag(String),
    /// A number twice.
    #[error("{INVALID}Input collection [{0}] contains duplicates! under {1}")]
    DuplicateNumber(String, String),
    /// A string twice.
    #[error("{INVALID}Input collection [{0}] contains duplicates.")]
    DuplicateText(String),

    /// `set_add` with more or fewer than two arguments.
    #[error("{0} must have exactly two arguments at {1}")]
    SetArguments(&'static str, Place),
    /// `set_add` of another path.
    #[error("The first argument to {0} must equal the assignment value at {1}")]
    SetTarget(&'static str, Place),
    /// `set_add` of something else than a set.
    #[error("The second argument to {0} must be a value with type SET at {1}")]
    SetValue(&'static str, Place),

    /// ORDER BY without WHERE.
    #[error("Must have WHERE clause in the statement when using ORDER BY clause.")]
    OrderWithoutWhere,
    /// ORDER BY something else than a name.
    #[error("Argument to ORDER BY must be of type VariableReference. Type: {0} at {1}")]
    OrderTerm(String, Place),
    /// ORDER BY an attribute that is no key.
    #[error("Attribute {0} in ORDER BY clause must be part of the primary key")]
    OrderAttribute(String),
    /// ORDER BY over the whole table.
    #[error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
    )]
    OrderWithoutKey,
    /// ORDER BY over several partitions without their key.
    #[error(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
    )]
    OrderWithoutHash,

    /// A key of a type that no key has.
    #[error("Key value must be of type S, N, or B. Key name: {0}, Key type: {1}")]
    KeyKind(String, &'static str),
    /// A key of another type than the table's.
    #[error("Key attribute's data type should match its data type in table's schema: Key {0}")]
    KeyType(String),
    /// Parts of a partition that overlap.
    #[error("Overlapping conditions with range keys are not supported in where clause")]
    Overlap,
    /// A change of more than one item.
    #[error("Where clause does not contain a mandatory equality on all key attributes")]
    NoKey,
    /// A change of two items.
    #[error(
        "Multiple conditions on same key {0}. Only single item Update/Insert/Delete are supported"
    )]
    TwoKeys(String),
}

impl From<ExprErrorKind> for Error {
    fn from(kind: ExprErrorKind) -> Self {
        Self::Expression(kind.into())
    }
}
