"""A DynamoDB in this process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from . import attribute
from ._native import Emulator
from .request import Request

Setting = bool | int | float | str
_STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


class DynamoDBError(Exception):
    """What was asked of a database was refused."""

    def __init__(self, request: Request) -> None:
        self.request = request
        answer = request.response
        message = answer.get("message") or answer.get("Message") or ""
        super().__init__(f"{request.operation}: {request.error}: {message}")


class Database:
    """A DynamoDB in this process: tables, items, and what it was asked.

    Settings are those of `dynatape serve`: `create_table_ms=200`, `timing="real"`,
    `throttle=True`, `eventual_lag_ms=50`, `ttl_delete_ms=0`.
    """

    def __init__(self, **settings: Setting) -> None:
        self._settings = {name: json.dumps(value) for name, value in settings.items()}
        self._emulator = Emulator(self._settings)
        self._requests: list[Request] = []

    # What clients ask

    def answer(
        self, headers: list[tuple[str, bytes]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Answers one request of a client: status, headers and body."""
        status, sent, answered = self._emulator.call(headers, body)
        target = next((value for name, value in headers if name.lower() == "x-amz-target"), b"")
        operation = target.decode().rpartition(".")[2]
        self._requests.append(Request(operation, status, body, answered))
        return status, sent, answered

    @property
    def requests(self) -> list[Request]:
        """What clients asked so far, in order."""
        return list(self._requests)

    def forget_requests(self) -> None:
        """Begins `requests` anew."""
        self._requests = []

    # What is in it

    def call(
        self, operation: str, /, *, region: str = "us-east-1", **parameters: Any
    ) -> dict[str, Any]:
        """Asks for an operation in the form of the API's JSON. It is not among `requests`."""
        service = "DynamoDBStreams" if operation in _STREAMS else "DynamoDB"
        headers = [
            ("x-amz-target", f"{service}_20120810.{operation}".encode()),
            ("content-type", b"application/x-amz-json-1.0"),
            ("x-amz-date", b"20260101T000000Z"),
            (
                "authorization",
                (
                    f"AWS4-HMAC-SHA256 Credential=dynatape/20260101/{region}/dynamodb/aws4_request,"
                    " SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=0"
                ).encode(),
            ),
        ]
        sent = json.dumps(parameters).encode()
        status, _, answered = self._emulator.call(headers, sent)
        request = Request(operation, status, sent, answered)
        if request.error is not None:
            raise DynamoDBError(request)
        return request.response

    def tables(self, *, region: str = "us-east-1") -> list[str]:
        """The names of the tables."""
        pages = self._pages("ListTables", "ExclusiveStartTableName", "LastEvaluatedTableName",
                            region=region)
        return [name for page in pages for name in page["TableNames"]]

    def items(self, table: str, *, region: str = "us-east-1") -> list[attribute.Item]:
        """All items of a table, as boto3's tables give them."""
        pages = self._pages("Scan", "ExclusiveStartKey", "LastEvaluatedKey", region=region,
                            TableName=table, ConsistentRead=True)
        return [attribute.read_item(item) for page in pages for item in page["Items"]]

    def _pages(
        self, operation: str, start: str, last: str, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        while True:
            page = self.call(operation, **parameters)
            yield page
            if last not in page:
                return
            parameters[start] = page[last]

    def create_table(
        self,
        name: str,
        key: str,
        sort_key: str | None = None,
        /,
        *,
        region: str = "us-east-1",
        **parameters: Any,
    ) -> None:
        """Makes a table. A key is a string unless its type is said: `"number:N"`. `parameters`
        are those of CreateTable, and come before what is made of the rest."""
        keys = [part.partition(":") for part in (key, sort_key) if part is not None]
        attributes = [
            {"AttributeName": key, "AttributeType": kind or "S"} for key, _, kind in keys
        ]
        schema = [
            {"AttributeName": key, "KeyType": kind}
            for (key, _, _), kind in zip(keys, ("HASH", "RANGE"))
        ]
        made: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": attributes,
            "KeySchema": schema,
        }
        if "ProvisionedThroughput" not in parameters:
            made["BillingMode"] = "PAY_PER_REQUEST"
        self.call("CreateTable", region=region, **{**made, **parameters})

    def put(
        self, table: str, item: Mapping[str, Any], /, *, region: str = "us-east-1"
    ) -> None:
        """Puts an item, which is made of Python's values: `{"id": "a", "count": 1}`."""
        self.call("PutItem", region=region, TableName=table, Item=attribute.write_item(item))

    def seed(
        self, tables: Mapping[str, Iterable[Mapping[str, Any]]], /, *, region: str = "us-east-1"
    ) -> None:
        """Puts items in tables that are there: `{"users": [{"id": "a"}]}`."""
        for table, items in tables.items():
            for item in items:
                self.put(table, item, region=region)

    # States

    def clear(self) -> None:
        """Forgets everything: tables, items, requests. Settings stay, and the clock is right."""
        self._emulator = Emulator(self._settings)
        self._requests = []

    def fork(self) -> Database:
        """Another database with all that is in this one; from here on neither sees anything of the
        other. It takes no longer the more there is."""
        fork = Database.__new__(Database)
        fork._settings = self._settings
        fork._emulator = self._emulator.fork()
        fork._requests = []
        return fork

    def snapshot(self) -> Database:
        """What is in it now, for `restore`."""
        return self.fork()

    def restore(self, snapshot: Database) -> None:
        """Is again what it was, clock and all. A snapshot can be restored any number of times."""
        self._emulator = snapshot._emulator.fork()

    def advance_clock(self, by: float | timedelta) -> None:
        """Puts its clock forward, by seconds."""
        self._emulator.advance_clock(by.total_seconds() if isinstance(by, timedelta) else by)

    def now(self) -> float:
        """The time it goes by, in seconds since 1970."""
        return self._emulator.now()
