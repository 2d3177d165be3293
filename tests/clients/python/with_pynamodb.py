#!/usr/bin/env python3
"""A shop's order book and its sessions on DynamoDB, through PynamoDB's models.

Prints one line per call, and only what every correct server answers alike, so that two outputs
can be compared as text. PynamoDB's botocore reads AWS_ENDPOINT_URL_DYNAMODB itself; nothing else
chooses whom this talks to.
"""

import json
import os
import sys
from datetime import datetime, timezone

from pynamodb.attributes import (
    BinaryAttribute, BooleanAttribute, JSONAttribute, ListAttribute, MapAttribute, NumberAttribute, NumberSetAttribute,
    TTLAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute, VersionAttribute)
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DeleteError, DoesNotExist, GetError, PutError, TableDoesNotExist, TableError, TransactGetError, TransactWriteError,
    UpdateError)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

import trace_bodies

if "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ:
    sys.exit("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account")


class ByAmount(LocalSecondaryIndex):
    class Meta:
        index_name = "by-amount"
        projection = AllProjection()

    customer = UnicodeAttribute(hash_key=True)
    amount = NumberAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-status"
        projection = IncludeProjection(["note"])
        read_capacity_units = 2
        write_capacity_units = 2

    status = UnicodeAttribute(hash_key=True)
    amount = NumberAttribute(range_key=True)


class Order(Model):
    class Meta:
        table_name = "orders"
        read_capacity_units = 5
        write_capacity_units = 5
        # One attempt per call: a retry would hide a wrong answer behind a right one.
        max_retry_attempts = 0

    customer = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    amount = NumberAttribute()
    status = UnicodeAttribute(default="open")
    note = UnicodeAttribute(null=True)
    by_amount = ByAmount()
    by_status = ByStatus()


class Address(MapAttribute):
    city = UnicodeAttribute()
    zip = UnicodeAttribute(null=True)


class Session(Model):
    class Meta:
        table_name = "sessions"
        billing_mode = "PAY_PER_REQUEST"
        max_retry_attempts = 0

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(null=True)
    visits = NumberAttribute(null=True)
    pages = ListAttribute(of=UnicodeAttribute, null=True)
    tags = UnicodeSetAttribute(null=True)
    scores = NumberSetAttribute(null=True)
    locked = BooleanAttribute(null=True)
    address = Address(null=True)
    settings = JSONAttribute(null=True)
    picture = BinaryAttribute(null=True, legacy_encoding=False)
    seen = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute(null=True)


class Account(Model):
    class Meta:
        table_name = "sessions"
        max_retry_attempts = 0

    id = UnicodeAttribute(hash_key=True)
    balance = NumberAttribute(default=0)
    version = VersionAttribute()


class Missing(Model):
    class Meta:
        table_name = "no-such-table"
        max_retry_attempts = 0

    id = UnicodeAttribute(hash_key=True)


def main():
    transactions_on = Connection(max_retry_attempts=0)
    if path := os.environ.get("TRACE_BODIES"):
        trace_bodies.install(transactions_on.client, path)
        for model in (Order, Session, Account, Missing):
            trace_bodies.install(model._get_connection().connection.client, path)

    tables()
    every_type()
    updates()
    conditions()
    versions()
    batches()
    queries()
    scans()
    transactions(transactions_on)
    missing_table()
    delete_tables()


# ---- tables

def tables():
    say("orders exist", Order.exists())
    Order.create_table(wait=True)
    Session.create_table(wait=True)
    say("orders exist", Order.exists())
    described = Order.describe_table()
    say("describe orders", [described["TableStatus"], described["KeySchema"]])
    say("create orders again", failure(TableError, lambda: Order._get_connection().create_table(
        attribute_definitions=[{"attribute_name": "customer", "attribute_type": "S"}],
        key_schema=[{"attribute_name": "customer", "key_type": "HASH"}], billing_mode="PAY_PER_REQUEST")))
    # Creating the table has set it.
    say("set ttl again", failure(TableError, lambda: Session.update_ttl(ignore_update_ttl_errors=False)))


