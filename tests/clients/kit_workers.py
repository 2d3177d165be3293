#!/usr/bin/env python3
"""Tests that all use the same tables and keys, by four workers of pytest-xdist, in a random
order, again and again: none sees what another wrote.

    kit_workers.py [RUNS] [FIRST_SEED] [TESTS]      10 runs of 500 tests by default

Runs with the Python that has the package `dynatape`, pytest, pytest-xdist, pytest-asyncio and
aiobotocore. A seed makes the same order again.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Of a hundred tests so many are of each kind, in the order of the suite below.
SHARES = (30, 46, 8, 10, 6)
CONFTEST = """
import os, random
import boto3, pytest

def pytest_collection_modifyitems(items):
    # All workers have to agree on the order.
    random.Random(int(os.environ["SEED"])).shuffle(items)

@pytest.fixture(scope="session")
def dynamodb_seed():
    def seed(db):
        db.create_table("seeded", "id")
        db.put("seeded", {"id": "there", "n": 0})
    return seed
"""
SUITE = """
import asyncio, os
import boto3, dynatape, pytest
from aiobotocore.session import get_session

# A client of the process, as programs have them.
client = boto3.client("dynamodb", "us-east-1")
counts = [int(count) for count in os.environ["COUNTS"].split()]
mark = pytest.mark.dynamodb(tables={"users": "id"})

def ids(items):
    return [item["id"]["S"] for item in items]

@mark
@pytest.mark.parametrize("n", range(counts[0]))
def test_what_was_written_is_alone_there(dynamodb, n):
    assert ids(client.scan(TableName="users")["Items"]) == []
    client.put_item(TableName="users", Item={"id": {"S": str(n)}})
    assert ids(client.scan(TableName="users")["Items"]) == [str(n)]

@pytest.mark.parametrize("n", range(counts[1]))
def test_what_was_seeded_is_as_it_was(dynamodb, n):
    client.update_item(TableName="seeded", Key={"id": {"S": "there"}}, UpdateExpression="ADD n :n",
                       ExpressionAttributeValues={":n": {"N": str(n)}})
    assert dynamodb.items("seeded") == [{"id": "there", "n": n}]

@mark
@pytest.mark.asyncio
@pytest.mark.parametrize("n", range(counts[2]))
async def test_tasks_have_it_in_common(dynamodb, n):
    async with get_session().create_client("dynamodb") as client:
        puts = [client.put_item(TableName="users", Item={"id": {"S": f"{n}-{i}"}}) for i in range(5)]
        await asyncio.gather(*puts)
        assert (await client.scan(TableName="users"))["Count"] == 5

@pytest.mark.parametrize("n", range(counts[3]))
def test_those_of_a_factory_are_apart(dynamodb_factory, n):
    one = dynamodb_factory(tables={"users": "id"})
    two = dynamodb_factory(tables={"users": "id"}, seed={"users": [{"id": "two"}]})
    client.put_item(TableName="users", Item={"id": {"S": str(n)}})
    assert (len(one.items("users")), len(two.items("users"))) == (0, 2)

@pytest.mark.parametrize("n", range(counts[4]))
def test_a_tape_is_recorded_and_replayed(dynamodb_cassette, n):
    client.create_table(
        TableName="users", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    client.put_item(TableName="users", Item={"id": {"S": str(n)}})
    assert ids(client.scan(TableName="users")["Items"]) == [str(n)]
"""


def main():
    runs, first, tests = (int(text) for text in (*sys.argv[1:], *("10", "1", "500")[len(sys.argv) - 1:]))
    counts = [tests * share // 100 for share in SHARES]
    tests = sum(counts)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(CONFTEST)
        Path(folder, "test_all.py").write_text(SUITE)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "4", "-p", "no:cacheprovider",
                   "-W", "ignore", "--dynatape-upstream=emulator"]
        for seed in range(first, first + runs):
            environment = {**os.environ, "SEED": str(seed), "COUNTS": " ".join(map(str, counts)), "CI": ""}
            begun = time.monotonic()
            ran = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
            if ran.returncode != 0 or not re.search(rf"\b{tests} passed", ran.stdout):
                sys.exit(f"{ran.stdout}{ran.stderr}\nseed {seed}: not {tests} passed")
            print(f"seed {seed}: {tests} passed in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
