"""A DynamoDB in this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from . import attribute
from ._endpoint import Endpoint
from ._native import Emulator
from .report import Place, Report, Stored
from .request import Answer, Headers, Request, Used

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

    # It answers at once.
    waits = False

    def __init__(self, **settings: Setting) -> None:
        texts = {name: json.dumps(value) for name, value in settings.items()}
        self._begin(texts, Emulator(texts))

    def _begin(self, settings: dict[str, str], emulator: Emulator) -> None:
        self._settings = settings
        self._emulator = emulator
        self._requests: list[Request] = []
        self._endpoint: Endpoint | None = None
        self._changing = threading.Lock()

    # What clients ask

    def answer(self, headers: Headers, body: bytes) -> Answer:
        """Answers one request of a client: status, headers and body."""
        emulator = self._emulator
        (status, sent, answered), used = emulator.call(headers, body)
        request = Request.of(
            headers, body, status, answered,
            at=emulator.now(), used=tuple(Used(*units) for units in used),
        )
        self._requests.append(request)
        return status, sent, answered

    @property
    def endpoint_url(self) -> str:
        """Where it listens, for clients in this process that do not send with botocore, and for
        other processes on this machine while this one runs. It listens from the first time that
        this is asked for, until `close`."""
        with self._changing:
            if self._endpoint is None:
                self._endpoint = Endpoint(self)
            return self._endpoint.url

    def close(self) -> None:
        """Stops listening. What is in it stays."""
        with self._changing:
            endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            endpoint.close()

    def __del__(self) -> None:
        endpoint: Endpoint | None = getattr(self, "_endpoint", None)
        if endpoint is not None:
            # In any thread, that of the endpoint too, which cannot wait for its own end.
            threading.Thread(target=endpoint.close, daemon=True).start()

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
        (status, _, answered), _ = self._emulator.call(headers, sent)
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

    # What it would cost

    def capacity(self) -> Report:
        """What clients used of the capacity of tables and their indexes, and the most of it in a
        second: what to provision."""
        report = Report()
        report.add_requests(self._requests)
        return report

    def report(self) -> Report:
        """What clients used, and what is stored in the regions that they used."""
        report = self.capacity()
        for region in sorted({"us-east-1", *(request.region for request in self._requests)}):
            for name in self.tables(region=region):
                table = self.call("DescribeTable", region=region, TableName=name)["Table"]
                held = Stored(table.get("ItemCount", 0), table.get("TableSizeBytes", 0))
                report.holds(Place(region, name), held)
                for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
                    for index in table.get(kind, []):
                        held = Stored(index.get("ItemCount", 0), index.get("IndexSizeBytes", 0))
                        report.holds(Place(region, name, index["IndexName"]), held)
        return report

    # States

    def clear(self) -> None:
        """Forgets everything: tables, items, requests. Settings stay, and the clock is right."""
        self._emulator = Emulator(self._settings)
        self._requests = []

    def fork(self) -> Database:
        """Another database with all that is in this one; from here on neither sees anything of the
        other. It takes no longer the more there is."""
        fork = Database.__new__(Database)
        fork._begin(self._settings, self._emulator.fork())
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
