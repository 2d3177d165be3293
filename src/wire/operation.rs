//! The API's operations: one table, from which everything else that lists them is derived.

use std::fmt;

/// Which of the two services an operation belongs to, which is the first half of its
/// `X-Amz-Target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// Amazon DynamoDB Streams.
    Streams,
}

impl Service {
    /// The target prefix, without the full stop.
    #[must_use]
    pub const fn target_prefix(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB_20120810",
            Self::Streams => "DynamoDBStreams_20120810",
        }
    }
}

/// Whether an operation can change what a later call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing: asking again is free.
    Read,
    /// It may change something. PartiQL statements count as writes, whatever they say.
    Write,
}

macro_rules! operations {
    ($($name:ident: $service:ident, $effect:ident;)*) => {
        /// An operation of the API model of November 2026.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)] // the names are the API's own
        pub enum Operation { $($name,)* }

        impl Operation {
            /// All of them: DynamoDB's by name, then Streams' by name.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name, as in the second half of `X-Amz-Target`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The service it belongs to.
            #[must_use]
            pub const fn service(self) -> Service {
                match self { $(Self::$name => Service::$service,)* }
            }

            /// Whether it can change anything.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)* }
            }

            /// The operation of that name, in either service (no name is in both).
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

operations! {
    BatchExecuteStatement: DynamoDb, Write;
    BatchGetItem: DynamoDb, Read;
    BatchWriteItem: DynamoDb, Write;
    CancelBulkOperation: DynamoDb, Write;
    CreateBackup: DynamoDb, Write;
    CreateGlobalTable: DynamoDb, Write;
    CreateTable: DynamoDb, Write;
    DeleteBackup: DynamoDb, Write;
    DeleteItem: DynamoDb, Write;
    DeleteResourcePolicy: DynamoDb, Write;
    DeleteTable: DynamoDb, Write;
    DescribeBackup: DynamoDb, Read;
    DescribeBulkOperation: DynamoDb, Read;
    DescribeContinuousBackups: DynamoDb, Read;
    DescribeContributorInsights: DynamoDb, Read;
    DescribeEndpoints: DynamoDb, Read;
    DescribeExport: DynamoDb, Read;
    DescribeGlobalTable: DynamoDb, Read;
    DescribeGlobalTableSettings: DynamoDb, Read;
    DescribeImport: DynamoDb, Read;
    DescribeKinesisStreamingDestination: DynamoDb, Read;
    DescribeLimits: DynamoDb, Read;
    DescribeTable: DynamoDb, Read;
    DescribeTableReplicaAutoScaling: DynamoDb, Read;
    DescribeTimeToLive: DynamoDb, Read;
    DisableKinesisStreamingDestination: DynamoDb, Write;
    EnableKinesisStreamingDestination: DynamoDb, Write;
    ExecuteStatement: DynamoDb, Write;
    ExecuteTransaction: DynamoDb, Write;
    ExportTableToPointInTime: DynamoDb, Write;
    GetItem: DynamoDb, Read;
    GetResourcePolicy: DynamoDb, Read;
    ImportTable: DynamoDb, Write;
    ListBackups: DynamoDb, Read;
    ListBulkOperations: DynamoDb, Read;
    ListContributorInsights: DynamoDb, Read;
    ListExports: DynamoDb, Read;
    ListGlobalTables: DynamoDb, Read;
    ListImports: DynamoDb, Read;
    ListTables: DynamoDb, Read;
    ListTagsOfResource: DynamoDb, Read;
    PutItem: DynamoDb, Write;
    PutResourcePolicy: DynamoDb, Write;
    Query: DynamoDb, Read;
    RestoreTableFromBackup: DynamoDb, Write;
    RestoreTableToPointInTime: DynamoDb, Write;
    Scan: DynamoDb, Read;
    SearchVectors: DynamoDb, Read;
    StartBulkPutItems: DynamoDb, Write;
    TagResource: DynamoDb, Write;
    TransactGetItems: DynamoDb, Read;
    TransactWriteItems: DynamoDb, Write;
    UntagResource: DynamoDb, Write;
    UpdateContinuousBackups: DynamoDb, Write;
    UpdateContributorInsights: DynamoDb, Write;
    UpdateGlobalTable: DynamoDb, Write;
    UpdateGlobalTableSettings: DynamoDb, Write;
    UpdateItem: DynamoDb, Write;
    UpdateKinesisStreamingDestination: DynamoDb, Write;
    UpdateTable: DynamoDb, Write;
    UpdateTableReplicaAutoScaling: DynamoDb, Write;
    UpdateTimeToLive: DynamoDb, Write;
    DescribeStream: Streams, Read;
    GetRecords: Streams, Read;
    GetShardIterator: Streams, Read;
    ListStreams: Streams, Read;
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a request asks for, as its `X-Amz-Target` header says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An operation of the table.
    Known(Operation),
    /// A target nobody here knows; a proxy passes it on as it is.
    Other(Box<str>),
    /// No target at all.
    Missing,
}

impl Target {
    /// Reads the header's value.
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let Some(text) = header else { return Self::Missing };
        let known = text.split_once('.').and_then(|(prefix, name)| {
            let operation = Operation::from_name(name)?;
            // The names do not overlap, and Streams operations answer under either prefix
            // (aws-facts 2.2, unstated); only a foreign prefix is unknown.
            let known = [Service::DynamoDb, Service::Streams];
            known.iter().any(|service| service.target_prefix() == prefix).then_some(operation)
        });
        known.map_or_else(|| Self::Other(text.into()), Self::Known)
    }

    /// The header's value for this target, if it has one.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        match self {
            Self::Known(known) => Some(format!("{}.{known}", known.service().target_prefix())),
            Self::Other(text) => Some(text.to_string()),
            Self::Missing => None,
        }
    }

    /// The operation, if it is one of the table.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Other(_) | Self::Missing => None,
        }
    }

    /// A name to show and to file under: the operation's, or the last part of the unknown
    /// target, or `-`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(known) => known.name(),
            Self::Other(text) => {
                text.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or("-")
            }
            Self::Missing => "-",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_62_and_4() {
        let of = |service| Operation::ALL.iter().filter(|known| known.service() == service).count();
        assert_eq!((of(Service::DynamoDb), of(Service::Streams)), (62, 4));
    }

    #[test]
    fn a_target_reads_back_as_it_was_sent() {
        for operation in Operation::ALL {
            let target = Target::Known(*operation);
            assert_eq!(Target::parse(target.header().as_deref()), target);
        }
        for unknown in ["", "GetItem", "DynamoDB_20120810.Future", "DynamoDB_20111205.GetItem", "."]
        {
            let target = Target::parse(Some(unknown));
            assert_eq!(target, Target::Other(unknown.into()));
            assert_eq!(target.header().as_deref(), Some(unknown));
        }
    }
}
