#!/usr/bin/env python3
"""Asks `dynatape serve` every operation of the API with boto3 and with the AWS CLI: a server for each.

    tests/clients/upstreams.sh install clients
    tests/clients/operations.py

What is asked stands in operations_table.py, with every waiter and paginator of the API model. An operation, waiter or
paginator that botocore has and the table has not is a failure. Prints a line per check that fails, then
`boto3: N passed, M failed`, the same for the CLI, and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from operations_table import BUCKETS, STAGES, TO_COME, Pages, Wait
from running import PEERS, Credentials, clean_environment, serve

# Long enough for a waiter to see a table that is not there yet, or still is.
TIMES = ["--create-table-ms", "400", "--delete-table-ms", "400"]
UNKNOWN = "UnknownOperationException"
# The CLI takes most of a second of processor time to start.
AT_ONCE = 4


def main():
    inside = PEERS / "venv/bin/python3"
    if Path(sys.prefix) != PEERS / "venv":
        os.execv(inside, [inside, __file__])
    good = complete()
    with tempfile.TemporaryDirectory(prefix="operations-") as place:
        folder = Path(place)
        for client in (Boto3, Cli):
            buckets = folder / f"{client.name}-buckets"
            for name, text in BUCKETS.items():
                (buckets / name).parent.mkdir(parents=True)
                (buckets / name).write_text(text)
            with serve(folder, *TIMES, "--s3-root", str(buckets)) as url:
                good &= run_stages(client(url, folder))
    sys.exit(0 if good else 1)


# ---- is the table complete?

def complete():
    import botocore.session
    session = botocore.session.get_session()
    model = {"operation": set(), "waiter": set(), "paginator": set()}
    for service in ("dynamodb", "dynamodbstreams"):
        model["operation"] |= set(session.get_service_model(service).operation_names)
        model["paginator"] |= set(data(session, service, "paginators-1")["pagination"])
    model["waiter"] |= set(session.get_waiter_model("dynamodb").waiter_names)
    rows = [row for stage in STAGES for row in stage]
    table = {
        "operation": {row.operation for row in rows if not isinstance(row, (Wait, Pages))},
        "waiter": {row.waiter for row in rows if isinstance(row, Wait)},
        "paginator": {row.operation for row in rows if isinstance(row, Pages)},
    }
    for kind, names in model.items():
        for name in sorted(names ^ table[kind]):
            print(f"FAIL  {kind} {name} is in {'the model' if name in names else 'the table'} only")
    print(", ".join(f"{len(names)} {kind}s" for kind, names in model.items()) + f", {len(TO_COME)} operations to come")
    return model == table and TO_COME <= model["operation"]


def data(session, service, kind):
    return session.get_component("data_loader").load_service_model(service, kind)


# ---- running it

def run_stages(client):
    made, results = {}, []
    with ThreadPoolExecutor(client.at_once) as pool:
        for stage in STAGES:
            rows = [row for row in stage if row.operation not in TO_COME or not isinstance(row, (Wait, Pages))]
            results += pool.map(lambda row: passed(client, row, made), rows)
    print(f"{client.name}: {results.count(True)} passed, {results.count(False)} failed", flush=True)
    return all(results)


def passed(client, row, made):
    try:
        answer = client.ask(row, filled(row.arguments, made))
    except Refused as refusal:
        if refusal.code == (row.refused or (UNKNOWN if row.operation in TO_COME else None)):
            return True
        return failed(client, row, str(refusal))
    if row.refused:
        return failed(client, row, f"is not refused with {row.refused}")
    if row.operation in TO_COME:
        return failed(client, row, "is served: take it out of TO_COME")
    for path, expected in filled(row.holds, made).items():
        found = looked_up(path, answer)
        if found != expected:
            return failed(client, row, f"{path} is {found!r}, not {expected!r}")
    for name, path in row.keep.items():
        made[name] = looked_up(path, answer)
        if not made[name]:
            return failed(client, row, f"{path} is missing")
    return True


def failed(client, row, why):
    print(f"FAIL  {client.name}: {row.name()}: {why}", flush=True)
    return False


def looked_up(path, answer):
    import jmespath
    return jmespath.search(path, answer)


def filled(value, made):
    """With what earlier answers held; a name that none did becomes a text that is long enough for any member."""
    if isinstance(value, dict):
        return {name: filled(inner, made) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, made) for inner in value]
    if isinstance(value, str):
        absent = "arn:aws:dynamodb:us-east-1:000000000000:table/absent"
        held = lambda name: made.get(name[1], absent).rsplit("/" if name[2] else "\0", 1)[-1]
        return re.sub(r"\{(\w+)(\.id)?\}", held, value)
    return value


class Refused(Exception):
    """What a client said of a call that did not succeed."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


