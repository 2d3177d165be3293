"""What a program used, what it would need, and what is stored."""

import boto3
import dynatape
import pytest
from dynatape.report import Peak, Place, Report, Stored, Usage


@pytest.fixture
def used(dynamodb):
    client = boto3.client("dynamodb", "us-east-1")
    client.create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    )
    dynamodb._emulator.set_clock(1_800_000_000.0, False)
    text = {"S": "x" * 1500}
    client.put_item(TableName="orders", Item={"id": {"S": "a"}, "text": text})
    client.put_item(TableName="orders", Item={"id": {"S": "b"}, "status": {"S": "new"}})
    dynamodb.advance_clock(1)
    client.get_item(TableName="orders", Key={"id": {"S": "a"}}, ConsistentRead=True)
    client.get_item(TableName="orders", Key={"id": {"S": "a"}})
    client.query(
        TableName="orders", IndexName="by-status", KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "status"}, ExpressionAttributeValues={":s": {"S": "new"}},
    )
    return dynamodb


TABLE, INDEX = Place("us-east-1", "orders"), Place("us-east-1", "orders", "by-status")


def test_capacity_is_told_by_table_index_and_operation(used):
    assert used.capacity().usage == {
        (TABLE, "PutItem"): Usage(requests=2, write=3.0),
        (INDEX, "PutItem"): Usage(requests=1, write=1.0),
        (TABLE, "GetItem"): Usage(requests=2, read=1.5),
        (INDEX, "Query"): Usage(requests=1, read=0.5),
    }
    assert used.requests[1].used == (dynatape.Used("orders", None, True, 2.0),)
    assert used.capacity().total(TABLE) == Usage(requests=4, read=1.5, write=3.0)


def test_what_to_provision_is_the_most_in_one_second(used):
    peaks = used.capacity().peaks
    assert (peaks[TABLE], peaks[TABLE].provisioned) == (Peak(read=1.5, write=3.0), (2, 3))
    assert (peaks[INDEX], peaks[INDEX].provisioned) == (Peak(read=0.5, write=1.0), (1, 1))


def test_what_is_stored_has_the_hundred_bytes_of_each_item(used):
    stored = used.report().stored
    # id + a + text + 1500 times x; id + b + status + new
    assert (stored[TABLE], stored[TABLE].billed) == (Stored(2, 2 + 1 + 4 + 1500 + 3 + 9), 1719)
    assert (stored[INDEX], stored[INDEX].billed) == (Stored(1, 12), 112)


def test_reports_are_added_told_and_read_again(used):
    both = Report()
    both.add(used.report())
    both.add(Report.from_json(used.report().to_json()))
    assert both.total(TABLE) == Usage(requests=8, read=3.0, write=6.0)
    assert both.peaks == used.capacity().peaks
    lines = str(both).splitlines()
    assert max(map(len, lines)) <= 80
    assert "orders PutItem".ljust(41) + f"{4:>13}{0:>13}{6:>13}" in lines
    assert "orders/by-status".ljust(41) + f"{1:>13}{12:>13}{112:>13}" in lines


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_run_prints_what_all_of_its_tests_used(pytester, workers):
    pytester.makepyfile("""
import boto3, pytest

@pytest.mark.dynamodb(tables={"users": "id"})
@pytest.mark.parametrize("n", range(10))
def test_put(dynamodb, n):
    boto3.client("dynamodb").put_item(TableName="users", Item={"id": {"S": "a"}})
""")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--dynatape-report", *workers)
    result.assert_outcomes(passed=10)
    result.stdout.fnmatch_lines([
        "used: table/index, operation *RCU *WCU",
        "users PutItem * 10 * 0 * 10",
        "most in a second, to provision *RCU *WCU",
        "users * 1 * 1",
        "stored: table/index * items * bytes * billed",
        "users * 1 * 3 * 103",
    ])
