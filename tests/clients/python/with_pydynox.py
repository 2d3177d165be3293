#!/usr/bin/env python3
"""A shop's order book and its sessions on DynamoDB, through pydynox's models.

Prints one line per call, and only what every correct server answers alike, so that two outputs
can be compared as text. pydynox itself reads AWS_ENDPOINT_URL_DYNAMODB; nothing else chooses whom
this talks to. It has no call for time to live: only the attribute. Needs Python 3.11.
"""

import asyncio
import json
import os
import sys
from datetime import datetime, timezone
from decimal import Decimal

from pydynox import (
    BatchWriter, DynamoDBClient, Model, ModelConfig, SyncBatchWriter, SyncTransaction, Transaction, set_default_client)
from pydynox.attributes import (
    BinaryAttribute, BooleanAttribute, DecimalAttribute, JSONAttribute, ListAttribute, MapAttribute, NumberAttribute,
    NumberSetAttribute, StringAttribute, StringSetAttribute, TTLAttribute, VersionAttribute)
from pydynox.exceptions import (
    ConditionalCheckFailedException, PydynoxException, ResourceInUseException, ResourceNotFoundException,
    TransactionCanceledException, ValidationException)
from pydynox.indexes import GlobalSecondaryIndex, LocalSecondaryIndex

import trace_relay

if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
    sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")
if path := os.environ.get("TRACE_BODIES"):
    trace_relay.install(path)
# One attempt per call: a retry would hide a wrong answer behind a right one.
client = DynamoDBClient(max_retries=1)
set_default_client(client)


class Order(Model):
    model_config = ModelConfig(table="orders")

    customer = StringAttribute(partition_key=True)
    number = StringAttribute(sort_key=True)
    amount = NumberAttribute()
    status = StringAttribute(default="open")
    note = StringAttribute()

    by_amount = LocalSecondaryIndex(index_name="by-amount", sort_key="amount")
    by_status = GlobalSecondaryIndex(index_name="by-status", partition_key="status", sort_key="amount")


class Session(Model):
    model_config = ModelConfig(table="sessions")

    id = StringAttribute(partition_key=True)
    name = StringAttribute()
    visits = NumberAttribute()
    price = DecimalAttribute()
    pages = ListAttribute()
    tags = StringSetAttribute()
    scores = NumberSetAttribute()
    locked = BooleanAttribute()
    address = MapAttribute()
    settings = JSONAttribute()
    picture = BinaryAttribute()
    expires = TTLAttribute()


class Account(Model):
    model_config = ModelConfig(table="sessions")

    id = StringAttribute(partition_key=True)
    balance = NumberAttribute(default=0)
    version = VersionAttribute()


class Missing(Model):
    model_config = ModelConfig(table="no-such-table")

    id = StringAttribute(partition_key=True)


async def main():
    await tables()
    await every_type()
    await updates()
    await conditions()
    await versions()
    await batches()
    await queries()
    await scans()
    await transactions()
    await missing_table()
    await delete_tables()


# ---- tables

async def tables():
    say("orders exist", await Order.table_exists())
    await Order.create_table(wait=True)
    await Session.create_table(wait=True)
    say("orders exist", await Order.table_exists())
    say("create sessions again", await failure(ResourceInUseException, Session.create_table()))


async def delete_tables():
    for table in ("orders", "sessions"):
        await client.delete_table(table, wait=True)
        say(f"{table} exist", await client.table_exists(table))


# ---- single items

async def every_type():
    session = Session(
        id="types", name="caf\u00e9 \u2713 \U0001f600 \"quoted\"", visits=-17.25, price=Decimal("3.14159265358979"),
        pages=["/", "", 3, None], tags={"a", "b", "c"}, scores={1, 2.5, -3}, locked=False,
        address={"city": "London", "geo": {"lat": 51.5}}, settings={"dark": True, "sizes": [1, 2]},
        picture=bytes(range(256)), expires=datetime(2030, 1, 1, tzinfo=timezone.utc))
    await session.save()
    say("get every type", await Session.get(id="types", consistent_read=True))
    say("get projected", await client.get_item("sessions", {"id": "types"}, projection=["address.city", "tags"]))
    say("get nothing", await Session.get(id="nobody"))
    await session.delete()
    say("get deleted", await Session.get(id="types"))


