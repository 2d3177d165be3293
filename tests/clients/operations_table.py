"""Every operation, waiter and paginator that the API model has, as data: what is asked and what the answer holds.

STAGES are run one after the other; what is in one stage may run side by side. In arguments `{name}` stands for a value
that an earlier answer was kept under, `{name.id}` for what comes last in such an ARN. Answers are looked into with
JMESPath.
"""

from dataclasses import dataclass, field

# Not served: their calls must be refused with UnknownOperationException, and their waiters and paginators are not run.
TO_COME = set()


@dataclass
class Call:
    """An operation; what its answer holds, and what of it later calls need. What the service refuses whatever is asked
    has the code that it does so with."""

    operation: str
    arguments: dict = field(default_factory=dict)
    holds: dict = field(default_factory=dict)
    keep: dict = field(default_factory=dict)
    refused: str = ""

    def name(self):
        return self.operation


@dataclass
class Wait(Call):
    """A waiter of the operation, which has to come to its end."""

    waiter: str = ""

    def name(self):
        return f"wait until {self.waiter}"


@dataclass
class Pages(Call):
    """The operation's paginator with a page of one (of the service's own size, where a request cannot say it)."""

    page: int | None = 1

    def name(self):
        return f"pages of {self.operation}"


def table(name, *keys, **more):
    keys = keys or ("id",)
    return {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))], **more,
    }


def order(customer, number, **more):
    return {"customer": {"S": customer}, "number": {"S": number}, **more}


ORDERS = {"TableName": "orders"}
EVENTS = {"TableName": "events"}
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/audit"
POLICY = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},'
          '"Action":"dynamodb:GetItem","Resource":"*"}]}')
DONE = "COMPLETED"
# What is in buckets before anything is asked; one that exports go to has to be there.
BUCKETS = {
    "imports/counts/part-1.json": '{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}\n{"Item":{"id":{"S":"b"},"n":{"N":"2"}}}\n',
    "exports/readme.txt": "",
}