def delete_tables():
    for model in (Order, Session):
        model.delete_table(wait=True)
        say(f"{model.Meta.table_name} exist", model.exists())


# ---- single items

def every_type():
    session = Session(
        "types", name="caf\u00e9 \u2713 \U0001f600 \"quoted\"", visits=-17.25, pages=["/", ""], tags={"a", "b", "c"},
        scores={1, 2.5, -3}, locked=False, address=Address(city="London"), settings={"dark": True, "sizes": [1, 2]},
        picture=bytes(range(256)), seen=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        expires=datetime(2030, 1, 1, tzinfo=timezone.utc))
    session.save()
    say("get every type", Session.get("types", consistent_read=True))
    say("get projected", Session.get("types", attributes_to_get=["address.city", "tags", "pages"]))
    say("get nothing", failure(DoesNotExist, lambda: Session.get("nobody")))
    session.delete()
    say("refresh deleted", failure(DoesNotExist, session.refresh))


def updates():
    session = Session("s-1", name="Ada", visits=1, pages=["/"], tags={"a", "b"}, address=Address(city="London"))
    session.save(Session.id.does_not_exist())

    def update(label, *actions, **how):
        session.update(actions=list(actions), **how)
        say(label, session)

    update("arithmetic", Session.visits.set(Session.visits + 10), Session.locked.set(True))
    update("if not exists", Session.visits.set((Session.visits | 0) - 2), Session.scores.set(Session.scores | {7}))
    update("append and prepend", Session.pages.set(Session.pages.append(["/cart"])))
    update("set in list and map", Session.pages[1].set("/basket"), Session.address.zip.set("W1"))
    update("remove", Session.pages[0].remove(), Session.locked.remove())
    update("add and delete", Session.visits.add(5), Session.tags.add({"c", "d"}), Session.scores.delete({7}))
    update("update if", Session.name.set("Grace"),
           condition=(Session.visits.between(1, 100) & Session.tags.contains("d") & ~Session.locked.exists()))
    session.refresh(consistent_read=True)
    say("refresh", session)


def conditions():
    say("put over existing", failure(PutError, lambda: Session("s-1").save(Session.id.does_not_exist())))
    say("update unless", failure(UpdateError, lambda: Session("s-1").update(
        actions=[Session.visits.set(0)],
        condition=(Session.name == "Ada") | Session.visits.is_in(1, 2) | Session.name.startswith("X"))))
    say("delete if", failure(DeleteError, lambda: Session("s-1").delete(
        Session.tags.is_type() & (Session.visits > 99))))


def versions():
    account = Account("a-1", balance=10)
    account.save()
    stale = Account.get("a-1")
    account.update(actions=[Account.balance.add(5)])
    say("version", [account.version, account.balance])
    stale.balance = 0
    say("stale save", failure(PutError, stale.save))
    say("stale delete", failure(DeleteError, stale.delete))
    account.delete()


# ---- many items

def order(customer, number):
    """Amounts are unique, so that no two servers may order an index differently."""
    return Order(customer, f"2026-{number:03}", amount=number * 10 + len(customer),
                 status=("open", "paid", "sent")[number % 3], note=f"note {number}" if number % 4 == 0 else None)


def batches():
    with Order.batch_write() as batch:
        for number in range(1, 31):
            batch.save(order("ada", number))
        for number in range(21, 26):
            batch.delete(order("ada", number))
        for number in range(1, 9):
            batch.save(order("grace", number))
    keys = [("ada", "2026-001"), ("ada", "2026-004"), ("ada", "2026-025"), ("grace", "2026-008")]
    say("batch get", unordered(Order.batch_get(keys, consistent_read=True)))
    say("batch get projected", unordered(Order.batch_get(keys, attributes_to_get=["customer", "number", "note"])))


