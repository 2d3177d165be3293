"""aioboto3's clients and resources in a mock."""

import aioboto3
import pytest

import dynatape


@pytest.mark.asyncio
async def test_resources_and_clients_talk_to_it(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    async with dynatape.mock() as db:
        async with aioboto3.Session().resource("dynamodb") as resource:
            table = await resource.create_table(
                TableName="users", BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
            async with table.batch_writer() as batch:
                for number in range(30):
                    await batch.put_item(Item={"id": str(number)})
        async with aioboto3.Session().client("dynamodb") as client:
            pages = client.get_paginator("scan").paginate(TableName="users", Limit=10)
            assert [page["Count"] async for page in pages] == [10, 10, 10, 0]
        assert len(db.items("users")) == 30