async def updates():
    session = Session(id="s-1", name="Ada", visits=1, pages=["/"], tags={"a", "b"}, address={"city": "London"})
    await session.save(condition=Session.id.not_exists())

    async def update(label, *actions, condition=None):
        await session.update(atomic=list(actions), condition=condition)
        say(label, await Session.get(id="s-1", consistent_read=True))

    await update("add", Session.visits.add(10), Session.locked.set(True))
    await update("if not exists", Session.visits.if_not_exists(0), Session.price.if_not_exists(Decimal("9.5")))
    await update("append", Session.pages.append(["/cart", "/pay"]))
    await update("prepend", Session.pages.prepend(["/home"]))
    await update("remove", Session.price.remove(), Session.locked.remove())
    await update("update if", Session.name.set("Grace"),
                 condition=Session.visits.between(1, 100) & Session.tags.contains("b") & Session.locked.not_exists())
    # Only what changed is sent. Of several attributes pydynox would number the placeholders anew in each process, and
    # a replay would not know the request again.
    changed = await Session.get(id="s-1")
    changed.address = {"city": "Nuenen", "zip": "5671"}
    await changed.save()
    await Session.update_by_key(id="s-1", visits=12)
    say("changed", await Session.get(id="s-1", consistent_read=True))


async def conditions():
    refused = ConditionalCheckFailedException
    say("put over existing", await failure(refused, Session(id="s-1").save(condition=Session.id.not_exists())))
    session = await Session.get(id="s-1")
    say("update unless", await failure(refused, session.update(
        atomic=[Session.visits.set(0)],
        condition=(Session.name == "Ada") | Session.visits.is_in(1, 2) | Session.name.begins_with("X"))))
    say("delete if", await failure(refused, session.delete(
        condition=Session.pages.not_exists() | (Session.visits > 99))))
    try:
        await client.put_item("sessions", {"id": "s-1"}, condition_expression="attribute_not_exists(id)",
                              return_values_on_condition_check_failure=True)
    except ConditionalCheckFailedException as error:
        say("refused with the item", error.item)


async def versions():
    account = Account(id="a-1", balance=10)
    await account.save()
    stale = await Account.get(id="a-1")
    account.balance = 15
    await account.save(full_replace=True)
    say("version", [account.version, account.balance])
    stale.balance = 0
    say("stale save", await failure(ConditionalCheckFailedException, stale.save(full_replace=True)))
    await account.delete()


# ---- many items

def order(customer, number):
    """Amounts are unique, so that no two servers may order an index differently."""
    item = {"customer": customer, "number": f"2026-{number:03}", "amount": number * 10 + len(customer),
            "status": ("open", "paid", "sent")[number % 3]}
    return {**item, "note": f"note {number}"} if number % 4 == 0 else item


def key(customer, number):
    return {"customer": customer, "number": number}


async def batches():
    async with BatchWriter(client, "orders") as batch:
        for number in range(1, 26):
            batch.put(order("ada", number))
    with SyncBatchWriter(client, "orders") as batch:
        for number in range(1, 9):
            batch.put(order("grace", number))
        for number in range(21, 26):
            batch.delete(key("ada", f"2026-{number:03}"))
    keys = [key("ada", "2026-001"), key("ada", "2026-004"), key("ada", "2026-025"), key("grace", "2026-008")]
    say("batch get", unordered(await Order.batch_get(keys, consistent_read=True)))
    say("batch get projected", unordered(await client.batch_get("orders", keys, projection=["customer", "note"])))


