import pytest
from aiodynamodb import (
    DynamoModel, HashKey, RangeKey, TransactConditionCheck, TransactPut, TransactUpdate,
    UpdateAttr, table,
)
from boto3.dynamodb.conditions import Attr, Key

from dynatape.aiodynamodb import mock_dynamodb  # was: from aiodynamodb.testing import mock_dynamodb

pytestmark = pytest.mark.asyncio


@table("users")
class User(DynamoModel):
    user_id: HashKey[str]
    name: str
    credit: int = 0


@table("orders")
class Order(DynamoModel):
    user_id: HashKey[str]
    order_id: RangeKey[str]
    total: int


async def test_what_was_put_is_got():
    async with mock_dynamodb(User, Order) as db:
        await db.put(User(user_id="u1", name="Alice"))
        assert await db.get(User, hash_key="u1") == User(user_id="u1", name="Alice")
        assert await db.get(User, hash_key="u2") is None


async def test_each_context_begins_empty():
    for _ in range(2):
        async with mock_dynamodb(User) as db:
            assert await db.get(User, hash_key="u1") is None
            await db.put(User(user_id="u1", name="Alice"))


async def test_a_put_on_a_condition_is_refused_if_it_does_not_hold():
    async with mock_dynamodb(User) as db:
        new = Attr("user_id").not_exists()
        await db.put(User(user_id="u1", name="Alice"), condition_expression=new)
        errors = await db.exceptions()
        with pytest.raises(errors.ConditionalCheckFailedException):
            await db.put(User(user_id="u1", name="Bob"), condition_expression=new)
        assert (await db.get(User, hash_key="u1")).name == "Alice"


async def test_pages_follow_each_other():
    async with mock_dynamodb(Order) as db:
        for number in range(10):
            await db.put(Order(user_id="u1", order_id=f"o{number}", total=number))
        pages = [
            [order.order_id for order in page.items]
            async for page in db.query(
                Order, key_condition_expression=Key("user_id").eq("u1"), limit=4
            )
        ]
        assert pages == [["o0", "o1", "o2", "o3"], ["o4", "o5", "o6", "o7"], ["o8", "o9"]]


async def test_a_transaction_is_done_whole_or_not_at_all():
    async with mock_dynamodb(User, Order) as db:
        await db.put(User(user_id="u1", name="Alice", credit=5))

        def buying(order_id, total):
            return [
                TransactPut(Order(user_id="u1", order_id=order_id, total=total)),
                TransactUpdate(
                    User, hash_key="u1", update_expression={UpdateAttr("credit").add(-total)},
                    condition_expression=Attr("credit").gte(total),
                ),
            ]

        await db.transact_write(buying("o1", 4))
        errors = await db.exceptions()
        with pytest.raises(errors.TransactionCanceledException):
            await db.transact_write(buying("o2", 4))
        assert (await db.get(User, hash_key="u1")).credit == 1
        assert await db.get(Order, hash_key="u1", range_key="o2") is None
        await db.transact_write([
            TransactConditionCheck(
                User, hash_key="u1", condition_expression=Attr("credit").eq(1)
            ),
            TransactPut(Order(user_id="u1", order_id="o3", total=0)),
        ])
