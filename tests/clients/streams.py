#!/usr/bin/env python3
"""Follows a stream with boto3 while it is written, and stops and begins again from checkpoints.

    tests/clients/streams.py

10,000 writes go through `dynatape serve`, whose shards split and soon close, while a consumer follows
them: parents before children, a checkpoint after every page, a new process' worth of forgetting after every few pages.
Each write must be read once, and the writes of a key in their order. Then a small reader is recorded and replayed.
Prints a line per check and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape).
"""

import json
import sys
import tempfile
import threading
from pathlib import Path

from running import DYNATAPE, Credentials, no_finding, run, serve

WRITES, KEYS = 10_000, 97
TABLE = "orders"


def main():
    if sys.argv[1:] == ["reader"]:
        return reader()
    with tempfile.TemporaryDirectory(prefix="streams-") as name:
        failed = [title for title, good in checks(Path(name)) if not told(title, good)]
    sys.exit(1 if failed else 0)


def told(title, good):
    print(f"{'PASS' if good else 'FAIL'}  {title}", flush=True)
    return good


def checks(folder):
    with serve(folder, "--stream-shards", "8", "--stream-shard-ms", "300") as url:
        db, streams = clients(url)
        arn = create(db)
        writer = threading.Thread(target=write, args=(db,))
        writer.start()
        kept = {"checkpoints": {}, "finished": set(), "read": []}
        while True:
            done = not writer.is_alive()
            if not follow(streams, arn, kept, pages=3) and done:
                break
        numbers = [number for _, number in kept["read"]]
        yield f"{len(numbers)} records of {WRITES} writes, none twice", sorted(numbers) == list(range(WRITES))
        by_key = {}
        for key, number in kept["read"]:
            by_key.setdefault(key, []).append(number)
        yield "the writes of each key in order", all(found == sorted(found) for found in by_key.values())
        shards = all_shards(streams, arn)
        parents = [shard.get("ParentShardId") for shard in shards]
        splits = {parent for parent in parents if parent and parents.count(parent) == 2}
        yield f"{len(shards)} shards, {len(splits)} of which split", len(splits) == 7 and len(shards) > 15

    tape, keys = folder / "stream.tape", Credentials().environment()
    program = ["python3", Path(__file__).resolve(), "reader"]
    recorded = run([DYNATAPE, "record", tape, "--upstream", "emulator", "--", *program], folder, keys)
    yield "a reader is recorded", recorded.code == 0 and recorded.output.count("INSERT") == 3 or print(recorded.errors)
    same, figures, detail = no_finding(tape, folder)
    yield f"the emulator answers the tape as it did ({figures})", same or print(detail)
    replayed = run([DYNATAPE, "replay", tape, "--", *program], folder, keys)
    yield "and replayed", replayed.code == 0 and replayed.output == recorded.output or print(replayed.errors)


# ---- writing and reading

def clients(url=None):
    import boto3
    more = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return [boto3.client(service, **(more if url else {})) for service in ("dynamodb", "dynamodbstreams")]


def create(db):
    table = db.create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    return table["TableDescription"]["LatestStreamArn"]


def write(db):
    for start in range(0, WRITES, 25):
        puts = [{"PutRequest": {"Item": {"id": {"S": f"order-{n % KEYS}"}, "n": {"N": str(n)}}}}
                for n in range(start, start + 25)]
        assert not db.batch_write_item(RequestItems={TABLE: puts})["UnprocessedItems"]


def all_shards(streams, arn):
    shards, more = [], {"Limit": 5}
    while True:
        page = streams.describe_stream(StreamArn=arn, **more)["StreamDescription"]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return shards
        more["ExclusiveStartShardId"] = page["LastEvaluatedShardId"]


def follow(streams, arn, kept, pages):
    """Reads some pages, from the checkpoints on, and forgets where it was. Tells how many records it read."""
    iterators, count = {}, 0
    for _ in range(pages):
        for shard in all_shards(streams, arn):
            name, parent = shard["ShardId"], shard.get("ParentShardId")
            if name in kept["finished"] or name in iterators or parent and parent not in kept["finished"]:
                continue
            at = kept["checkpoints"].get(name)
            begin = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": at} if at else \
                {"ShardIteratorType": "TRIM_HORIZON"}
            answer = streams.get_shard_iterator(StreamArn=arn, ShardId=name, **begin)
            iterators[name] = answer["ShardIterator"]
        for name, iterator in list(iterators.items()):
            page = streams.get_records(ShardIterator=iterator, Limit=40)
            for record in page["Records"]:
                image = record["dynamodb"]["NewImage"]
                kept["read"].append((image["id"]["S"], int(image["n"]["N"])))
                kept["checkpoints"][name] = record["dynamodb"]["SequenceNumber"]
            count += len(page["Records"])
            iterators[name] = page.get("NextShardIterator")
            if not iterators[name]:
                del iterators[name]
                kept["finished"].add(name)
                count += 1  # its children come next
    return count


def reader():
    """What is recorded: a reader that polls an open shard while it is written."""
    db, streams = clients()
    arn = create(db)
    print(json.dumps([stream["TableName"] for stream in streams.list_streams(TableName=TABLE)["Streams"]]))
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    print(description["StreamStatus"], description["KeySchema"], len(description["Shards"]))
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=description["Shards"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    for number in range(3):
        db.put_item(TableName=TABLE, Item={"id": {"S": f"order-{number}"}})
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            print(record["eventName"], record["dynamodb"]["Keys"], record["dynamodb"]["SizeBytes"])
        iterator = page["NextShardIterator"]
    streams.get_records(ShardIterator=iterator)
    db.delete_table(TableName=TABLE)


if __name__ == "__main__":
    main()
