#!/usr/bin/env python3
"""A shop's order book and its sessions on DynamoDB, through aiodynamodb's Pydantic models.

Prints one line per call, and only what every correct server answers alike, so that two outputs
can be compared as text. aiobotocore reads AWS_ENDPOINT_URL_DYNAMODB itself; nothing else chooses
whom this talks to. aiodynamodb has no call for time to live. Needs Python 3.12.
"""

import asyncio
import json
import os
import sys
from datetime import datetime, timezone
from decimal import Decimal
from enum import StrEnum

from aiobotocore.config import AioConfig
from boto3.dynamodb.conditions import Attr, Key
from pydantic import BaseModel

from aiodynamodb import (
    BatchDelete, BatchGet, BatchPut, DynamoDB, DynamoModel, HashKey, ProjectionAttr, RangeKey, TransactConditionCheck,
    TransactDelete, TransactGet, TransactPut, TransactUpdate, UpdateAttr, table)
from aiodynamodb.custom_types import JSONStr, Timestamp
from aiodynamodb.models import GSI, LSI

import trace_bodies

if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
    sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")


class Status(StrEnum):
    OPEN = "open"
    PAID = "paid"
    SENT = "sent"


by_status = GSI(name="by-status", hash_key="status", range_key="amount", projection="INCLUDE",
                non_key_attributes=["note"],
                provisioned_throughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 2})
by_amount = LSI(name="by-amount", range_key="amount")


@table("orders", indexes=[by_status, by_amount])
class Order(DynamoModel):
    customer: HashKey[str]
    number: RangeKey[str]
    amount: int
    status: Status = Status.OPEN
    note: str | None = None


class Address(BaseModel):
    city: str
    zip: str | None = None


@table("sessions")
class Session(DynamoModel):
    id: HashKey[str]
    name: str | None = None
    visits: int = 0
    rating: float | None = None
    pages: list[str] | None = None
    tags: set[str] | None = None
    scores: set[Decimal] | None = None
    locked: bool | None = None
    address: Address | None = None
    settings: JSONStr[Address] | None = None
    picture: bytes | None = None
    seen: Timestamp | None = None


@table("no-such-table")
class Missing(DynamoModel):
    id: HashKey[str]


async def main():
    # One attempt per call: a retry would hide a wrong answer behind a right one.
    config = AioConfig(retries={"mode": "legacy", "total_max_attempts": 1})
    async with DynamoDB(config=config) as db:
        if path := os.environ.get("TRACE_BODIES"):
            for client in (db._held_client, db._held_resource.meta.client):
                trace_bodies.install(client, path)
        errors = await db.exceptions()
        await tables(db, errors)
        await every_type(db)
        await updates(db)
        await conditions(db, errors)
        await batches(db)
        await queries(db)
        await scans(db)
        await transactions(db, errors)
        await missing_table(db, errors)
        await delete_tables(db, errors)


# ---- tables