def queries():
    def query(label, result):
        found = [one.number if isinstance(one, Order) else one for one in result]
        say(label, [found, result.last_evaluated_key, result.page_iter.total_scanned_count])

    query("query", Order.query("ada", page_size=6))
    query("query reverse", Order.query("ada", scan_index_forward=False, consistent_read=True, limit=5))
    query("query startswith", Order.query("ada", Order.number.startswith("2026-01"), page_size=4))
    query("query between", Order.query("ada", Order.number.between("2026-004", "2026-008")))
    query("query filter", Order.query("ada", filter_condition=Order.note.exists() & Order.status.is_in("open", "paid"),
                                      page_size=6))
    query("query local index", Order.by_amount.query("grace", Order.amount > 25, scan_index_forward=False))
    query("query global index", Order.by_status.query("paid", Order.amount < 150, page_size=3))
    query("query nobody", Order.query("nobody"))
    first = Order.query("ada", limit=4)
    list(first)
    query("query from there", Order.query("ada", limit=4, last_evaluated_key=first.last_evaluated_key))
    say("count", [Order.count("ada"), Order.count("ada", Order.number < "2026-004"),
                  Order.by_status.count("sent", filter_condition=Order.note.does_not_exist())])


def scans():
    say("scan", unordered(Order.scan(page_size=10)))
    say("scan filter", unordered(Order.scan((Order.amount >= 70) & ~Order.number.contains("01"),
                                            attributes_to_get=["customer", "number"])))
    # Which segment holds which item is the server's business: only the union is told.
    found = [(one.customer, one.number) for segment in range(3)
             for one in Order.scan(segment=segment, total_segments=3)]
    say("scan in segments", [len(found), len(set(found))])
    say("scan index", unordered(Order.by_status.scan(Order.status == "sent")))


def transactions(connection):
    with TransactWrite(connection=connection) as transaction:
        transaction.save(Session("s-3", visits=1), condition=Session.id.does_not_exist())
        transaction.update(Session("s-1"), actions=[Session.visits.add(1), Session.name.set("Edsger")])
        transaction.condition_check(Order, "ada", "2026-001", condition=Order.amount > 1)
        transaction.delete(order("ada", 2))
    say("transact refused", failure(TransactWriteError, lambda: refused_transaction(connection)))
    with TransactGet(connection=connection) as transaction:
        found = [transaction.get(Session, "s-1"), transaction.get(Session, "s-3"),
                 transaction.get(Order, "ada", "2026-001")]
    say("transact get", [future.get() for future in found])
    with TransactGet(connection=connection) as transaction:
        nobody = transaction.get(Session, "s-4")
    say("transact get nobody", failure(DoesNotExist, nobody.get))


def refused_transaction(connection):
    with TransactWrite(connection=connection) as transaction:
        transaction.save(Session("s-4"))
        transaction.update(Session("s-1"), actions=[Session.visits.set(0)], condition=Session.name == "Ada",
                           return_values="ALL_OLD")


def missing_table():
    say("exists", Missing.exists())
    say("get from no table", failure(GetError, lambda: Missing.get("x")))
    say("put in no table", failure(PutError, Missing("x").save))
    say("describe no table", failure(TableDoesNotExist, Missing.describe_table))
    say("transact in no table", failure(TransactGetError, get_from_missing))


def get_from_missing():
    with TransactGet(connection=Missing._get_connection().connection) as transaction:
        transaction.get(Missing, "x")


# ---- printing

def failure(kind, call):
    try:
        call()
    except kind as error:
        told = [type(error).__name__, getattr(error, "cause_response_code", None)]
        if told[1] == "ConditionalCheckFailedException":
            told.append(error.cause_response_message)
        for reason in getattr(error, "cancellation_reasons", None) or []:
            told.append(reason and [reason.code, reason.message, reason.raw_item])
        return told
    return "was not refused"


def plain(value):
    """Sets sorted, so that equal items print alike."""
    if isinstance(value, Model):
        return plain(value.serialize(null_check=False))
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: sorted(map(plain, inner)) if name in ("SS", "NS", "BS") else plain(inner)
                for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def unordered(items):
    return sorted((plain(i) for i in items), key=lambda i: json.dumps(i, sort_keys=True))


def say(label, value):
    print(f"{label}: {json.dumps(plain(value), sort_keys=True)}", flush=True)


if __name__ == "__main__":
    main()