TABLES = [
    [
        Call("CreateTable", table("orders", "customer", "number"), {"TableDescription.TableStatus": "CREATING"},
             keep={"orders": "TableDescription.TableArn"}),
        Call("CreateTable", table("events", StreamSpecification={
            "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}),
            {"TableDescription.TableName": "events"}, keep={"stream": "TableDescription.LatestStreamArn"}),
        Call("CreateTable", table("counts"), {"TableDescription.KeySchema[0].KeyType": "HASH"}),
        Call("CreateTable", table("replicated", StreamSpecification={
            "StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}), {"TableDescription.TableName": "replicated"}),
        Call("DescribeEndpoints", {}, {"Endpoints[0].Address": "dynamodb.us-east-1.amazonaws.com"}),
        Call("DescribeLimits", {}, {"TableMaxReadCapacityUnits": 40000}),
    ],
    [Wait("DescribeTable", {"TableName": name}, waiter="TableExists")
     for name in ("orders", "events", "counts", "replicated")],
    [
        Call("DescribeTable", ORDERS, {"Table.TableStatus": "ACTIVE", "Table.KeySchema[1].AttributeName": "number"}),
        Call("ListTables", {"Limit": 3}, {"TableNames": ["counts", "events", "orders"]}),
        Pages("ListTables", {}, {"TableNames": ["counts", "events", "orders", "replicated"]}),
        Call("UpdateTable", {"TableName": "counts", "DeletionProtectionEnabled": True},
             {"TableDescription.DeletionProtectionEnabled": True}),
        Call("UpdateTimeToLive", {**EVENTS, "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}},
             {"TimeToLiveSpecification.AttributeName": "until"}),
        Call("TagResource", {"ResourceArn": "{orders}", "Tags": [
            {"Key": "team", "Value": "blue"}, {"Key": "stage", "Value": "test"}]}),
        Call("UpdateContinuousBackups", {
            **ORDERS, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            {"ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus": "ENABLED"}),
    ],
    [
        Call("DescribeTimeToLive", EVENTS, {"TimeToLiveDescription.AttributeName": "until"}),
        Call("DescribeContinuousBackups", ORDERS, {"ContinuousBackupsDescription.ContinuousBackupsStatus": "ENABLED"}),
        Call("ListTagsOfResource", {"ResourceArn": "{orders}"}, {"sort_by(Tags, &Key)[].Value": ["test", "blue"]}),
        Pages("ListTagsOfResource", {"ResourceArn": "{orders}"}, {"length(Tags)": 2}, page=None),
    ],
    [Call("UntagResource", {"ResourceArn": "{orders}", "TagKeys": ["stage"]})],
]

ITEMS = [
    [
        Call("PutItem", {**ORDERS, "Item": order("ann", "1", price={"N": "12.50"}), "ReturnConsumedCapacity": "TOTAL"},
             {"ConsumedCapacity.CapacityUnits": 1.0}),
        Call("UpdateItem", {
            **ORDERS, "Key": order("ann", "2"), "UpdateExpression": "SET price = :t", "ReturnValues": "ALL_NEW",
            "ExpressionAttributeValues": {":t": {"N": "7"}}}, {"Attributes.price.N": "7"}),
        Call("BatchWriteItem", {"RequestItems": {
            "orders": [{"PutRequest": {"Item": order("bob", number)}} for number in ("1", "2")]}},
            {"UnprocessedItems": {}}),
        Call("TransactWriteItems", {"TransactItems": [
            {"Put": {**ORDERS, "Item": order("eve", "1")}},
            {"ConditionCheck": {**ORDERS, "Key": order("eve", "2"),
                                "ConditionExpression": "attribute_not_exists(customer)"}}]}),
        Call("PutItem", {**EVENTS, "Item": {"id": {"S": "first"}}}),
    ],
    [
        Call("GetItem", {**ORDERS, "Key": order("ann", "1"), "ConsistentRead": True}, {"Item.price.N": "12.5"}),
        Call("BatchGetItem", {"RequestItems": {"orders": {"Keys": [order("bob", "1"), order("bob", "3")]}}},
             {"Responses.orders": [order("bob", "1")], "UnprocessedKeys": {}}),
        Call("TransactGetItems", {"TransactItems": [{"Get": {**ORDERS, "Key": order("eve", "1")}}]},
             {"Responses[0].Item": order("eve", "1")}),
        Call("Query", {**ORDERS, "KeyConditionExpression": "customer = :c", "ScanIndexForward": False,
                       "ExpressionAttributeValues": {":c": {"S": "ann"}}}, {"Items[].number.S": ["2", "1"], "Count": 2}),
        Pages("Query", {**ORDERS, "KeyConditionExpression": "customer = :c",
                        "ExpressionAttributeValues": {":c": {"S": "bob"}}}, {"Items[].number.S": ["1", "2"], "Count": 2}),
        Call("Scan", {**ORDERS, "FilterExpression": "attribute_exists(price)"}, {"Count": 2, "ScannedCount": 5}),
        Pages("Scan", ORDERS, {"length(Items)": 5, "Count": 5}),
        Call("ExecuteStatement", {"Statement": "SELECT price FROM orders WHERE customer = 'ann' AND number = '2'"},
             {"Items": [{"price": {"N": "7"}}]}),
        Call("BatchExecuteStatement", {"Statements": [
            {"Statement": "SELECT * FROM orders WHERE customer = ? AND number = '1'", "Parameters": [{"S": "bob"}]}]},
            {"Responses[0].Item": order("bob", "1")}),
    ],
    [
        Call("ExecuteTransaction", {"TransactStatements": [
            {"Statement": "INSERT INTO orders VALUE {'customer': 'zoe', 'number': '1'}"}]}),
        Call("DeleteItem", {**ORDERS, "Key": order("eve", "1"), "ReturnValues": "ALL_OLD"},
             {"Attributes": order("eve", "1")}),
    ],
    [Call("Scan", {**ORDERS, "Select": "COUNT"}, {"Count": 5})],
]

STREAMS = [
    [
        Call("ListStreams", EVENTS, {"Streams[0].TableName": "events"}),
        Call("DescribeStream", {"StreamArn": "{stream}"}, {"StreamDescription.StreamStatus": "ENABLED"},
             keep={"shard": "StreamDescription.Shards[0].ShardId"}),
    ],
    [Call("GetShardIterator", {"StreamArn": "{stream}", "ShardId": "{shard}", "ShardIteratorType": "TRIM_HORIZON"},
          keep={"iterator": "ShardIterator"})],
    [Call("GetRecords", {"ShardIterator": "{iterator}"},
          {"Records[].[eventName, dynamodb.Keys.id.S]": [["INSERT", "first"]]})],
]

BESIDE_TABLES = [
    [
        Call("PutResourcePolicy", {"ResourceArn": "{orders}", "Policy": POLICY}, keep={"revision": "RevisionId"}),
        Call("UpdateContributorInsights", {**ORDERS, "ContributorInsightsAction": "ENABLE"}, {"TableName": "orders"}),
        Call("EnableKinesisStreamingDestination", {**EVENTS, "StreamArn": STREAM}, {"StreamArn": STREAM}),
        Call("CreateGlobalTable", {
            "GlobalTableName": "replicated", "ReplicationGroup": [{"RegionName": "us-east-1"}]},
            refused="ValidationException"),
        Call("UpdateTable", {"TableName": "replicated", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
             {"TableDescription.[TableStatus, GlobalTableVersion, Replicas]": ["UPDATING", "2019.11.21", []]}),
    ],
    [
        Wait("DescribeContributorInsights", ORDERS, waiter="ContributorInsightsEnabled"),
        Wait("DescribeKinesisStreamingDestination", EVENTS, waiter="KinesisStreamingDestinationActive"),
    ],
    [
        Call("GetResourcePolicy", {"ResourceArn": "{orders}"}, {"Policy": POLICY, "RevisionId": "{revision}"}),
        Call("DescribeContributorInsights", ORDERS, {"ContributorInsightsStatus": "ENABLED"}),
        Call("ListContributorInsights", ORDERS, {"ContributorInsightsSummaries[0].TableName": "orders"}),
        Call("DescribeKinesisStreamingDestination", EVENTS,
             {"KinesisDataStreamDestinations[].[StreamArn, DestinationStatus]": [[STREAM, "ACTIVE"]]}),
        Call("DescribeTable", {"TableName": "replicated"},
             {"Table.Replicas[].[RegionName, ReplicaStatus]": [["eu-west-1", "ACTIVE"]]}),
        Call("DescribeTableReplicaAutoScaling", {"TableName": "replicated"},
             {"TableAutoScalingDescription.Replicas[].RegionName": ["eu-west-1", "us-east-1"]}),
        Call("DescribeGlobalTable", {"GlobalTableName": "replicated"}, refused="GlobalTableNotFoundException"),
        Call("DescribeGlobalTableSettings", {"GlobalTableName": "replicated"}, refused="GlobalTableNotFoundException"),
        Call("ListGlobalTables", {}, {"GlobalTables": []}),
    ],
    [
        Call("DeleteResourcePolicy", {"ResourceArn": "{orders}", "ExpectedRevisionId": "{revision}"},
             {"RevisionId": "{revision}"}),
        Call("UpdateKinesisStreamingDestination", {
            **EVENTS, "StreamArn": STREAM,
            "UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}},
            {"UpdateKinesisStreamingConfiguration.ApproximateCreationDateTimePrecision": "MICROSECOND"}),
        Call("UpdateGlobalTableSettings", {"GlobalTableName": "replicated", "GlobalTableBillingMode": "PAY_PER_REQUEST"},
             refused="GlobalTableNotFoundException"),
        Call("UpdateTableReplicaAutoScaling", {
            "TableName": "replicated", "ProvisionedWriteCapacityAutoScalingUpdate": {"AutoScalingDisabled": True}},
            {"TableAutoScalingDescription.TableName": "replicated"}),
    ],
    [
        Call("DisableKinesisStreamingDestination", {**EVENTS, "StreamArn": STREAM}, {"TableName": "events"}),
        Call("UpdateGlobalTable", {
            "GlobalTableName": "replicated", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
            refused="ValidationException"),
        Call("UpdateTable", {"TableName": "replicated", "ReplicaUpdates": [{"Delete": {"RegionName": "eu-west-1"}}]},
             {"TableDescription.TableStatus": "UPDATING"}),
    ],
]

BACKUPS = [
    [Call("CreateBackup", {**ORDERS, "BackupName": "first"}, {"BackupDetails.BackupName": "first"},
          keep={"backup": "BackupDetails.BackupArn"}),
     Call("CreateBackup", {**ORDERS, "BackupName": "second"}, {"BackupDetails.BackupType": "USER"})],
    [
        Call("DescribeBackup", {"BackupArn": "{backup}"}, {"BackupDescription.BackupDetails.BackupStatus": "AVAILABLE"}),
        Call("ListBackups", ORDERS, {"sort(BackupSummaries[].BackupName)": ["first", "second"]}),
        Pages("ListBackups", ORDERS, {"sort(BackupSummaries[].BackupName)": ["first", "second"]}),
        Call("RestoreTableFromBackup", {"TargetTableName": "restored", "BackupArn": "{backup}"},
             {"TableDescription.RestoreSummary.SourceTableArn": "{orders}"}),
        Call("RestoreTableToPointInTime", {
            "SourceTableName": "orders", "TargetTableName": "earlier", "UseLatestRestorableTime": True},
            {"TableDescription.TableStatus": "CREATING"}),
        Call("ExportTableToPointInTime", {"TableArn": "{orders}", "S3Bucket": "exports"},
             {"ExportDescription.ExportStatus": "IN_PROGRESS"}, keep={"export": "ExportDescription.ExportArn"}),
    ],
    [
        Wait("DescribeTable", {"TableName": "restored"}, waiter="TableExists"),
        Wait("DescribeTable", {"TableName": "earlier"}, waiter="TableExists"),
        Wait("DescribeExport", {"ExportArn": "{export}"}, waiter="ExportCompleted"),
    ],
    [
        Call("Scan", {"TableName": "restored"}, {"Count": 5}),
        Call("DeleteBackup", {"BackupArn": "{backup}"}, {"BackupDescription.BackupDetails.BackupName": "first"}),
        Call("DescribeExport", {"ExportArn": "{export}"}, {"ExportDescription.[ExportStatus, ItemCount]": [DONE, 5]}),
        Call("ListExports", {"TableArn": "{orders}"}, {"ExportSummaries[].ExportStatus": [DONE]}),
        Call("ImportTable", {
            "S3BucketSource": {"S3Bucket": "imports", "S3KeyPrefix": "counts/"}, "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": table("imported")},
            {"ImportTableDescription.ImportStatus": "IN_PROGRESS"}, keep={"import": "ImportTableDescription.ImportArn"}),
        Call("StartBulkPutItems", {
            "TableName": "counts", "InputS3Configuration": {
                "S3Bucket": "imports", "S3KeyPrefix": "counts/", "InputFormat": "DYNAMODB_JSON"},
            "OutputS3Configuration": {"S3Bucket": "exports", "S3KeyPrefix": "errors", "OutputType": ["ERROR"]}},
            {"BulkOperationDescription.BulkOperationStatus": "IN_PROGRESS"},
            keep={"bulk": "BulkOperationDescription.BulkOperationArn"}),
    ],
    [
        Wait("DescribeImport", {"ImportArn": "{import}"}, waiter="ImportCompleted"),
        Wait("DescribeBulkOperation", {"BulkOperationArn": "{bulk}"}, waiter="BulkOperationCompleted"),
    ],
    [
        Call("DescribeImport", {"ImportArn": "{import}"}, {"ImportTableDescription.[ImportStatus, ImportedItemCount]": [DONE, 2]}),
        Call("ListImports", {}, {"ImportSummaryList[].ImportStatus": [DONE]}),
        Call("DescribeBulkOperation", {"BulkOperationArn": "{bulk}"},
             {"BulkOperationDescription.[BulkOperationStatus, ProcessedItemCount]": [DONE, 2]}),
        Call("ListBulkOperations", {}, {"length(BulkOperationsSummaryList)": 1}),
        Pages("ListBulkOperations", {}, {"length(BulkOperationsSummaryList)": 1}),
        Call("CancelBulkOperation", {"BulkOperationArn": "{bulk}"}, {"BulkOperationStatus": DONE}),
        Call("Scan", {"TableName": "imported"}, {"Count": 2}),
        Call("Scan", {"TableName": "counts"}, {"Count": 2}),
    ],
]

LIKENESS = {
    "IndexName": "by-likeness", "VectorAttribute": {"AttributeName": "likeness"}, "Projection": {"ProjectionType": "ALL"},
    "Dimensions": 2, "DistanceFunction": "EUCLIDEAN",
}

SEARCH = [
    [Call("UpdateTable", {"TableName": "counts", "VectorIndexUpdates": [{"Create": LIKENESS}]},
          {"TableDescription.VectorIndexes[].IndexStatus": ["CREATING"]})],
    [Call("PutItem", {"TableName": "counts", "ReturnConsumedCapacity": "INDEXES", "Item": {
        "id": {"S": "like"}, "likeness": {"L": [{"N": "4"}, {"N": "4"}]}}},
        {'ConsumedCapacity.VectorIndexes."by-likeness".VectorWriteRequestBytes': 1024.0})],
    [Call("SearchVectors", {
        "TableName": "counts", "IndexName": "by-likeness", "SearchVector": [{"N": "1"}, {"N": "0"}], "TopK": 1},
        {"SearchResults[].[Item.id.S, Score]": [["like", 5.0]]})],
    [Call("UpdateTable", {"TableName": "counts", "VectorIndexUpdates": [{"Delete": {"IndexName": "by-likeness"}}]},
          {"TableDescription.VectorIndexes[].[IndexStatus, ItemCount]": [["DELETING", 1]]})],
]

END = [
    [Call("DeleteTable", EVENTS, {"TableDescription.TableStatus": "DELETING"})],
    [Wait("DescribeTable", EVENTS, waiter="TableNotExists")],
]

STAGES = TABLES + ITEMS + STREAMS + BESIDE_TABLES + BACKUPS + SEARCH + END