async def queries():
    async def query(label, result):
        say(label, [[one.number async for one in result], result.last_evaluated_key])

    await query("query", Order.query(partition_key="ada", page_size=6))
    await query("query reverse", Order.query("ada", scan_index_forward=False, consistent_read=True, limit=5))
    await query("query begins_with", Order.query("ada", Order.number.begins_with("2026-01"), page_size=4))
    await query("query between", Order.query("ada", Order.number.between("2026-004", "2026-008")))
    await query("query filter", Order.query("ada", page_size=6, filter_condition=(
        Order.note.exists() & Order.status.is_in("open", "paid"))))
    await query("query local index", Order.by_amount.query("grace", Order.amount > 25, scan_index_forward=False))
    await query("query global index", Order.by_status.query("paid", Order.amount < 150, page_size=3))
    await query("query nobody", Order.query("nobody"))
    first = Order.query("ada", limit=4, page_size=4)
    await query("query page", first)
    await query("query from there", Order.query(
        "ada", limit=4, page_size=4, last_evaluated_key=first.last_evaluated_key))
    say("query some fields", [one async for one in Order.query("grace", fields=["number", "amount"], as_dict=True)])


async def scans():
    say("scan", unordered([one async for one in Order.scan(page_size=10)]))
    say("scan filter", unordered([one async for one in Order.scan(
        (Order.amount >= 70) & ~Order.number.contains("01"), fields=["customer", "number"], as_dict=True)]))
    # Which segment holds which item is the server's business: only the union is told.
    found = [(one.customer, one.number) for segment in range(3)
             for one in Order.sync_scan(segment=segment, total_segments=3)]
    say("scan in segments", [len(found), len(set(found))])
    say("count", [(await Order.count())[0], (await Order.count(filter_condition=Order.status == "sent"))[0]])


async def transactions():
    async with Transaction(client) as transaction:
        transaction.put("sessions", {"id": "s-3", "visits": 1}, condition_expression="attribute_not_exists(id)")
        transaction.update("sessions", {"id": "s-1"}, update_expression="SET #n = :n ADD visits :one",
                           expression_attribute_names={"#n": "name"},
                           expression_attribute_values={":n": "Donald", ":one": 1})
        transaction.condition_check("orders", key("ada", "2026-001"), condition_expression="amount > :one",
                                    expression_attribute_values={":one": 1})
        transaction.delete("orders", key("ada", "2026-002"))
    try:
        with SyncTransaction(client) as transaction:
            transaction.put("sessions", {"id": "s-4"})
            transaction.delete("sessions", {"id": "s-1"}, condition_expression="visits > :n",
                               expression_attribute_values={":n": 99})
    except TransactionCanceledException as error:
        say("transact refused", str(error))
    say("transact get", await client.transact_get([
        {"table": "sessions", "key": {"id": name}} for name in ("s-1", "s-3", "s-4")]
        + [{"table": "orders", "key": key("ada", "2026-001")}]))


async def missing_table():
    say("exists", await Missing.table_exists())
    say("get from no table", await failure(ResourceNotFoundException, Missing.get(id="x")))
    say("put in no table", await failure(ResourceNotFoundException, Missing(id="x").save()))
    say("batch get from no table", await failure(ResourceNotFoundException, Missing.batch_get([{"id": "x"}])))
    say("get without the range key", await failure(ValidationException, client.get_item("orders", {"customer": "ada"})))


# ---- printing

async def failure(kind, call):
    try:
        await call
    except kind as error:
        return type(error).__name__
    except PydynoxException as error:
        return f"not {kind.__name__} but {type(error).__name__}: {error}"
    return "was not refused"


def plain(value):
    """Sets, which pydynox gives as lists, sorted, so that equal items print alike."""
    if isinstance(value, Model):
        return plain({name: inner for name, inner in value.to_dict().items() if inner is not None})
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: sorted(map(plain, inner)) if name in ("tags", "scores") else plain(inner)
                for name, inner in value.items()}
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
    # Taking the interpreter down makes pydynox's worker threads panic in one run of twenty.
    sys.stdout.flush()
    os._exit(0)
