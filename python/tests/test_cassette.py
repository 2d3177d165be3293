"""Tapes: recorded, replayed, missed, and not there."""

import asyncio
import urllib.request

import boto3
import dynatape
import pytest
from aiobotocore.session import get_session

USERS = {
    "TableName": "users",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
TEST = """
import boto3

def test_orders(dynamodb_cassette):
    client = boto3.client("dynamodb", "us-east-1")
    client.create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    client.put_item(TableName="orders", Item={"id": {"S": "a"}, "n": {"N": "1"}})
    assert client.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "1"}
"""


@pytest.fixture(autouse=True)
def developing(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


def program(client):
    client.create_table(**USERS)
    client.put_item(TableName="users", Item={"id": {"S": "a"}})
    return client.scan(TableName="users")["Items"]


def test_a_tape_is_recorded_once_and_answers_without_its_upstream(tmp_path):
    tape = tmp_path / "orders.tape"
    with dynatape.Server() as server:
        with dynatape.Cassette(tape, upstream=server.endpoint_url) as cassette:
            assert cassette.records
            recorded = program(boto3.client("dynamodb", "us-east-1"))
        url = server.endpoint_url
    with dynatape.Cassette(tape, upstream=url) as cassette:
        assert not cassette.records
        assert program(boto3.client("dynamodb", "us-east-1")) == recorded == [{"id": {"S": "a"}}]
        asked = [request.operation for request in cassette.requests]
        assert asked == ["CreateTable", "PutItem", "Scan"]


def test_a_miss_is_told_by_the_client_and_at_the_end(tmp_path):
    tape = tmp_path / "orders.tape"
    with dynatape.Cassette(tape, upstream="emulator"):
        program(boto3.client("dynamodb", "us-east-1"))
    with pytest.raises(dynatape.CassetteError, match="replay miss: GetItem users"):
        with dynatape.Cassette(tape):
            client = boto3.client("dynamodb", "us-east-1")
            program(client)
            with pytest.raises(client.exceptions.ClientError, match="nothing recorded answers"):
                client.get_item(TableName="users", Key={"id": {"S": "b"}})


def test_writes_that_were_not_made_fail_and_reads_do_not(tmp_path):
    tape = tmp_path / "orders.tape"
    with dynatape.Cassette(tape, upstream="emulator"):
        program(boto3.client("dynamodb", "us-east-1"))
    with dynatape.Cassette(tape) as cassette:
        client = boto3.client("dynamodb", "us-east-1")
        client.create_table(**USERS)
        client.put_item(TableName="users", Item={"id": {"S": "a"}})
    assert len(cassette.unused_reads) == 1
    with pytest.raises(dynatape.CassetteError, match=r"not made:\n  PutItem/users"):
        with dynatape.Cassette(tape):
            boto3.client("dynamodb", "us-east-1").create_table(**USERS)


def test_what_failed_does_not_become_the_tape(tmp_path):
    tape = tmp_path / "orders.tape"
    with pytest.raises(KeyError), dynatape.Cassette(tape, upstream="emulator"):
        boto3.client("dynamodb", "us-east-1").create_table(**USERS)
        raise KeyError
    assert not tape.exists()
    assert tape.with_name("orders.tape.rejected").exists()


def test_new_records_what_the_tape_does_not_hold(tmp_path):
    tape = tmp_path / "orders.tape"
    with dynatape.Cassette(tape, upstream="emulator"):
        program(boto3.client("dynamodb", "us-east-1"))
    before = tape.read_text()
    for record in ("new", "auto"):
        with dynatape.Cassette(tape, record=record, upstream="emulator"):
            client = boto3.client("dynamodb", "us-east-1")
            program(client)
            client.get_item(TableName="users", Key={"id": {"S": "a"}})
    assert len(tape.read_text()) > len(before)


@pytest.mark.parametrize("record", ["auto", "new"])
def test_in_ci_nothing_is_recorded(tmp_path, monkeypatch, record):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(dynatape.CassetteError, match="CI=true: nothing is recorded"):
        dynatape.Cassette(tmp_path / "orders.tape", record=record, upstream="emulator")


def test_tasks_that_wait_for_each_other_replay(tmp_path):
    async def together():
        async with get_session().create_client("dynamodb", "us-east-1") as client:
            await client.create_table(**USERS)
            put = client.put_item(TableName="users", Item={"id": {"S": "a"}})
            await asyncio.gather(*(client.describe_table(TableName="users") for _ in range(5)))
            await put
            key = {"TableName": "users", "Key": {"id": {"S": "a"}}}
            read = await client.get_item(**key)
            await client.delete_item(**key)
            return read["Item"]

    async def run(tape):
        async with dynatape.Cassette(tape, upstream="emulator"):
            return await together()

    for _ in range(2):
        assert asyncio.run(run(tmp_path / "orders.tape")) == {"id": {"S": "a"}}


def test_clients_that_do_not_send_with_botocore_have_an_endpoint(tmp_path):
    tape = tmp_path / "orders.tape"
    for _ in range(2):
        with dynatape.Cassette(tape, upstream="emulator") as cassette:
            request = urllib.request.Request(cassette.endpoint_url, b"{}", {
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Date": "20260101T000000Z",
                "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/"
                "aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0",
            })
            assert urllib.request.urlopen(request).read() == b'{"TableNames":[]}'


def pytest_run(pytester, *arguments):
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_the_fixture_records_once_beside_the_test_and_replays(pytester):
    pytester.makepyfile(test_shop=TEST)
    pytest_run(pytester, "--dynatape-upstream=emulator").assert_outcomes(passed=1)
    tape = pytester.path / "tapes" / "test_shop" / "test_orders.tape"
    assert '"id": "GetItem/orders' in tape.read_text()
    before = tape.stat().st_mtime_ns
    # Nobody is there to ask.
    pytest_run(pytester, "--dynatape-upstream=http://127.0.0.1:1").assert_outcomes(passed=1)
    assert tape.stat().st_mtime_ns == before


def test_the_upstream_can_be_set_in_the_ini_file(pytester):
    pytester.makeini("[pytest]\ndynatape_upstream = emulator")
    pytester.makepyfile(test_shop=TEST)
    pytest_run(pytester).assert_outcomes(passed=1)
    pytest_run(pytester, "--dynatape-record=off").assert_outcomes(passed=1)
    pytest_run(pytester, "--dynatape-record=rewrite").assert_outcomes(passed=1)


def test_a_failure_shows_the_miss_report_and_how_to_record(pytester):
    pytester.makepyfile(test_shop=TEST)
    pytest_run(pytester, "--dynatape-upstream=emulator").assert_outcomes(passed=1)
    pytester.makepyfile(test_shop=TEST.replace('Key={"id": {"S": "a"}}', 'Key={"id": {"S": "b"}}'))
    result = pytest_run(pytester)
    assert result.ret == 1
    result.stdout.fnmatch_lines([
        "*dynatape replay misses*",
        "dynatape replay miss: GetItem orders: nothing recorded answers this request.",
        "*fix: *pytest test_shop.py::test_orders --dynatape-record=rewrite*",
    ])


def test_a_miss_that_the_test_did_not_mind_fails_it(pytester):
    pytester.makepyfile(test_shop=TEST)
    pytest_run(pytester, "--dynatape-upstream=emulator").assert_outcomes(passed=1)
    swallowed = """
    try:
        client.get_item(TableName="orders", Key={"id": {"S": "b"}})
    except client.exceptions.ClientError:
        pass
"""
    pytester.makepyfile(test_shop=TEST + swallowed)
    result = pytest_run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*dynatape replay misses*", "*GetItem orders*"])


def test_a_write_that_was_not_made_is_an_error_and_a_read_a_warning(pytester):
    pytester.makepyfile(test_shop=TEST)
    pytest_run(pytester, "--dynatape-upstream=emulator").assert_outcomes(passed=1)
    without_read, without_both = TEST.rsplit("    assert", 1)[0], TEST.split("    client.put_item")[0]
    pytester.makepyfile(test_shop=without_read)
    result = pytest_run(pytester)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*UnusedReadWarning*GetItem/orders*"])
    pytester.makepyfile(test_shop=without_both)
    result = pytest_run(pytester)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*recorded writes were not made*", "*PutItem/orders*"])


def test_in_ci_a_tape_that_is_not_there_is_an_error_that_says_what_to_do(pytester, monkeypatch):
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(test_shop=TEST)
    result = pytest_run(pytester, "--dynatape-upstream=emulator")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*CI=true: nothing is recorded. Record it where you develop*"])


def test_workers_record_and_replay_tapes_of_parameters_side_by_side(pytester):
    parameters = ["a", "a/b", "a:b", "ä", "x" * 300, *map(str, range(20))]
    mark = f"import pytest\n\n@pytest.mark.parametrize('n', {parameters!r})\n"
    pytester.makepyfile(test_shop=TEST.replace("def ", mark + "def ").replace(
        "(dynamodb_cassette)", "(dynamodb_cassette, n)"))
    arguments = ("-n", "4", "--dynatape-upstream=emulator")
    count = len(parameters)
    pytest_run(pytester, *arguments).assert_outcomes(passed=count)
    assert len(list((pytester.path / "tapes" / "test_shop").iterdir())) == count
    pytest_run(pytester, "--dynatape-record=off", "-n", "4").assert_outcomes(passed=count)
