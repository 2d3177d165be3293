"""Clients of aiobotocore in a mock."""

import asyncio
import socket

import dynatape
import pytest
from aiobotocore.session import get_session


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    def refused(*_, **__):
        raise AssertionError("a connection")

    # An event loop of asyncio has a pair of sockets for itself.
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


async def names():
    async with get_session().create_client("dynamodb") as client:
        await client.create_table(
            TableName="users",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        puts = [
            client.put_item(TableName="users", Item={"id": {"S": str(n)}}) for n in range(20)
        ]
        await asyncio.gather(*puts)
        pages = client.get_paginator("scan").paginate(TableName="users", PaginationConfig={"PageSize": 3})
        return sorted([int(item["id"]["S"]) async for page in pages for item in page["Items"]])


def test_aiobotocore_works_without_a_connection_or_credentials():
    with dynatape.mock() as db:
        assert asyncio.run(names()) == list(range(20))
        assert len(db.items("users")) == 20


def test_coroutines_are_decorated_and_mocks_entered_by_them():
    @dynatape.mock()
    async def decorated(db):
        return await names(), len(db.requests)

    async def entered():
        async with dynatape.mock() as db:
            return await names(), len(db.requests)

    assert asyncio.run(decorated()) == asyncio.run(entered())


def test_a_client_of_a_session_with_no_credentials_is_signed_for():
    async def listed():
        async with get_session().create_client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        ) as client:
            client._request_signer._credentials = None
            with dynatape.mock():
                return (await client.list_tables())["TableNames"]

    assert asyncio.run(listed()) == []
