#!/usr/bin/env python3
"""Records a suite once, one test after the other, and replays it ten times with eight workers in random order.

    tests/clients/workers.py

All workers are processes of their own and ask one replay session. Half of the tests have a table each, the others keep
to their own partition of one table; every test makes up ids and reads its own back. A miss is an error in the test that
asked, and a write that nobody makes fails the replay. Prints a line per run and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import multiprocessing
import random
import sys
import tempfile
import time
import uuid
from pathlib import Path

from running import DYNATAPE, Credentials, no_finding, run

TESTS, WORKERS, RUNS = 32, 8, 10
SHARED = "shared"


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="workers-") as name:
        folder, program = Path(name), ["python3", Path(__file__).resolve()]
        tape, keys = folder / "suite.tape", Credentials().environment()
        recording = run([DYNATAPE, "record", tape, "--upstream", "emulator", "--", *program, "suite", 1, 0], folder, keys)
        if recording.code:
            sys.exit(f"the recording failed:\n{recording.errors}")
        good, figures, detail = no_finding(tape, folder)
        failed += not good
        print(f"{'PASS' if good else 'FAIL'}  the emulator answers the tape as it did ({figures})")
        if not good:
            print(detail[:4000])
        for number in range(1, RUNS + 1):
            start = time.monotonic()
            replay = run([DYNATAPE, "replay", tape, "--causal-wait", 2000, "--", *program, "suite", WORKERS, number], folder, keys)
            good = replay.code == 0 and replay.output == recording.output
            failed += not good
            print(f"{'PASS' if good else 'FAIL'}  order {number}: {TESTS} tests, {WORKERS} workers "
                  f"({time.monotonic() - start:.1f} s)", flush=True)
            if not good:
                print(replay.errors[:4000])
    sys.exit(1 if failed else 0)


# ---- the suite

def client():
    import boto3
    from botocore.config import Config
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


def create(db, table):
    db.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])


def suite(workers, seed):
    """What all tests need comes first, as in a fixture of the session."""
    create(client(), SHARED)
    tests = list(range(TESTS))
    if seed:
        random.Random(seed).shuffle(tests)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        done = pool.map(test, tests, chunksize=1)
    print("\n".join(sorted(done)))


def test(number):
    db = client()
    own = number % 2 == 0
    table, pk = (f"table-{number}", "all") if own else (SHARED, f"test-{number}")
    if own:
        create(db, table)
    ids = [str(uuid.uuid4()) for _ in range(3)]
    keys = [{"pk": {"S": pk}, "sk": {"S": one}} for one in ids]
    for key, place in zip(keys, range(3)):
        db.put_item(TableName=table, Item={**key, "place": {"N": str(place)}},
                    ConditionExpression="attribute_not_exists(pk)")
    for _ in range(random.randrange(1, 4)):
        assert db.get_item(TableName=table, Key=keys[0])["Item"]["sk"]["S"] == ids[0]
    try:
        db.put_item(TableName=table, Item=keys[0], ConditionExpression="attribute_not_exists(pk)")
        raise AssertionError("put twice")
    except db.exceptions.ConditionalCheckFailedException:
        pass
    db.update_item(TableName=table, Key=keys[1], UpdateExpression="SET #s = :s, place = place + :one",
                   ExpressionAttributeNames={"#s": "state"},
                   ExpressionAttributeValues={":s": {"S": f"of {number}"}, ":one": {"N": "1"}})
    found = db.get_item(TableName=table, Key=keys[1], ConsistentRead=True)["Item"]
    assert found["place"]["N"] == "2" and found["state"]["S"] == f"of {number}", found
    db.transact_write_items(TransactItems=[
        {"Delete": {"TableName": table, "Key": keys[0]}},
        {"Update": {"TableName": table, "Key": keys[2], "UpdateExpression": "REMOVE place"}}])
    page = db.query(TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": pk}})
    assert {item["sk"]["S"] for item in page["Items"]} == set(ids[1:]), page["Items"]
    if own:
        db.delete_table(TableName=table)
    return f"test {number:02}: {page['Count']} left"


if __name__ == "__main__":
    if sys.argv[1:2] == ["suite"]:
        suite(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
