//! Why a table cannot be created as asked: the service's sentences (aws-facts 8.1 and 8.2,
//! aws-tables-facts 3.4 to 3.6, 11.1, 12, 13.1, 14.1, 17.1).

use thiserror::Error;

use crate::wire::Fault;

/// A rule of CreateTable that a definition breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum DefinitionError {
    #[error("One or more parameter values were invalid: {0}")]
    Parameter(#[from] ParameterError),
    #[error("Given value {value} for {unit} is out of bounds")]
    OutOfBounds { unit: &'static str, value: i64 },
    #[error("Invalid KeySchema: Some index key attribute have no definition")]
    NoDefinition,
    #[error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")]
    FirstNotHash,
    #[error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")]
    SecondNotRange,
    #[error("Both the Hash Key and the Range Key element in the KeySchema have the same name")]
    SameName,
    #[error("The KeySchema contains multiple key attributes with the same name")]
    RepeatedKey,
    #[error("Attribute Name is duplicated: {0}")]
    RepeatedAttribute(Box<str>),
    #[error(
        "1 validation error detected: Value '' at 'tableClass' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, STANDARD_INFREQUENT_ACCESS]"
    )]
    EmptyClass,
    #[error(
        "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]."
    )]
    Class,
    #[error("The Tag Key provided is invalid, Key: {0}")]
    TagKey(Box<str>),
    #[error("The Tag Value provided is invalid, Value: {0}")]
    TagValue(Box<str>),
    #[error("Tag Key cannot be prefixed with aws:, Key: {0}")]
    TagPrefix(Box<str>),
    #[error("Duplicate Tag Keys provided as input: Duplicate Tag Key found {0}")]
    RepeatedTag(Box<str>),
    #[error("Number of Tags exceed the current limit for the provided ResourceArn")]
    TooManyTags,
    #[error("Tag set size {size} bytes is above max size limit of {most} bytes")]
    TagsTooLarge { size: usize, most: usize },
    #[error("Atleast one {0} needs to be provided as Input.")]
    NoTags(&'static str),
    #[error(
        "The requested {unit}, {value}, is above the per table maximum for the account in {region}. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    AboveTableMaximum { unit: &'static str, value: i64, region: Box<str> },
    #[error(
        "The requested {unit} for index {index}, {value}, is above the per index maximum for the account in {region}. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    AboveIndexMaximum { unit: &'static str, value: i64, index: Box<str>, region: Box<str> },
}

/// What stands behind the sentence most of them begin with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the sentences say it
pub enum ParameterError {
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    CapacityOnDemand,
    #[error(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
    )]
    NoCapacity,
    #[error(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{keys}], AttributeDefinitions: [{defined}]"
    )]
    Undefined { keys: String, defined: String },
    #[error("List of {0} is empty")]
    EmptyList(&'static str),
    #[error(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
    )]
    LocalNeedsRange,
    #[error("Index KeySchema does not have a range key for index: {0}")]
    LocalWithoutRange(Box<str>),
    #[error(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: {index}. index hash key: {own}, table hash key: {table}"
    )]
    LocalOtherHash { index: Box<str>, own: Box<str>, table: Box<str> },
    #[error("Number of LocalSecondaryIndexes exceeds per-table limit of 5")]
    TooManyLocal,
    #[error("GlobalSecondaryIndex count exceeds the per-table limit of 20")]
    TooManyGlobal,
    #[error("All HASH key attributes must precede RANGE key attributes in the KeySchema")]
    HashAfterRange,
    #[error("The KeySchema exceeds the maximum allowed number of {0} key attributes")]
    TooManyKeys(&'static str),
    #[error("Unknown ProjectionType: null")]
    NoProjectionType,
    #[error("ProjectionType is {0}, but NonKeyAttributes is specified")]
    NeedlessAttributes(&'static str),
    #[error("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")]
    NoAttributes,
    #[error("Duplicate element in NonKeyAttributes: {0}")]
    RepeatedProjected(Box<str>),
    #[error("Duplicate index name: {0}")]
    RepeatedIndex(Box<str>),
    #[error("Vector indexes are only supported for PAY_PER_REQUEST tables")]
    VectorsProvisioned,
    #[error("Number of dimensions must be between 1 and 4096 inclusive.")]
    Dimensions,
    #[error("One element in SearchSchema is not defined in attribute definitions")]
    SearchUndefined,
    #[error(
        "Value '{0}' at 'SearchSchema' failed to satisfy constraint: Member must have HASH count less than or equal to 1"
    )]
    SearchHashes(usize),
    #[error("SearchSchema contains a duplicate AttributeName")]
    SearchRepeated,
    #[error("VectorIndex count exceeds the per-table limit of 5")]
    TooManyVectors,
    #[error(
        "Conflicting attribute definition for '{0}'. All VectorIndexes on the same vector attribute must use the same dimensions."
    )]
    OtherDimensions(Box<str>),
    #[error(
        "Conflicting attribute definition for '{0}'. An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute."
    )]
    VectorDefined(Box<str>),
    #[error(
        "ProvisionedThroughput should not be specified for index: {0} when BillingMode is PAY_PER_REQUEST"
    )]
    IndexCapacityOnDemand(Box<str>),
    #[error("ProvisionedThroughput is not specified for index: {0}")]
    IndexWithoutCapacity(Box<str>),
    #[error(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
    )]
    UnusedWithoutIndex,
    #[error(
        "Some AttributeDefinitions are not used. AttributeDefinitions: [{defined}], keys used: [{used}]"
    )]
    Unused { defined: String, used: String },
    #[error("Table is being created with a stream enabled, UpdateViewType is required")]
    StreamWithoutView,
    #[error(
        "Table is being created with a stream disabled, UpdateViewType should not be specified"
    )]
    ViewWithoutStream,
    #[error("SSEType KMS is required if KMSMasterKeyId is specified")]
    KeyWithoutType,
    #[error("{0} can not be specified if Enabled is false")]
    EncryptionOff(&'static str),
    #[error("SSEType AES256 is not supported")]
    Aes256,
    #[error(
        "{0} for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."
    )]
    OnDemandProvisioned(&'static str),
    #[error(
        "{unit} for OnDemandThroughput for index: {index} cannot be specified when table BillingMode is PROVISIONED."
    )]
    IndexOnDemandProvisioned { unit: &'static str, index: Box<str> },
    #[error("Requested {unit} for OnDemandThroughput for {of} is outside of valid range")]
    OnDemandRange { unit: &'static str, of: String },
    #[error(
        "Requested {unit} for WarmThroughput for {of} is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
    )]
    WarmBelowInitial { unit: &'static str, of: String },
    #[error(
        "Requested {unit} for WarmThroughput for {of} is lower than {provisioned} of ProvisionedThroughput"
    )]
    WarmBelowProvisioned { unit: &'static str, of: String, provisioned: &'static str },
}

impl From<DefinitionError> for Fault {
    fn from(error: DefinitionError) -> Self {
        let text = error.to_string();
        match error {
            DefinitionError::AboveTableMaximum { .. }
            | DefinitionError::AboveIndexMaximum { .. } => {
                Self::new("LimitExceededException", text)
            }
            _ => Self::validation(text),
        }
    }
}
