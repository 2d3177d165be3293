#!/usr/bin/env python3
"""The time of a small test of boto3: in the Python package's mock, in moto's `mock_aws`, and with dynalite and DynamoDB
Local as its server, in one run.

    maturin build --release --manifest-path python/Cargo.toml --out target/wheels
    tests/clients/upstreams.sh install dynalite dynamodb-local
    benches/kits.py [TESTS]                                          1000 by default

A test makes an empty table of its own and waits for it, puts an item, updates it, reads it and finds it by a query: the
same calls by the same client of boto3, which is made once. With a server the table is deleted afterwards; a mock is left.
`seeded` is a test whose table was made once, in a seed of which it gets a fork, as the fixture `dynamodb` does it: it
makes none. `nothing` are the same calls, answered by nobody: what boto3 itself takes, signature and all. Each is a process of its own;
printed are the medians of the rounds, and how often each goes into moto's.

Environment: WHEEL (default: the one in target/wheels), ROUNDS (3), PEERS (target/peers).
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROUNDS = int(os.environ.get("ROUNDS", 3))
PEERS = Path(os.environ.get("PEERS", "target/peers")).resolve()
VENV = PEERS / "kits"
PYTHON = VENV / "bin" / "python"
PACKAGES = ["boto3==1.43.117", "moto[dynamodb]==5.2.5"]
UPSTREAMS = Path(__file__).parents[1] / "tests/clients/upstreams.sh"
SERVERS = ("dynalite", "dynamodb-local")


# ---- the tests, in a process of their own

def small_test(client, table, created):
    if not created:
        client.create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        while client.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
            pass
    key = {"id": {"S": "ann"}}
    client.put_item(TableName=table, Item={**key, "n": {"N": "1"}})
    client.update_item(TableName=table, Key=key, UpdateExpression="ADD n :n",
                       ExpressionAttributeValues={":n": {"N": "1"}})
    item = client.get_item(TableName=table, Key=key)["Item"]
    found = client.query(TableName=table, KeyConditionExpression="id = :id",
                         ExpressionAttributeValues={":id": {"S": "ann"}})["Items"]
    assert found == [item] and item["n"] == {"N": "2"}


def contexts(target):
    """What is around each test, given the client of the process; None: nobody answers."""
    if target == "moto":
        from moto import mock_aws
        return lambda client, table: mock_aws()
    if target.startswith("dynatape"):
        import dynatape
        if target == "dynatape":
            return lambda client, table: dynatape.mock()
        seeded = dynatape.Database()
        seeded.create_table("users", "id")
        return lambda client, table: dynatape.mock(seeded.fork())
    return served if target in SERVERS else lambda client, table: nullcontext()


@contextmanager
def served(client, table):
    yield
    client.delete_table(TableName=table)


def child(target, url, tests):
    # moto has to be there before the client is.
    around = contexts(target)
    import boto3
    client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
                          endpoint_url=url or None)
    if target.startswith("nothing"):
        client.meta.events.register("before-send", lambda request, **_: told(request))

    def run():
        created = target.endswith("seeded")
        table = "users" if created else f"users-{uuid.uuid4()}"
        with around(client, table):
            small_test(client, table, created)

    run()
    begun = time.perf_counter()
    for _ in range(tests):
        run()
    print((time.perf_counter() - begun) / tests * 1000)


def told(request):
    """What each operation is answered without anybody."""
    from botocore.awsrequest import AWSResponse
    item = {"id": {"S": "ann"}, "n": {"N": "2"}}
    operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    answer = {
        "DescribeTable": {"Table": {"TableStatus": "ACTIVE"}}, "GetItem": {"Item": item}, "Query": {"Items": [item]},
    }.get(operation, {})

    class Raw:
        def stream(self, **_):
            yield json.dumps(answer).encode()
    return AWSResponse(request.url, 200, {}, Raw())


# ---- the run

@contextmanager
def server(name):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([UPSTREAMS, "start", name, str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        subprocess.run([UPSTREAMS, "wait", f"http://127.0.0.1:{port}"], check=True)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measured(target, url, tests):
    command = [PYTHON, __file__, "--child", target, url, str(tests)]
    rounds = [float(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout)
              for _ in range(ROUNDS)]
    return statistics.median(rounds)


def main():
    tests = int(sys.argv[1]) if len(sys.argv) == 2 else 1000
    wheel = os.environ.get("WHEEL") or next(Path("target/wheels").glob("*.whl"))
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", wheel], check=True)
    took = {target: measured(target, "", tests)
            for target in ("nothing, seeded", "dynatape, seeded", "nothing", "dynatape", "moto")}
    for name in SERVERS:
        with server(name) as url:
            took[name] = measured(name, url, tests)
    print(f"{tests} tests, median of {ROUNDS} rounds")
    for target, ms in took.items():
        print(f"{target:18} {ms:8.2f} ms a test   {took['moto'] / ms:6.1f} times into moto's")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
