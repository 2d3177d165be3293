#!/usr/bin/env python3
"""A shop's order book and its sessions on DynamoDB, through boto3's low level client.

Prints one line per call, and only what every correct server answers alike, so that two
outputs can be compared as text: no dates, ids, ARNs, sizes or capacity. boto3 itself reads
AWS_ENDPOINT_URL_DYNAMODB; nothing else chooses whom this talks to.

--basic leaves out what dynalite or moto cannot do.
"""

import argparse
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import trace_bodies

ORDERS, SESSIONS = "orders", "sessions"
POLL = {"Delay": 1, "MaxAttempts": 60}
BIG = "12345678901234567890123456789012345678"


def main():
    flags = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    flags.add_argument("--basic", action="store_true")
    basic = flags.parse_args().basic
    if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
        sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")

    # One attempt per call: a retry would hide a wrong answer behind a right one. Of the retry modes only
    # legacy, the default, looks at x-amz-crc32.
    db = boto3.client("dynamodb", config=Config(retries={"mode": "legacy", "total_max_attempts": 1}))
    if path := os.environ.get("TRACE_BODIES"):
        trace_bodies.install(db, path)

    create_tables(db)
    every_type(db)
    updates(db)
    conditions(db)
    batches(db)
    queries(db)
    scans(db)
    if not basic:
        project_list_elements(db)
        old_item_on_failed_condition(db)
        transactions(db)
        time_to_live(db)
    missing_table(db)
    delete_tables(db)


# ---- tables

def create_tables(db):
    created = db.create_table(
        TableName=ORDERS,
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "S"},
            {"AttributeName": "status", "AttributeType": "S"},
            {"AttributeName": "amount", "AttributeType": "N"},
        ],
        KeySchema=hash_range("customer", "number"),
        LocalSecondaryIndexes=[{
            "IndexName": "by-amount",
            "KeySchema": hash_range("customer", "amount"),
            "Projection": {"ProjectionType": "ALL"},
        }],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-status",
            "KeySchema": hash_range("status", "amount"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
        }],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    say("create orders", created["TableDescription"]["TableName"])
    created = db.create_table(
        TableName=SESSIONS,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=hash_range("id"),
        BillingMode="PAY_PER_REQUEST",
    )
    say("create sessions", created["TableDescription"]["TableName"])

    for table in (ORDERS, SESSIONS):
        db.get_waiter("table_exists").wait(TableName=table, WaiterConfig=POLL)
        say(f"wait {table}", "exists")
        seen = db.describe_table(TableName=table)["Table"]
        say(f"describe {table}", {
            "status": seen["TableStatus"],
            "keys": seen["KeySchema"],
            "attributes": sorted(a["AttributeName"] for a in seen["AttributeDefinitions"]),
            "local": sorted(i["IndexName"] for i in seen.get("LocalSecondaryIndexes", [])),
            "global": sorted(i["IndexName"] for i in seen.get("GlobalSecondaryIndexes", [])),
        })
    say("list tables", db.list_tables()["TableNames"])
    say("create orders again", failure(lambda: db.create_table(
        TableName=ORDERS,
        AttributeDefinitions=[{"AttributeName": "customer", "AttributeType": "S"}],
        KeySchema=hash_range("customer"),
        BillingMode="PAY_PER_REQUEST",
    )))


def delete_tables(db):
    for table in (ORDERS, SESSIONS):
        say(f"delete {table}", db.delete_table(TableName=table)["TableDescription"]["TableName"])
        db.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=POLL)
        say(f"wait {table}", "gone")
    say("list tables", db.list_tables()["TableNames"])


# ---- single items

