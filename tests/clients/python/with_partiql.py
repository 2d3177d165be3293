#!/usr/bin/env python3
"""A small library on DynamoDB in PartiQL statements only, through boto3's low level client.

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

BOOKS = "books"
POLL = {"Delay": 1, "MaxAttempts": 60}


def main():
    if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
        sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")
    # One attempt per call: a retry would hide a wrong answer behind a right one.
    db = boto3.client("dynamodb", config=Config(retries={"mode": "legacy", "total_max_attempts": 1}))
    if path := os.environ.get("TRACE_BODIES"):
        trace_bodies.install(db, path)

    db.create_table(
        TableName=BOOKS,
        AttributeDefinitions=[
            {"AttributeName": "author", "AttributeType": "S"},
            {"AttributeName": "published", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "author", "KeyType": "HASH"},
            {"AttributeName": "published", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    db.get_waiter("table_exists").wait(TableName=BOOKS, WaiterConfig=POLL)
    statements(db)
    batches(db)
    transactions(db)
    db.delete_table(TableName=BOOKS)
    db.get_waiter("table_not_exists").wait(TableName=BOOKS, WaiterConfig=POLL)


def statements(db):
    for year in range(1, 6):
        say(f"insert {year}", run(
            db, f"INSERT INTO \"{BOOKS}\" VALUE {{'author': 'ada', 'published': ?, 'title': ?, 'shelf': {{'row': 'a'}}}}",
            {"N": str(year)}, {"S": f"Volume {year}"}))
    # DynamoDB Local calls it DuplicateItem.
    say("insert again", failure(lambda: run(
        db, f"INSERT INTO \"{BOOKS}\" VALUE {{'author': 'ada', 'published': 1}}")).startswith("DuplicateItem"))
    say("read one", run(
        db, f"SELECT title, shelf.\"row\" FROM \"{BOOKS}\" WHERE author = ? AND published = ?", {"S": "ada"}, {"N": "2"}))
    say("read a range", run(
        db, f"SELECT title FROM \"{BOOKS}\" WHERE author = 'ada' AND published BETWEEN 2 AND 4"))
    say("filter", run(
        db, f"SELECT published FROM \"{BOOKS}\" WHERE author = 'ada' AND contains(title, '3') AND lent IS MISSING"))
    say("update", run(
        db, f"UPDATE \"{BOOKS}\" SET lent = true SET copies = 2 WHERE author = 'ada' AND published = 3 RETURNING ALL NEW *"))
    say("update if", failure(lambda: run(
        db, f"UPDATE \"{BOOKS}\" SET copies = copies - 1 WHERE author = 'ada' AND published = 3 AND copies > 9")))
    say("update what is not there", failure(lambda: run(
        db, f"UPDATE \"{BOOKS}\" SET copies = 1 WHERE author = 'bob' AND published = 1")))
    say("delete", run(
        db, f"DELETE FROM \"{BOOKS}\" WHERE author = 'ada' AND published = 5 RETURNING ALL OLD *"))
    say("no statement", failure(lambda: run(db, f"SELECT FROM \"{BOOKS}\"")))
    say("no table", failure(lambda: run(db, "SELECT * FROM \"no-such-table\" WHERE author = 'ada'")))


def batches(db):
    answer = db.batch_execute_statement(Statements=[
        {"Statement": f"INSERT INTO \"{BOOKS}\" VALUE {{'author': 'bob', 'published': 1}}"},
        {"Statement": f"INSERT INTO \"{BOOKS}\" VALUE {{'author': 'ada', 'published': 1}}"},
        {"Statement": f"DELETE FROM \"{BOOKS}\" WHERE author = ? AND published = 2", "Parameters": [{"S": "ada"}]},
    ])
    say("batch write", [response.get("Error", {}).get("Code") for response in answer["Responses"]])
    answer = db.batch_execute_statement(Statements=[
        {"Statement": f"SELECT title FROM \"{BOOKS}\" WHERE author = 'ada' AND published = {year}"} for year in (1, 2)
    ])
    say("batch read", [response.get("Item") for response in answer["Responses"]])


def transactions(db):
    raised = f"UPDATE \"{BOOKS}\" SET copies = copies + 1 WHERE author = 'ada' AND published = 3"
    say("transact write", db.execute_transaction(TransactStatements=[
        {"Statement": raised},
        {"Statement": f"EXISTS(SELECT * FROM \"{BOOKS}\" WHERE author = 'ada' AND published = 1 AND lent IS MISSING)"},
    ]).get("Responses", []))
    try:
        db.execute_transaction(TransactStatements=[
            {"Statement": raised},
            {"Statement": f"INSERT INTO \"{BOOKS}\" VALUE {{'author': 'ada', 'published': 1}}"},
        ])
    except ClientError as error:
        say("transact refused", {
            "code": error.response["Error"]["Code"],
            "failed": [reason["Code"] != "None" for reason in error.response["CancellationReasons"]],
        })
    say("transact read", [response.get("Item") for response in db.execute_transaction(TransactStatements=[
        {"Statement": f"SELECT copies FROM \"{BOOKS}\" WHERE author = 'ada' AND published = 3"},
        {"Statement": f"SELECT copies FROM \"{BOOKS}\" WHERE author = 'eve' AND published = 3"},
    ])["Responses"]])


def run(db, statement, *parameters):
    more = {"Parameters": list(parameters)} if parameters else {}
    return db.execute_statement(Statement=statement, **more)["Items"]


def failure(call):
    try:
        call()
        return "no failure"
    except ClientError as error:
        return error.response["Error"]["Code"]


def say(label, value):
    print(f"{label}: {json.dumps(value, sort_keys=True)}", flush=True)


if __name__ == "__main__":
    main()
