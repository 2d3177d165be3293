//! What can be wrong with an expression, and the service's sentence for each. No sentence about
//! expressions is written anywhere else.

use std::{fmt, ops::Range, sync::Arc};

use super::{ExpressionKind, ast::Section};
use crate::value::{AttributeValue, NumberError, Path, Type, base64};

/// An expression, or its use on an item or key schema, that is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ExprError {
    /// What is wrong.
    pub kind: Box<ExprErrorKind>,
    /// The expression it is wrong with, where the sentence names it.
    pub expression: Option<ExpressionKind>,
    /// Where in its text.
    pub span: Option<Range<usize>>,
}

/// One of the two maps of placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapMember {
    /// ExpressionAttributeNames
    Names,
    /// ExpressionAttributeValues
    Values,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExprErrorKind {
    /// An empty text.
    Empty,
    /// A text of so many bytes.
    TooLarge(usize),
    /// A token that cannot stand where it does.
    Syntax {
        /// The token, or `<EOF>`.
        token: String,
        /// The text from the token before it to the token after it.
        near: String,
    },
    /// Parentheses right inside parentheses.
    RedundantParentheses,
    /// A function that does not exist.
    UnknownFunction(String),
    /// A function of another sort of expression.
    ForeignFunction(&'static str),
    /// A condition where a value belongs, or `size` where a condition belongs.
    MisusedFunction(&'static str),
    /// A reserved word as a name.
    ReservedWord(String),
    /// A list index beyond what a list can have.
    IndexOutOfRange(String),
    /// `#name` is not in ExpressionAttributeNames.
    UndefinedName(String),
    /// `:value` is not in ExpressionAttributeValues.
    UndefinedValue(String),
    /// A function with too few or too many operands.
    OperandCount(&'static str, usize),
    /// More than 100 values for IN.
    TooManyInOperands(usize),
    /// More than 300 operators and functions.
    TooManyOperators(usize),
    /// An operand of a type that the operator does not take.
    OperandType(&'static str, Type),
    /// A path where only a value will do.
    OperandPath(&'static str),
    /// `attribute_type` asked for a type that does not exist.
    TypeName(String),
    /// A function on something that is no path.
    PathRequired(&'static str),
    /// An operator on a path and the same path again.
    SameOperand(&'static str, Path),
    /// BETWEEN with bounds of two types.
    BoundTypes(Arc<AttributeValue>, Arc<AttributeValue>),
    /// BETWEEN with the lower bound above the upper.
    BoundOrder(Arc<AttributeValue>, Arc<AttributeValue>),
    /// ADD or DELETE with a value it does not take.
    ActionType(Section, Type),
    /// A section twice.
    SectionTwice(Section),
    /// Two paths of which one leads to or into the other.
    Overlap(Path, Path),
    /// Two paths that want a map and a list at the same place.
    Conflict(Path, Path),

    /// A key condition on a value inside an attribute.
    NestedKey,
    /// Two conditions on one key.
    KeyTwice,
    /// A key condition without attribute.
    NoKey,
    /// A key condition on two attributes.
    TwoKeys,
    /// More key conditions than there are keys: both numbers.
    TooManyKeyConditions(usize, usize),
    /// No condition on a key that needs one.
    MissedKey(String),
    /// A condition that keys cannot have.
    UnsupportedKeyCondition,
    /// A key condition with a value of another type than the key.
    KeyType,
    /// An empty string or binary for a key.
    EmptyKey(String, Type),
    /// Partition keys of a multi-attribute key without equality.
    HashKeysUnequal(Vec<String>),
    /// Sort keys of a multi-attribute key without equality before one that has a condition.
    RangeKeysUnequal(Vec<String>, String),
    /// A filter on a key of what is queried.
    FilterOnKey(String),
    /// A path into a key: of the table, or of an index.
    PathIntoKey {
        /// The key.
        key: String,
        /// Whether it is the key of an index.
        of_index: bool,
    },

    /// A search condition with anything but `=` and AND.
    SearchComparator,
    /// A search condition on a value inside an attribute.
    NestedSearch,
    /// Two search conditions on one attribute.
    SearchTwice,

    /// An update of a key.
    KeyUpdated(String),
    /// An update of something inside what is not there.
    UpdatePath,
    /// A value taken from what is not there.
    MissingAttribute,
    /// A value in the item of a type that the update cannot work with.
    StoredType,
    /// Arithmetic out of range.
    Arithmetic(NumberError),
    /// An update that would nest lists and maps too deep.
    ResultTooDeep,

    /// Placeholders without an expression, and what a read adds to say so.
    WithoutExpression(MapMember, &'static str),
    /// A map of placeholders without entries.
    EmptyMap(MapMember),
    /// A placeholder that no expression could name.
    InvalidKey(MapMember, String),
    /// A placeholder for an empty name.
    EmptyName(String),
    /// Placeholders that no expression used.
    Unused(MapMember, Vec<String>),
}

impl ExprError {
    pub(super) fn new(kind: ExprErrorKind, expression: ExpressionKind, span: Range<usize>) -> Self {
        Self { kind: Box::new(kind), expression: Some(expression), span: Some(span) }
    }

    /// Whether it depends on the item or the table and not on the request alone.
    #[must_use]
    pub fn at_runtime(&self) -> bool {
        use ExprErrorKind as E;
        matches!(
            *self.kind,
            E::TooManyKeyConditions(..)
                | E::MissedKey(_)
                | E::UnsupportedKeyCondition
                | E::KeyType
                | E::EmptyKey(..)
                | E::HashKeysUnequal(_)
                | E::RangeKeysUnequal(..)
                | E::FilterOnKey(_)
                | E::PathIntoKey { .. }
                | E::KeyUpdated(_)
                | E::UpdatePath
                | E::MissingAttribute
                | E::StoredType
                | E::Arithmetic(_)
                | E::ResultTooDeep
        )
    }

    /// Whether single-item writes answer it without the envelope too (aws-facts 1.9).
    #[must_use]
    pub fn always_bare(&self) -> bool {
        let wrong_sign = |member, key: &str| !key.starts_with(sign(member));
        match &*self.kind {
            ExprErrorKind::InvalidKey(member, key) => wrong_sign(*member, key),
            _ => self.at_runtime(),
        }
    }

    /// Whether it is a placeholder that is not defined, which PutItem tells only after it has
    /// measured the item (aws-facts 1.8).
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        matches!(*self.kind, ExprErrorKind::UndefinedName(_) | ExprErrorKind::UndefinedValue(_))
    }

    /// The error as it is told where characters are UTF-16 halves: half of one outside the basic
    /// plane is a token and shows as `?` (aws-facts 4.2, us-east-1 2026-10-09; the window is
    /// inferred).
    #[must_use]
    pub fn in_halves(mut self) -> Self {
        let halves = |text: &str| -> String {
            text.chars().map(|one| if one.len_utf16() > 1 { '?' } else { one }).collect()
        };
        if let ExprErrorKind::Syntax { token, near } = &mut *self.kind {
            // The token after the first half is the second.
            *near = match near.split_once(&**token) {
                Some((before, _)) if halves(token) != *token => halves(before) + "??",
                _ => halves(near),
            };
            *token = halves(token);
        }
        self
    }

    /// Whether the expression is too long to be read.
    #[must_use]
    pub fn is_oversize(&self) -> bool {
        matches!(*self.kind, ExprErrorKind::TooLarge(_))
    }

    /// Whether it is about what a key condition may look like, which Query tells only after it
    /// has looked at Select (aws-facts 1.8).
    #[must_use]
    pub fn is_key_shape(&self) -> bool {
        use ExprErrorKind as Kind;
        matches!(*self.kind, Kind::NestedKey | Kind::KeyTwice | Kind::NoKey | Kind::TwoKeys)
    }

    /// The sentence with the size of the expression, as Scan and transactions in some regions
    /// word it (aws-facts 4.1, us-east-1 2026-10).
    #[must_use]
    pub fn with_figure(&self) -> String {
        match *self.kind {
            ExprErrorKind::TooLarge(size) => format!("{self} expression size: {size}"),
            _ => self.to_string(),
        }
    }
}

const fn sign(member: MapMember) -> char {
    match member {
        MapMember::Names => '#',
        MapMember::Values => ':',
    }
}

impl From<ExprErrorKind> for ExprError {
    /// An error whose sentence names no expression.
    fn from(kind: ExprErrorKind) -> Self {
        Self { kind: Box::new(kind), expression: None, span: None }
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(expression) = self.expression {
            write!(f, "Invalid {expression}: ")?;
        }
        self.kind.write(f, self.expression)
    }
}

impl std::error::Error for ExprError {}

impl fmt::Display for MapMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "ExpressionAttributeNames",
            Self::Values => "ExpressionAttributeValues",
        })
    }
}

const INVALID: &str = "One or more parameter values were invalid: ";

impl ExprErrorKind {
    fn write(&self, f: &mut fmt::Formatter<'_>, expression: Option<ExpressionKind>) -> fmt::Result {
        const OPERAND_TYPE: &str = "Incorrect operand type for operator or function";
        const PATHS: &str = "with each other; must remove or rewrite one of these paths; path one";
        match self {
            Self::Empty => f.write_str("The expression can not be empty;"),
            Self::TooLarge(_) => {
                f.write_str("Expression size has exceeded the maximum allowed size;")
            }
            Self::Syntax { token, near } => {
                write!(f, "Syntax error; token: \"{token}\", near: \"{near}\"")
            }
            Self::RedundantParentheses => f.write_str("The expression has redundant parentheses;"),
            Self::UnknownFunction(name) => write!(f, "Invalid function name; function: {name}"),
            // Inferred: known of the service for years, no dated capture.
            Self::ForeignFunction(name) => {
                let sort = match expression {
                    Some(ExpressionKind::Update) => "an update",
                    _ => "a condition",
                };
                write!(f, "The function is not allowed in {sort} expression; function: {name}")
            }
            // Inferred, as above.
            Self::MisusedFunction(name) => write!(
                f,
                "The function is not allowed to be used this way in an expression; function: {name}"
            ),
            Self::ReservedWord(word) => {
                write!(f, "Attribute name is a reserved keyword; reserved keyword: {word}")
            }
            // Inferred, as above.
            Self::IndexOutOfRange(index) => {
                write!(f, "List index is not within the allowable range; index: [{index}]")
            }
            Self::UndefinedName(name) => write!(
                f,
                "An expression attribute name used in the document path is not defined; \
                 attribute name: {name}"
            ),
            Self::UndefinedValue(value) => write!(
                f,
                "An expression attribute value used in expression is not defined; \
                 attribute value: {value}"
            ),
            Self::OperandCount(function, count) => write!(
                f,
                "Incorrect number of operands for operator or function; operator or function: \
                 {function}, number of operands: {count}"
            ),
            // The sentence is PartiQL's (aws-facts 10.7); inferred for expressions.
            Self::TooManyInOperands(count) => write!(
                f,
                "The IN operator is provided with too many operands; number of operands: {count}"
            ),
            // As above.
            Self::TooManyOperators(count) => {
                write!(f, "The expression contains too many operators; operator count: {count}")
            }
            Self::OperandType(operator, kind) => {
                write!(f, "{OPERAND_TYPE}; operator or function: {operator}, operand type: {kind}")
            }
            // The order of the types depends on the host (aws-facts 10.7).
            Self::OperandPath(operator) => write!(
                f,
                "{OPERAND_TYPE}; operator or function: {operator}, operand type: \
                 {{NS,SS,L,BS,N,M,B,BOOL,NULL,S}}"
            ),
            // The order of the types is PartiQL's (aws-facts 10.7).
            Self::TypeName(name) => write!(
                f,
                "Invalid attribute type name found; type: {name}, valid types: \
                 {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
            ),
            Self::PathRequired(function) => write!(
                f,
                "Operator or function requires a document path; operator or function: {function}"
            ),
            Self::SameOperand(operator, path) => write!(
                f,
                "The first operand must be distinct from the remaining operands for this \
                 operator or function; operator: {operator}, first operand: {path}"
            ),
            Self::BoundTypes(lower, upper) => write!(
                f,
                "The BETWEEN operator requires same data type for lower and upper bounds; \
                 lower bound operand: {}, upper bound operand: {}",
                Bound(lower),
                Bound(upper)
            ),
            Self::BoundOrder(lower, upper) => write!(
                f,
                "The BETWEEN operator requires upper bound to be greater than or equal to lower \
                 bound; lower bound operand: {}, upper bound operand: {}",
                Bound(lower),
                Bound(upper)
            ),
            // DELETE names ADD's set of types too (aws-facts 4.6).
            Self::ActionType(section, kind) => write!(
                f,
                "{OPERAND_TYPE}; operator: {section}, operand type: {}, \
                 typeSet: ALLOWED_FOR_ADD_OPERAND",
                long_name(*kind)
            ),
            Self::SectionTwice(section) => write!(
                f,
                "The \"{section}\" section can only be used once in an update expression;"
            ),
            Self::Overlap(one, two) => {
                write!(f, "Two document paths overlap {PATHS}: {one}, path two: {two}")
            }
            Self::Conflict(one, two) => {
                write!(f, "Two document paths conflict {PATHS}: {one}, path two: {two}")
            }
            Self::WithoutExpression(member, suffix) => {
                write!(f, "{member} can only be specified when using expressions{suffix}")
            }
            Self::EmptyMap(member) => write!(f, "{member} must not be empty"),
            Self::InvalidKey(member, key) => {
                write!(f, "{member} contains invalid key: Syntax error; key: \"{key}\"")
            }
            Self::EmptyName(key) => write!(
                f,
                "ExpressionAttributeNames contains invalid value: Empty attribute name for key \
                 {key}"
            ),
            Self::Unused(member, keys) => {
                write!(f, "Value provided in {member} unused in expressions: keys: ")?;
                write!(f, "{{{}}}", keys.join(", "))
            }
            Self::KeyUpdated(key) => write!(
                f,
                "{INVALID}Cannot update attribute {key}. This attribute is part of the key"
            ),
            Self::UpdatePath => f.write_str(
                "The document path provided in the update expression is invalid for update",
            ),
            Self::MissingAttribute => f.write_str(
                "The provided expression refers to an attribute that does not exist in the item",
            ),
            Self::StoredType => {
                f.write_str("An operand in the update expression has an incorrect data type")
            }
            Self::Arithmetic(error) => write!(f, "{error}"),
            Self::SearchComparator => {
                f.write_str("Invalid comparator used in SearchConditionExpression")
            }
            Self::NestedSearch => {
                f.write_str("SearchConditionExpression cannot have conditions on nested attributes")
            }
            Self::SearchTwice => f.write_str(
                "SearchConditionExpression must only contain one condition per attribute",
            ),
            Self::ResultTooDeep => f.write_str("Nesting Levels have exceeded supported limits"),
            keys => keys.write_key_condition(f),
        }
    }

    /// The sentences about conditions on keys (aws-facts 5.1 to 5.3).
    fn write_key_condition(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NestedKey => {
                f.write_str("KeyConditionExpressions cannot have conditions on nested attributes")
            }
            Self::KeyTwice => {
                f.write_str("KeyConditionExpressions must only contain one condition per key")
            }
            // This and the next are inferred; no dated capture.
            Self::NoKey => f.write_str(
                "Invalid condition in KeyConditionExpression: No key attribute specified",
            ),
            Self::TwoKeys => f.write_str(
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in \
                 one condition",
            ),
            Self::TooManyKeyConditions(conditions, keys) => write!(
                f,
                "The number of query conditions ({conditions}) exceeds the number of key \
                 attributes defined in the schema ({keys})"
            ),
            Self::MissedKey(key) => write!(f, "Query condition missed key schema element: {key}"),
            Self::UnsupportedKeyCondition => f.write_str("Query key condition not supported"),
            Self::KeyType => {
                write!(f, "{INVALID}Condition parameter type does not match schema type")
            }
            Self::EmptyKey(key, kind) => write!(
                f,
                "One or more parameter values are not valid. The AttributeValue for a key \
                 attribute cannot contain an empty {} value. Key: {key}",
                if *kind == Type::B { "binary" } else { "string" }
            ),
            Self::HashKeysUnequal(keys) => write!(
                f,
                "HASH key attributes {} must have equality conditions specified in the query",
                keys.join(", ")
            ),
            Self::RangeKeysUnequal(keys, because) => write!(
                f,
                "RANGE key attributes {} must have equality conditions specified in the query \
                 because a condition is present on key attribute {because}",
                keys.join(", ")
            ),
            Self::FilterOnKey(key) => write!(
                f,
                "Filter Expression can only contain non-primary key attributes: Primary key \
                 attribute: {key}"
            ),
            Self::PathIntoKey { key, of_index } => write!(
                f,
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are \
                 not allowed: {}: {key}",
                if *of_index { "IndexKey" } else { "Key" }
            ),
            _ => Ok(()),
        }
    }
}

/// A bound of BETWEEN as the service prints it: `AttributeValue: {S:a}`.
struct Bound<'a>(&'a AttributeValue);

impl fmt::Display for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AttributeValue::S(text) => write!(f, "AttributeValue: {{S:{text}}}"),
            AttributeValue::N(number) => write!(f, "AttributeValue: {{N:{number}}}"),
            // As PartiQL prints it (aws-facts 10.7).
            AttributeValue::B(bytes) => {
                write!(f, "AttributeValue: {{B:[{}]}}", base64::text(bytes))
            }
            // BETWEEN takes no other types.
            other => write!(f, "AttributeValue: {{{}}}", other.kind()),
        }
    }
}

/// How the errors of ADD and DELETE spell types. STRING, NUMBER, Binary, BOOL, NULL, LIST and MAP
/// are captured (aws-facts 4.6), sets cannot be wrong.
fn long_name(kind: Type) -> &'static str {
    match kind {
        Type::S => "STRING",
        Type::N => "NUMBER",
        Type::B => "Binary",
        Type::L => "LIST",
        Type::M => "MAP",
        other => other.name(),
    }
}