def every_type(db):
    item = {
        "id": {"S": "types"},
        "empty": {"S": ""},
        "unicode": {"S": "caf\u00e9 \u2713 \U0001f600 \"quoted\" back\\slash /"},
        "int": {"N": "42"},
        "negative": {"N": "-17"},
        "decimal": {"N": "3.14159"},
        "zero": {"N": "0"},
        "big": {"N": BIG},
        "small": {"N": "-0.00000000000000000001"},
        "binary": {"B": bytes(range(256))},
        "words": {"SS": ["pear", "apple", "fig"]},
        "numbers": {"NS": ["3", "-1.5", "20"]},
        "blobs": {"BS": [b"\x00\xff", b"abc"]},
        "yes": {"BOOL": True},
        "no": {"BOOL": False},
        "nothing": {"NULL": True},
        "list": {"L": [{"S": "a"}, {"N": "1"}, {"L": []}, {"NULL": True}]},
        "map": {"M": {"inner": {"M": {"deep": {"B": b"\x01"}}}, "void": {"M": {}}}},
    }
    key = {"id": item["id"]}
    say("put every type", db.put_item(TableName=SESSIONS, Item=item))
    got = db.get_item(TableName=SESSIONS, Key=key, ConsistentRead=True)
    say("get every type", got["Item"])
    say("same as was put", plain(got["Item"]) == plain(item))
    say("get projected", db.get_item(
        TableName=SESSIONS, Key=key,
        ProjectionExpression="#m.#i.deep, words, absent",
        ExpressionAttributeNames={"#m": "map", "#i": "inner"},
    )["Item"])
    say("get nothing", db.get_item(TableName=SESSIONS, Key={"id": {"S": "nobody"}}).get("Item"))
    say("replace", db.put_item(
        TableName=SESSIONS, Item={**key, "int": {"N": "43"}}, ReturnValues="ALL_OLD")["Attributes"])
    say("delete", db.delete_item(TableName=SESSIONS, Key=key, ReturnValues="ALL_OLD")["Attributes"])
    say("delete again", db.delete_item(TableName=SESSIONS, Key=key, ReturnValues="ALL_OLD").get("Attributes"))


def updates(db):
    def update(label, expression, returns, names=None, values=None):
        extra = {}
        if names:
            extra["ExpressionAttributeNames"] = names
        if values:
            extra["ExpressionAttributeValues"] = values
        answer = db.update_item(
            TableName=SESSIONS, Key={"id": {"S": "s-1"}},
            UpdateExpression=expression, ReturnValues=returns, **extra)
        say(label, answer.get("Attributes"))

    update("update creates", "SET visits = :one, #n = :name, pages = :pages, tags = :tags", "NONE",
           {"#n": "name"},
           {":one": {"N": "1"}, ":name": {"S": "Ada"}, ":pages": {"L": [{"S": "/"}]},
            ":tags": {"SS": ["a", "b", "c"]}})
    update("arithmetic", "SET visits = visits + :ten", "UPDATED_NEW", values={":ten": {"N": "10.5"}})
    update("subtract", "SET visits = visits - :two", "UPDATED_OLD", values={":two": {"N": "2"}})
    update("if_not_exists", "SET visits = if_not_exists(visits, :zero), seen = if_not_exists(seen, :zero)",
           "UPDATED_NEW", values={":zero": {"N": "0"}})
    update("list_append", "SET pages = list_append(pages, :more)", "ALL_NEW",
           values={":more": {"L": [{"S": "/cart"}, {"S": "/pay"}]}})
    update("set in list", "SET pages[1] = :page", "ALL_NEW", values={":page": {"S": "/basket"}})
    update("remove", "REMOVE pages[0], seen", "ALL_NEW")
    update("add", "ADD visits :five, tags :more", "ALL_OLD",
           values={":five": {"N": "5"}, ":more": {"SS": ["d"]}})
    update("delete from set", "DELETE tags :some", "ALL_NEW", values={":some": {"SS": ["a", "zzz"]}})
    update("all four", "SET #n = :name REMOVE pages ADD visits :one DELETE tags :rest", "ALL_NEW",
           {"#n": "name"},
           {":name": {"S": "Grace"}, ":one": {"N": "1"}, ":rest": {"SS": ["b", "c", "d"]}})


