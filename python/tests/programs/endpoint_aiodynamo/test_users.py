"""aiodynamo sends with httpx: it is told where the database of the test listens."""

import pytest
from aiodynamo.client import Client, URL
from aiodynamo.credentials import Key, StaticCredentials
from aiodynamo.errors import ItemNotFound
from aiodynamo.expressions import F, HashKey
from aiodynamo.http.httpx import HTTPX
from httpx import AsyncClient


@pytest.mark.asyncio
@pytest.mark.dynamodb(tables={"users": "id"}, seed={"users": [{"id": "ann"}]})
@pytest.mark.parametrize("n", range(2))
async def test_the_database_of_the_test_answers(dynamodb, n):
    async with AsyncClient() as http:
        credentials = StaticCredentials(Key("any", "any"))
        client = Client(HTTPX(http), credentials, "us-east-1", endpoint=URL(dynamodb.endpoint_url))
        users = client.table("users")
        await users.update_item({"id": "ann"}, F("visits").add(1))
        assert await users.get_item({"id": "ann"}) == {"id": "ann", "visits": 1}
        with pytest.raises(ItemNotFound):
            await users.get_item({"id": "bob"})
        assert [item async for item in users.query(HashKey("id", "ann"))] == dynamodb.items("users")
    assert [request.operation for request in dynamodb.requests] == [
        "UpdateItem", "GetItem", "GetItem", "Query"
    ]