# ---- the clients

class Boto3:
    name = "boto3"
    # In turn: that calls can overlap is shown by the other.
    at_once = 1

    def __init__(self, url, _):
        import boto3
        from botocore.config import Config
        keys = Credentials()
        session = boto3.Session(keys.key, keys.secret, region_name="us-east-1")
        # A retry would hide a wrong answer behind a right one.
        config = Config(retries={"total_max_attempts": 1})
        self.clients = [session.client(service, endpoint_url=url, config=config)
                        for service in ("dynamodb", "dynamodbstreams")]

    def ask(self, row, arguments):
        from botocore import xform_name
        from botocore.exceptions import ClientError, WaiterError
        method = xform_name(row.operation)
        client = next(one for one in self.clients if hasattr(one, method))
        try:
            if isinstance(row, Wait):
                waiter = client.get_waiter(xform_name(row.waiter))
                waiter.wait(**arguments, WaiterConfig={"Delay": 0.2, "MaxAttempts": 50})
                return {}
            if isinstance(row, Pages):
                pages = client.get_paginator(method).paginate(**arguments, PaginationConfig={"PageSize": row.page})
                return pages.build_full_result()
            return getattr(client, method)(**arguments)
        except ClientError as error:
            raise Refused(error.response["Error"]["Code"], str(error)) from None
        except WaiterError as error:
            raise Refused(None, str(error)) from None


class Cli:
    name = "aws"
    at_once = AT_ONCE

    def __init__(self, url, folder):
        from botocore import xform_name
        self.dashed = lambda name: xform_name(name, "-")
        self.folder = folder
        models = folder / "models"
        self.streams = model_for_the_cli(models)
        self.environment = clean_environment(folder, {
            **Credentials().environment(), "AWS_DATA_PATH": str(models), "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "",
            "AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": url,
        })

    def ask(self, row, arguments):
        service = "dynamodbstreams" if row.operation in self.streams else "dynamodb"
        command = ["aws", "--output", "json", service]
        if isinstance(row, Wait):
            command += ["wait", self.dashed(row.waiter)]
        else:
            command.append(self.dashed(row.operation))
        if isinstance(row, Pages):
            command += ["--page-size", str(row.page)] if row.page else []
        elif not isinstance(row, Wait):
            command.append("--no-paginate")
        command += ["--cli-input-json", json.dumps(arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=100)
        if done.returncode:
            code = re.search(r"\((\w+)\) when calling", done.stderr)
            raise Refused(code and code[1], done.stderr.strip() or f"exit code {done.returncode}")
        return json.loads(done.stdout or "{}")


def model_for_the_cli(folder):
    """The CLI brings a model that is older than boto3's; this gives it boto3's, as `aws configure add-model` does, with
    waiters that ask at once again instead of every 20 seconds. Returns the names of the streams' operations."""
    import botocore
    for service in ("dynamodb", "dynamodbstreams"):
        source = Path(botocore.__file__).parent / "data" / service / "2012-08-10"
        target = folder / service / "2012-08-10"
        target.mkdir(parents=True)
        for file in source.iterdir():
            text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            if file.name.startswith("waiters"):
                text = re.sub(rb'("delay"\s*:\s*)\d+', rb"\g<1>0.2", text)
            (target / file.name.removesuffix(".gz")).write_bytes(text)
    return set(json.loads((folder / "dynamodbstreams/2012-08-10/service-2.json").read_text())["operations"])


if __name__ == "__main__":
    main()