def conditions(db):
    key = {"id": {"S": "s-1"}}
    say("put over existing", failure(lambda: db.put_item(
        TableName=SESSIONS, Item=key, ConditionExpression="attribute_not_exists(id)"), message=True))
    say("update if", db.update_item(
        TableName=SESSIONS, Key=key, UpdateExpression="SET locked = :yes",
        ConditionExpression="#n = :name AND visits BETWEEN :low AND :high AND attribute_type(#n, :s)",
        ExpressionAttributeNames={"#n": "name"},
        ExpressionAttributeValues={":yes": {"BOOL": True}, ":name": {"S": "Grace"}, ":s": {"S": "S"},
                                   ":low": {"N": "1"}, ":high": {"N": "100"}},
        ReturnValues="UPDATED_NEW")["Attributes"])
    say("delete unless locked", failure(lambda: db.delete_item(
        TableName=SESSIONS, Key=key, ConditionExpression="attribute_not_exists(locked) OR locked = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}}), message=True))


def project_list_elements(db):
    key = {"id": {"S": "lists"}}
    db.put_item(TableName=SESSIONS, Item={**key, "list": {"L": [{"M": {"a": {"N": "1"}}}, {"S": "x"}, {"S": "y"}]}})
    say("get list elements", db.get_item(
        TableName=SESSIONS, Key=key, ProjectionExpression="#l[2], #l[0].a",
        ExpressionAttributeNames={"#l": "list"})["Item"])


def old_item_on_failed_condition(db):
    try:
        db.put_item(
            TableName=SESSIONS, Item={"id": {"S": "s-1"}}, ConditionExpression="size(#n) > :long",
            ExpressionAttributeNames={"#n": "name"}, ExpressionAttributeValues={":long": {"N": "50"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except ClientError as error:
        say("refused with the item", {"code": error.response["Error"]["Code"], "item": error.response.get("Item")})


# ---- many items

def order(customer, number):
    """Amounts are unique, so that no two servers may order an index differently."""
    item = {
        "customer": {"S": customer},
        "number": {"S": f"2026-{number:03}"},
        "amount": {"N": str(number * 10 + len(customer))},
        "status": {"S": ("open", "paid", "sent")[number % 3]},
    }
    if number % 4 == 0:
        item["note"] = {"S": f"note {number}"}
    return item


def key_of(item):
    return {"customer": item["customer"], "number": item["number"]}


def batches(db):
    first = [order("ada", n) for n in range(1, 26)]
    say("batch put 25", db.batch_write_item(
        RequestItems={ORDERS: [{"PutRequest": {"Item": i}} for i in first]})["UnprocessedItems"])
    # Two tables, puts and deletes in one request.
    second = [order("grace", n) for n in range(1, 9)]
    say("batch mixed", db.batch_write_item(RequestItems={
        ORDERS: [{"PutRequest": {"Item": i}} for i in second]
                + [{"DeleteRequest": {"Key": key_of(i)}} for i in first[20:]],
        SESSIONS: [{"PutRequest": {"Item": {"id": {"S": "s-2"}, "name": {"S": "Edsger"}}}}],
    })["UnprocessedItems"])

    got = db.batch_get_item(RequestItems={
        ORDERS: {
            "Keys": [key_of(first[0]), key_of(first[3]), key_of(first[24]), key_of(second[7])],
            "ProjectionExpression": "customer, amount, note",
            "ConsistentRead": True,
        },
        SESSIONS: {"Keys": [{"id": {"S": "s-1"}}, {"id": {"S": "s-2"}}]},
    })
    say("batch get orders", unordered(got["Responses"][ORDERS]))
    say("batch get sessions", unordered(got["Responses"][SESSIONS]))
    say("batch get rest", got["UnprocessedKeys"])


def queries(db):
    def query(label, page=4, select=None, **request):
        pages = db.get_paginator("query").paginate(
            TableName=ORDERS, PaginationConfig={"PageSize": page}, **request)
        counts, items = [], []
        for answer in pages:
            counts.append([answer["Count"], answer["ScannedCount"]])
            items += answer.get("Items", [])
        say(label, {"pages": counts, "items": [select(i) if select else plain(i) for i in items]})

    def number(item):
        return item["number"]["S"]

    ada = {":c": {"S": "ada"}}
    query("query forward", 6, number, KeyConditionExpression="customer = :c", ExpressionAttributeValues=ada)
    query("query reverse", 6, number, KeyConditionExpression="customer = :c", ExpressionAttributeValues=ada,
          ScanIndexForward=False, ConsistentRead=True)
    query("query begins_with", 4, number,
          KeyConditionExpression="customer = :c AND begins_with(#k, :p)",
          ExpressionAttributeNames={"#k": "number"}, ExpressionAttributeValues={**ada, ":p": {"S": "2026-01"}})
    query("query between", 4, number,
          KeyConditionExpression="customer = :c AND #k BETWEEN :a AND :b", ExpressionAttributeNames={"#k": "number"},
          ExpressionAttributeValues={**ada, ":a": {"S": "2026-004"}, ":b": {"S": "2026-008"}})
    query("query filter", 6, None,
          KeyConditionExpression="customer = :c",
          FilterExpression="attribute_exists(note) AND #s IN (:open, :paid)",
          ExpressionAttributeNames={"#s": "status"},
          ExpressionAttributeValues={**ada, ":open": {"S": "open"}, ":paid": {"S": "paid"}})
    query("query count", 6, None, KeyConditionExpression="customer = :c", ExpressionAttributeValues=ada,
          Select="COUNT")
    query("query local index", 4, None, IndexName="by-amount",
          KeyConditionExpression="customer = :c AND amount > :t", ScanIndexForward=False,
          ProjectionExpression="#k, amount", ExpressionAttributeNames={"#k": "number"},
          ExpressionAttributeValues={":c": {"S": "grace"}, ":t": {"N": "25"}})
    query("query global index", 4, None, IndexName="by-status",
          KeyConditionExpression="#s = :s AND amount BETWEEN :a AND :b",
          ExpressionAttributeNames={"#s": "status"},
          ExpressionAttributeValues={":s": {"S": "paid"}, ":a": {"N": "1"}, ":b": {"N": "150"}})
    query("query nobody", 4, None, KeyConditionExpression="customer = :c",
          ExpressionAttributeValues={":c": {"S": "nobody"}})


def scans(db):
    def scan(**request):
        return list(db.get_paginator("scan").paginate(TableName=ORDERS, PaginationConfig={"PageSize": 10}, **request))

    def items(pages):
        return [i for page in pages for i in page["Items"]]

    pages = scan()
    say("scan", {"pages": len(pages), "items": unordered(items(pages))})
    pages = scan(FilterExpression="amount >= :t AND NOT contains(#n, :no)",
                 ExpressionAttributeNames={"#n": "number"},
                 ExpressionAttributeValues={":t": {"N": "70"}, ":no": {"S": "01"}},
                 ProjectionExpression="customer, #n")
    say("scan filter", {"scanned": sum(p["ScannedCount"] for p in pages), "items": unordered(items(pages))})
    # Which segment holds which item is the server's business: only the union is told.
    found = [i for segment in range(3) for i in items(scan(Segment=segment, TotalSegments=3))]
    say("scan in segments", {"count": len(found), "different": len({json.dumps(key_of(i)) for i in found})})
    say("scan index", len(items(scan(IndexName="by-status"))))


# ---- what dynalite or moto lack

def transactions(db):
    """boto3 mints a new ClientRequestToken for each of these writes, in every run."""
    say("transact write", db.transact_write_items(TransactItems=[
        {"Put": {"TableName": SESSIONS, "Item": {"id": {"S": "s-3"}, "n": {"N": "1"}}}},
        {"Update": {"TableName": SESSIONS, "Key": {"id": {"S": "s-2"}}, "UpdateExpression": "SET n = :n",
                    "ExpressionAttributeValues": {":n": {"N": "2"}}}},
        {"ConditionCheck": {"TableName": ORDERS, "Key": key_of(order("ada", 1)),
                            "ConditionExpression": "attribute_exists(customer)"}},
    ]))
    try:
        db.transact_write_items(TransactItems=[
            {"Put": {"TableName": SESSIONS, "Item": {"id": {"S": "s-4"}}}},
            {"Delete": {"TableName": SESSIONS, "Key": {"id": {"S": "s-3"}},
                        "ConditionExpression": "n > :n", "ExpressionAttributeValues": {":n": {"N": "9"}}}},
        ])
    except ClientError as error:
        say("transact refused", {
            "code": error.response["Error"]["Code"],
            "reasons": [reason["Code"] for reason in error.response["CancellationReasons"]],
        })
    got = db.transact_get_items(TransactItems=[
        {"Get": {"TableName": SESSIONS, "Key": {"id": {"S": name}}}} for name in ("s-2", "s-3", "s-4")])
    say("transact get", [r.get("Item") for r in got["Responses"]])


def time_to_live(db):
    say("set ttl", db.update_time_to_live(
        TableName=SESSIONS, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )["TimeToLiveSpecification"])
    seen = db.describe_time_to_live(TableName=SESSIONS)["TimeToLiveDescription"]
    say("describe ttl", seen["AttributeName"])


def missing_table(db):
    key = {"id": {"S": "x"}}
    say("get from no table", failure(lambda: db.get_item(TableName="no-such-table", Key=key)))
    say("put in no table", failure(lambda: db.put_item(TableName="no-such-table", Item=key)))
    say("describe no table", failure(lambda: db.describe_table(TableName="no-such-table")))
    say("get without the range key", failure(lambda: db.get_item(TableName=ORDERS, Key={"customer": {"S": "ada"}})))


# ---- shapes and printing

def hash_range(hash_key, range_key=None):
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])


def failure(call, message=False):
    try:
        call()
    except ClientError as error:
        told = error.response["Error"]
        return {"code": told["Code"], "message": told["Message"]} if message else {"code": told["Code"]}
    return "was not refused"


def plain(value):
    """Sets sorted, binary as hex, so that equal items print alike."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {
            name: sorted(map(plain, inner)) if name in ("SS", "NS", "BS") else plain(inner)
            for name, inner in value.items() if name != "ResponseMetadata"
        }
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def unordered(items):
    return sorted((plain(i) for i in items), key=lambda i: json.dumps(i, sort_keys=True))


def say(label, value):
    print(f"{label}: {json.dumps(plain(value), sort_keys=True)}", flush=True)


if __name__ == "__main__":
    main()
