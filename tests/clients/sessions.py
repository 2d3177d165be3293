#!/usr/bin/env python3
"""A suite whose tests have a session each, over the control API: recorded the first time, replayed after that.

    tests/clients/sessions.py

Eight processes run 32 tests in random order against one server. Each test makes a table of the same name, chooses its
session in one of four ways (path, access key, header, port), and keeps the id it made up in the session's variables.
Prints a line per run and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

from running import DYNATAPE, Credentials, no_finding, run

TESTS, WORKERS, RUNS = 32, 8, 4


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sessions-") as name:
        folder, recorded = Path(name), None
        command = [DYNATAPE, "serve", "--control", "--", "python3", Path(__file__).resolve(), "suite"]
        for number in range(RUNS):
            start = time.monotonic()
            suite = run([*command, number, folder], folder, Credentials().environment())
            modes = {line.split()[1] for line in suite.output.splitlines()}
            ids = {line.split()[2] for line in suite.output.splitlines()}
            recorded = recorded or ids
            good = (suite.code == 0 and modes == {"replay" if number else "record"}
                    and ids == recorded and len(ids) == suite.lines() == TESTS)
            failed += not good
            print(f"{'PASS' if good else 'FAIL'}  run {number}: {TESTS} sessions, {WORKERS} workers, {sorted(modes)} "
                  f"({time.monotonic() - start:.1f} s)", flush=True)
            if not good:
                print(suite.output[:2000], suite.errors[-2000:])
        good, figures, detail = no_finding(folder, folder)
        failed += not good
        print(f"{'PASS' if good else 'FAIL'}  the emulator answers the tapes as it did ({figures})")
        if not good:
            print(detail[:4000])
    sys.exit(1 if failed else 0)


# ---- the suite

def control(method, path, body):
    request = urllib.request.Request(os.environ["DYNATAPE_CONTROL"] + path, json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client(number, session):
    """In one of four ways."""
    import boto3
    from botocore.config import Config
    way = number % 4
    named = {"endpoint_url": session["endpoint"]} if way in (0, 3) else {}
    if way == 1:
        named = {"aws_access_key_id": session["key"], "aws_secret_access_key": "-"}
    db = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}), **named)
    if way == 2:
        # A handler that gives something back would be taken for the one that sends.
        def choose(request, **_):
            request.headers["x-dynatape-session"] = session["id"]
        db.meta.events.register("before-send.dynamodb", choose)
    return db


def test(number, folder):
    start = {"mode": "auto", "tape": f"{folder}/{number}.tape", "upstream": "emulator", "id": f"t{number}", "strict": True}
    start |= {1: {"key": f"KEY{number}"}, 3: {"port": 0}}.get(number % 4, {})
    session = control("POST", "/v1/sessions", start)
    ours = f"/v1/sessions/{session['id']}"
    made_up = session["variables"].get("id") or str(uuid.uuid4())
    control("PUT", ours + "/variables", {"id": made_up})
    db, table = client(number, session), "everybodys"
    db.create_table(TableName=table, BillingMode="PAY_PER_REQUEST",
                    AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                    KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    db.put_item(TableName=table, Item={"pk": {"S": made_up}, "number": {"N": str(number)}})
    (item,) = db.scan(TableName=table)["Items"]
    assert item == {"pk": {"S": made_up}, "number": {"N": str(number)}}, item
    ended = control("POST", ours + "/stop", {"ok": True})
    assert ended.get("accepted", ended.get("clean")), ended
    return f"{number} {session['mode']} {made_up}"


def suite(seed, folder):
    tests = list(range(TESTS))
    random.Random(seed).shuffle(tests)
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        print("\n".join(pool.starmap(test, [(number, folder) for number in tests], chunksize=1)))


if __name__ == "__main__":
    suite(int(sys.argv[2]), sys.argv[3]) if sys.argv[1:2] == ["suite"] else main()
