"""What a database shows and does besides answering clients."""

import gc
import time
import urllib.error
import urllib.request
from datetime import timedelta
from decimal import Decimal

import dynatape
import pytest


@pytest.fixture
def db():
    db = dynatape.Database()
    db.create_table("orders", "customer", "number:N")
    return db


def test_items_are_put_and_shown_as_python_has_them(db):
    item = {
        "customer": "a", "number": 1, "price": Decimal("1.50"), "float": 0.1, "none": None,
        "yes": True, "bytes": b"\0\1", "list": [1, "x"], "map": {"a": {"b": 2}},
        "texts": {"x", "y"}, "numbers": {1, 2}, "blobs": {b"x"},
    }
    db.seed({"orders": [item]})
    assert db.items("orders") == [item | {"float": Decimal("0.1")}]


def test_what_dynamodb_has_no_type_for_is_refused(db):
    for value in (set(), {1, "x"}, object()):
        with pytest.raises(TypeError, match="DynamoDB has no type"):
            db.put("orders", {"customer": "a", "number": 1, "value": value})


def test_all_pages_of_tables_and_items_are_shown(db):
    for number in range(120):
        db.create_table(f"table-{number}", "id")
    assert len(db.tables()) == 121
    for number in range(5):
        db.put("orders", {"customer": "a", "number": number, "text": "x" * 300_000})
    assert [item["number"] for item in db.items("orders")] == [0, 1, 2, 3, 4]


def test_a_refusal_is_an_error_with_the_services_words(db):
    with pytest.raises(dynatape.DynamoDBError, match="ResourceInUseException: Table already"):
        db.create_table("orders", "id")
    with pytest.raises(dynatape.DynamoDBError, match="ResourceNotFoundException"):
        db.items("none")


def test_a_fork_and_the_original_see_nothing_of_each_other(db):
    fork = db.fork()
    fork.put("orders", {"customer": "a", "number": 1})
    db.put("orders", {"customer": "b", "number": 2})
    assert [item["customer"] for item in fork.items("orders")] == ["a"]
    assert [item["customer"] for item in db.items("orders")] == ["b"]


def test_a_snapshot_is_restored_any_number_of_times(db):
    snapshot = db.snapshot()
    for _ in range(2):
        db.put("orders", {"customer": "a", "number": 1})
        db.restore(snapshot)
        assert db.items("orders") == []


def test_clear_forgets_everything_but_the_settings():
    db = dynatape.Database(create_table_ms=1000)
    db.create_table("users", "id")
    db.clear()
    assert (db.tables(), db.requests) == ([], [])
    db.create_table("users", "id")
    assert db.call("DescribeTable", TableName="users")["Table"]["TableStatus"] == "CREATING"


def test_it_listens_from_when_its_address_is_asked_for_until_it_is_closed_or_forgotten(db):
    def listening(url):
        try:
            urllib.request.urlopen(urllib.request.Request(url, b"{}", {"X-Amz-Target": "x"}))
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    url = db.endpoint_url
    assert (db.endpoint_url, listening(url)) == (url, 400)
    db.close()
    assert listening(url) is None
    again = db.fork()
    url = again.endpoint_url
    assert listening(url) == 400
    del again
    gc.collect()
    ends = time.monotonic() + 10
    while listening(url) is not None and time.monotonic() < ends:
        time.sleep(0.02)
    assert listening(url) is None


def test_the_clock_goes_forward_and_items_expire():
    db = dynatape.Database(ttl_delete_ms=0)
    db.create_table("sessions", "id")
    db.call("UpdateTimeToLive", TableName="sessions",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    db.put("sessions", {"id": "a", "until": int(db.now()) + 60})
    db.advance_clock(30)
    assert len(db.items("sessions")) == 1
    db.advance_clock(timedelta(hours=1))
    db.put("sessions", {"id": "b"})
    assert [item["id"] for item in db.items("sessions")] == ["b"]
    with pytest.raises(OverflowError):
        db.advance_clock(-1)
