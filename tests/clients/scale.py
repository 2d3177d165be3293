#!/usr/bin/env python3
"""Eight recorders before one engine, their tapes in one bucket, put together into one that eight clients replay.

    tests/clients/upstreams.sh install moto clients
    tests/clients/scale.py

The engine is `dynatape serve`; each recorder is a process of its own with a folder of its own, as on a machine of its
own, and records a client of boto3. The clients write items of their own, read them back, and all add to one counter.
Their tapes go to a bucket of moto's server; somebody else fetches them, puts them together, and the clients run once
more, all at once, answered from that tape: each prints what it printed, and the counter has every addition. Then eight
shadows are put before the engine, with an emulator behind each. Exits with 1 if anything is not as it should be.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from running import (DYNATAPE, HERE, Broken, Credentials, answers, clean_environment, endpoint, free_port, no_finding,
                     run, serve)

CLIENTS, ITEMS = 8, 40
COUNTER = {"pk": {"S": "counter"}, "sk": {"S": "all"}}
PYTHON = ["python3", Path(__file__).resolve()]


def main():
    with tempfile.TemporaryDirectory(prefix="scale-") as name, moto(Path(name)) as store:
        folder = Path(name)
        keys = {**Credentials().environment(), "NO_PROXY": "127.0.0.1"}
        with serve(folder) as engine:
            start = time.monotonic()
            said = recorded(folder, engine, keys)
            seconds = time.monotonic() - start
            check(said[-1] == f"counter {CLIENTS * ITEMS}\n", f"no addition is lost: {said[-1].strip()}")
            shadowed(folder, engine, keys)
        lanes = pushed(folder, store, keys)
        here = folder / "here"
        merge = run([DYNATAPE, "tape", "merge", "--lanes", *lanes, "--out", "all.tape"], here, keys, cwd=here)
        check(merge.code == 0, f"one tape of {len(lanes)} lanes ({seconds:.1f} s of recording)", merge.errors)
        good, figures, detail = no_finding(here / "all.tape", folder)
        check(good, f"its order explains all answers ({figures})", detail)
        replay = run([DYNATAPE, "replay", "all.tape", "--strict", "--", *PYTHON, "all"], here, keys, cwd=here)
        check(replay.code == 0 and json.loads(replay.output or "[]") == said,
              f"{CLIENTS} clients at once are answered from it, as they were", replay.errors + replay.output[:2000])


def check(good, what, detail=""):
    print(f"{'PASS' if good else 'FAIL'}  {what}", flush=True)
    if not good:
        sys.exit(detail[:4000])


def lane(number):
    return {0: "first", CLIENTS + 1: "last"}.get(number, f"client-{number}")


def together(commands):
    """Runs them all at once; what each prints."""
    started = [subprocess.Popen([str(part) for part in command], env=clean_environment(folder, keys), cwd=folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for command, folder, keys in commands]
    done = [(program, *program.communicate(timeout=120)) for program in started]
    for (command, *_), (program, output, errors) in zip(commands, done):
        check(program.returncode == 0, f"{command[1]} {command[2]}", output + errors) if program.returncode else None
    return [output for _, output, _ in done]


def recorded(folder, engine, keys):
    """One recorder after the other makes the table and looks at the end; in between there are eight at once."""
    def record(number):
        machine = folder / lane(number)
        machine.mkdir()
        return ([DYNATAPE, "record", f"{lane(number)}.tape", "--upstream", engine, "--lane", "--max-bytes", "off", "--",
                 *PYTHON, "client", number], machine, keys)
    clients = range(1, CLIENTS + 1)
    return [output for numbers in ([0], clients, [CLIENTS + 1]) for output in together([record(one) for one in numbers])]


def pushed(folder, store, keys):
    """Each machine puts its tape into the bucket; another fetches all of them."""
    names, locks = [f"{lane(number)}.tape" for number in range(CLIENTS + 2)], []
    for name in names:
        machine = folder / name.removesuffix(".tape")
        push = run([DYNATAPE, "tape", "push", name, "--store", store], machine, keys, cwd=machine)
        check(push.code == 0, f"{name} is pushed", push.errors) if push.code else None
        locks.append((machine / "dynatape.lock").read_text())
    here = folder / "here"
    here.mkdir()
    (here / "dynatape.lock").write_text(one_lock(locks))
    pull = run([DYNATAPE, "tape", "pull"], here, keys, cwd=here)
    check(pull.code == 0, f"{len(names)} tapes went through a bucket", pull.errors)
    return names


def shadowed(folder, engine, keys):
    """An emulator behind each shadow knows what went through that one: a table of its own for each."""
    def shadow(number):
        return ([DYNATAPE, "shadow", "--primary", engine, "--format", "json", "--report", folder / f"{number}.json", "--",
                 *PYTHON, "client", number, f"shadowed-{number}"], folder, keys)
    together([shadow(number) for number in range(1, CLIENTS + 1)])
    reports = [json.loads((folder / f"{number}.json").read_text()) for number in range(1, CLIENTS + 1)]
    counts = [sum(one["outcomes"]["exact"] for one in report["runs"][0]["operations"].values()) for report in reports]
    check(all(count > ITEMS for count in counts), f"{CLIENTS} shadows compared {sum(counts)} answers and found nothing")


def one_lock(locks):
    head, *_ = locks[0].splitlines(True)
    return head + "".join(sorted(line for lock in locks for line in lock.splitlines(True)[1:]))


@contextlib.contextmanager
def moto(folder):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open(folder / "moto.log", "ab") as log:
        server = subprocess.Popen([HERE / "upstreams.sh", "start", "moto", str(port)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Broken("moto did not start: " + (folder / "moto.log").read_text()[-500:])
            time.sleep(0.2)
        run([*PYTHON, "bucket", url], folder, Credentials().environment())
        yield f"s3://tapes/scale?endpoint={url}"
    finally:
        server.terminate()
        server.wait()


# ---- the program

def database():
    import boto3
    from botocore.config import Config
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


def client(number, table="scale", own=False):
    db = database()
    if number == 0 or own:
        db.create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
        if number == 0:
            return
    if number > CLIENTS:
        print("counter", db.get_item(TableName=table, Key=COUNTER, ConsistentRead=True)["Item"]["n"]["N"])
        return
    mine = {"S": f"client {number}"}
    for place in range(ITEMS):
        key = {"pk": mine, "sk": {"S": f"{place:03}"}}
        db.put_item(TableName=table, Item={**key, "n": {"N": str(place)}})
        db.update_item(TableName=table, Key=key, UpdateExpression="SET n = n + :n",
                       ExpressionAttributeValues={":n": {"N": str(number)}})
        db.update_item(TableName=table, Key=COUNTER, UpdateExpression="ADD n :one",
                       ExpressionAttributeValues={":one": {"N": "1"}})
        print(place, db.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]["n"]["N"])
    page = db.query(TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": mine})
    print(page["Count"], sum(int(item["n"]["N"]) for item in page["Items"]))


def everybody():
    """The programs of all machines, on this one."""
    def start(number):
        return subprocess.Popen([*PYTHON, "client", str(number)], stdout=subprocess.PIPE, text=True)
    said = []
    for numbers in ([0], range(1, CLIENTS + 1), [CLIENTS + 1]):
        for program in [start(number) for number in numbers]:
            said.append(program.communicate()[0])
            if program.returncode:
                sys.exit(1)
    print(json.dumps(said))


def bucket(url):
    import boto3
    boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="tapes")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["client", number]:
            client(int(number))
        case ["client", number, table]:
            client(int(number), table, own=True)
        case ["all"]:
            everybody()
        case ["bucket", url]:
            bucket(url)
        case _:
            main()
