#!/usr/bin/env python3
"""A table of the same name in each of two regions, through two of boto3's clients and one endpoint.

Prints one line per call, and only what every correct server answers alike. boto3 itself reads
AWS_ENDPOINT_URL_DYNAMODB; nothing else chooses whom this talks to.
"""

import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import trace_bodies

STOCK = "stock"
REGIONS = ["eu-west-1", "us-east-1"]
POLL = {"Delay": 1, "MaxAttempts": 60}


def main():
    if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
        sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")
    # One attempt per call: a retry would hide a wrong answer behind a right one.
    once = Config(retries={"mode": "legacy", "total_max_attempts": 1})
    clients = [boto3.client("dynamodb", region_name=region, config=once) for region in REGIONS]
    if path := os.environ.get("TRACE_BODIES"):
        for db in clients:
            trace_bodies.install(db, path)

    first, second = clients
    make(first)
    say("put", first.put_item(TableName=STOCK, Item={"id": {"S": "tea"}, "count": {"N": "1"}}))
    say("no table there", failure(lambda: read(second)))
    make(second)
    say("nothing there", read(second))
    say("put there", second.put_item(TableName=STOCK, Item={"id": {"S": "tea"}, "count": {"N": "20"}}))
    for number, db in enumerate(clients):
        say(f"read in {REGIONS[number]}", read(db))
        say(f"add in {REGIONS[number]}", db.update_item(
            TableName=STOCK, Key={"id": {"S": "tea"}}, UpdateExpression="ADD #c :one",
            ExpressionAttributeNames={"#c": "count"}, ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="ALL_NEW"))
    for number, db in enumerate(clients):
        say(f"scan in {REGIONS[number]}", db.scan(TableName=STOCK))
        say(f"statement in {REGIONS[number]}", db.execute_statement(Statement=f"SELECT * FROM {STOCK}"))
    first.delete_table(TableName=STOCK)
    first.get_waiter("table_not_exists").wait(TableName=STOCK, WaiterConfig=POLL)
    say("still there", read(second))
    second.delete_table(TableName=STOCK)
    second.get_waiter("table_not_exists").wait(TableName=STOCK, WaiterConfig=POLL)


def make(db):
    db.create_table(
        TableName=STOCK, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    db.get_waiter("table_exists").wait(TableName=STOCK, WaiterConfig=POLL)


def read(db):
    return db.get_item(TableName=STOCK, Key={"id": {"S": "tea"}}, ConsistentRead=True)


def failure(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def say(what, answer):
    if isinstance(answer, dict):
        answer.pop("ResponseMetadata", None)
    print(f"{what}: {json.dumps(answer, sort_keys=True)}")


if __name__ == "__main__":
    main()