async def tables(db, errors):
    created = await db.create_table(Order, billing_mode="PROVISIONED", tags=[{"Key": "team", "Value": "shop"}],
                                    provisioned_throughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    say("create orders", created["TableDescription"]["KeySchema"])
    created = await db.create_table(Session)
    say("create sessions", created["TableDescription"]["TableName"])
    await wait(db, "table_exists")
    say("create orders again", await failure(errors.ResourceInUseException, db.create_table(Session)))


async def delete_tables(db, errors):
    for model in (Order, Session):
        deleted = await db.delete_table(model)
        say("delete", deleted["TableDescription"]["TableName"])
    await wait(db, "table_not_exists")
    say("delete again", await failure(errors.ResourceNotFoundException, db.delete_table(Order)))


async def wait(db, state):
    """aiodynamodb leaves waiting to the client below it."""
    client = await db._ensure_client()
    for model in (Order, Session):
        await client.get_waiter(state).wait(
            TableName=model.Meta.table_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


# ---- single items

async def every_type(db):
    session = Session(
        id="types", name="caf\u00e9 \u2713 \U0001f600 \"quoted\"", visits=-17, rating=4.25, pages=["/", ""],
        tags={"a", "b", "c"}, scores={Decimal("1"), Decimal("2.5")}, locked=False, address=Address(city="London"),
        settings=Address(city="Paris", zip="75001"), picture=bytes(range(256)),
        seen=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    await db.put(session)
    got = await db.get(Session, hash_key="types", consistent_reads=True)
    say("get every type", got)
    say("same as was put", got == session)
    say("get projected", await db.get(Session, hash_key="types", projection_expression=[
        ProjectionAttr("id"), ProjectionAttr("address.city"), ProjectionAttr("tags"), ProjectionAttr("pages[1]")]))
    say("get nothing", await db.get(Session, hash_key="nobody"))
    await db.delete(Session, hash_key="types")
    say("get deleted", await db.get(Session, hash_key="types"))


async def updates(db):
    await db.put(Session(id="s-1", name="Ada", visits=1, pages=["/"], tags={"a", "b"}, address=Address(city="London")))

    async def update(label, actions, returns="ALL_NEW", condition=None):
        say(label, await db.update(Session, hash_key="s-1", update_expression=actions, condition_expression=condition,
                                   return_values=returns))

    # A set, as aiodynamodb's documentation writes it: the text of the expression follows Python's hash seed.
    await update("set three", {UpdateAttr("locked").set(True), UpdateAttr("rating").set(4.5),
                               UpdateAttr("address.zip").set("W1")})
    await update("if not exists", [UpdateAttr("name").set("Grace", if_not_exists=True),
                                   UpdateAttr("seen").set(datetime(2026, 1, 1, tzinfo=timezone.utc),
                                                          if_not_exists=True)])
    await update("append", [UpdateAttr("pages").append(["/cart", "/pay"])], "UPDATED_NEW")
    await update("prepend", [UpdateAttr("pages").prepend(["/home"])], "UPDATED_OLD")
    await update("in list", [UpdateAttr("pages[1]").set("/basket"), UpdateAttr("pages[3]").remove()])
    await update("all four", [UpdateAttr("name").set("Edsger"), UpdateAttr("locked").remove(),
                              UpdateAttr("visits").add(5), UpdateAttr("tags").delete({"a"})],
                 condition=Attr("name").eq("Ada") & Attr("visits").lt(9))
    await update("add to set", [UpdateAttr("tags").add({"x", "y"})], "ALL_OLD")
    await update("nothing back", [UpdateAttr("visits").add(1)], "NONE")


async def conditions(db, errors):
    refused = errors.ConditionalCheckFailedException
    say("put over existing", await failure(refused, db.put(
        Session(id="s-1"), condition_expression=Attr("id").not_exists())))
    say("update unless", await failure(refused, db.update(
        Session, hash_key="s-1", update_expression=[UpdateAttr("visits").set(0)],
        condition_expression=(
            Attr("name").begins_with("X") | Attr("visits").is_in([1, 2]) | Attr("tags").contains("q")))))
    say("delete if", await failure(refused, db.delete(
        Session, hash_key="s-1", condition_expression=~Attr("pages").exists() | Attr("name").attribute_type("N"))))
    say("update nobody", await failure(refused, db.update(
        Session, hash_key="s-9", update_expression=[UpdateAttr("visits").add(1)],
        condition_expression=Attr("id").exists(), return_values="ALL_NEW")))


# ---- many items

def order(customer, number):
    """Amounts are unique, so that no two servers may order an index differently."""
    return Order(customer=customer, number=f"2026-{number:03}", amount=number * 10 + len(customer),
                 status=list(Status)[number % 3], note=f"note {number}" if number % 4 == 0 else None)


async def batches(db):
    done = await db.batch_write([BatchPut(order("ada", number)) for number in range(1, 26)])
    say("batch put 25", done.unprocessed_items)
    done = await db.batch_write(
        [BatchPut(order("grace", number)) for number in range(1, 9)]
        + [BatchDelete(Order, hash_key="ada", range_key=f"2026-{number:03}") for number in range(21, 26)]
        + [BatchPut(Session(id="s-2", name="Barbara"))])
    say("batch mixed", done.unprocessed_items)
    got = await db.batch_get([
        *(BatchGet(Order, hash_key=customer, range_key=number, consistent_read=True) for customer, number in (
            ("ada", "2026-001"), ("ada", "2026-004"), ("ada", "2026-025"), ("grace", "2026-008"))),
        *(BatchGet(Session, hash_key=name, projection_expression=[ProjectionAttr("id"), ProjectionAttr("name")])
          for name in ("s-1", "s-2"))])
    say("batch get", {model.Meta.table_name: unordered(items) for model, items in got.items.items()})
    say("batch get rest", got.unprocessed_keys)


async def queries(db):
    async def query(label, key, **how):
        pages = [page async for page in db.query(Order, key_condition_expression=key, **how)]
        say(label, [[[item.number for item in page.items], page.last_evaluated_key] for page in pages])

    ada = Key("customer").eq("ada")
    await query("query", ada, limit=6)
    await query("query reverse", ada, scan_index_forward=False, consistent_read=True)
    await query("query begins_with", ada & Key("number").begins_with("2026-01"), limit=4)
    await query("query between", ada & Key("number").between("2026-004", "2026-008"))
    await query("query filter", ada, limit=6, filter_expression=Attr("note").exists() & Attr("status").is_in(
        [Status.OPEN, Status.PAID]))
    await query("query local index", Key("customer").eq("grace") & Key("amount").gt(25), index_name="by-amount",
                scan_index_forward=False, projection_expression=[ProjectionAttr("number"), ProjectionAttr("amount")])
    await query("query from there", ada, exclusive_start_key={"customer": "ada", "number": "2026-016"})
    await query("query nobody", Key("customer").eq("nobody"))
    # The index leaves out what the model demands; only a projection may do without.
    pages = [page async for page in db.query(
        Order, index_name="by-status", limit=3,
        key_condition_expression=Key("status").eq(Status.PAID) & Key("amount").lt(150),
        projection_expression=[ProjectionAttr(name) for name in ("customer", "number", "amount", "note")])]
    say("query global index", [[plain(item) for item in page.items] for page in pages])


async def scans(db):
    async def scan(**how):
        return [item async for page in db.scan(Order, **how) for item in page.items]

    say("scan", unordered(await scan(limit=10)))
    say("scan filter", unordered(await scan(
        filter_expression=Attr("amount").gte(70) & ~Attr("number").contains("01"),
        projection_expression=[ProjectionAttr("customer"), ProjectionAttr("number")])))


async def transactions(db, errors):
    await db.transact_write([
        TransactPut(Session(id="s-3", visits=1), condition_expression=Attr("id").not_exists()),
        TransactUpdate(Session, hash_key="s-1", update_expression=[UpdateAttr("visits").add(1),
                                                                   UpdateAttr("name").set("Donald")]),
        TransactConditionCheck(Order, hash_key="ada", range_key="2026-001", condition_expression=Attr("amount").gt(1)),
        TransactDelete(Order, hash_key="ada", range_key="2026-002"),
    ])
    try:
        await db.transact_write([
            TransactPut(Session(id="s-4")),
            TransactUpdate(Session, hash_key="s-1", update_expression=[UpdateAttr("visits").set(0)],
                           condition_expression=Attr("name").eq("Ada")),
        ])
    except errors.TransactionCanceledException as error:
        say("transact refused", [error.response["Error"], error.response["CancellationReasons"]])
    say("transact get", await db.transact_get([
        TransactGet(Session, hash_key="s-1"),
        TransactGet(Session, hash_key="s-3", projection_expression=[ProjectionAttr("visits")]),
        TransactGet(Session, hash_key="s-4"),
        TransactGet(Order, hash_key="ada", range_key="2026-001"),
    ]))


async def missing_table(db, errors):
    missing = errors.ResourceNotFoundException
    say("get from no table", await failure(missing, db.get(Missing, hash_key="x")))
    say("put in no table", await failure(missing, db.put(Missing(id="x"))))
    say("batch get from no table", await failure(missing, db.batch_get([BatchGet(Missing, hash_key="x")])))
    say("get without the range key", await failure(errors.ClientError, db.get(Order, hash_key="ada")))


# ---- printing

async def failure(kind, call):
    try:
        await call
    except kind as error:
        told = error.response["Error"]
        # Of the sentences only this one is the same everywhere.
        same = told["Code"] == "ConditionalCheckFailedException"
        return [type(error).__name__, told["Code"], told["Message"] if same else None]
    return "was not refused"


def plain(value):
    """Sets sorted, so that equal items print alike; what a projection left out is not there."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in sorted(value.model_fields_set)
                if getattr(value, name) is not None}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (Decimal, datetime)):
        return str(value)
    return value


def unordered(items):
    return sorted((plain(i) for i in items), key=lambda i: json.dumps(i, sort_keys=True))


def say(label, value):
    print(f"{label}: {json.dumps(plain(value), sort_keys=True)}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
