import json

import pytest
from pydynox import Model, ModelConfig
from pydynox.attributes import NumberAttribute, StringAttribute

from dynatape.pydynox import MemoryBackend  # was: from pydynox.testing import MemoryBackend


class User(Model):
    model_config = ModelConfig(table="users")

    pk = StringAttribute(partition_key=True)
    sk = StringAttribute(sort_key=True)
    name = StringAttribute()
    role = StringAttribute(default="user")
    age = NumberAttribute(default=0)


def user(number, **more):
    return User(pk=f"USER#{number}", sk="PROFILE", name=f"User {number}", **more)


def get(number):
    return User.sync_get(pk=f"USER#{number}", sk="PROFILE")


def test_it_is_empty_at_first(pydynox_memory_backend):
    assert get(1) is None
    assert pydynox_memory_backend.tables == {}


@pytest.mark.parametrize("name", ["Ann", "Bob"])
def test_tests_do_not_see_each_other(pydynox_memory_backend, name):
    assert get(1) is None
    User(pk="USER#1", sk="PROFILE", name=name).sync_save()
    assert get(1).name == name


def test_what_is_there_can_be_looked_at(pydynox_memory_backend):
    user(1, age=30).sync_save()
    assert "users" in pydynox_memory_backend.tables
    item = pydynox_memory_backend.tables["users"]["USER#1|PROFILE"]
    assert (item["name"], item["age"]) == ("User 1", 30)


def test_it_is_cleared(pydynox_memory_backend):
    user(1).sync_save()
    pydynox_memory_backend.clear()
    assert (get(1), pydynox_memory_backend.tables) == (None, {})
    user(2).sync_save()
    assert get(2) is not None


def test_a_factory_is_given_a_seed(pydynox_memory_backend_factory):
    seed = {"users": [{"pk": "USER#1", "sk": "PROFILE", "name": "Seeded"}]}
    with pydynox_memory_backend_factory(seed=seed):
        assert get(1).name == "Seeded"
    with pydynox_memory_backend_factory():
        assert get(1) is None


def test_a_seed_is_overridden_in_the_conftest(pydynox_memory_backend_seeded):
    assert (get(1).role, get(2).role) == ("admin", "user")


@MemoryBackend()
def test_a_function_is_decorated():
    user(1).sync_save()
    assert get(1) is not None


def test_queries_and_scans_with_filters(pydynox_memory_backend):
    for number in range(1, 6):
        user(number, age=number * 10).sync_save()
    User(pk="USER#1", sk="ORDER#1", name="an order").sync_save()
    found = User.sync_query("USER#1", User.sk.begins_with("ORDER#"))
    assert [one.name for one in found] == ["an order"]
    found = User.sync_query("USER#1", filter_condition=User.age >= 10)
    assert [one.sk for one in found] == ["PROFILE"]
    found = User.sync_scan(filter_condition=(User.age > 20) & (User.age < 50))
    assert sorted(one.age for one in found) == [30, 40]


@pytest.mark.asyncio
async def test_what_is_async_is_there_too(pydynox_memory_backend):
    await user(1).save()
    assert (await User.get(pk="USER#1", sk="PROFILE")).name == "User 1"
    assert [one.name async for one in User.query("USER#1")] == ["User 1"]


def handler(event, context):
    """As AWS Lambda calls it, behind an API gateway."""
    if event["httpMethod"] == "POST":
        body = json.loads(event["body"])
        user(body["number"], age=body["age"]).sync_save()
        return {"statusCode": 201}
    found = get(event["pathParameters"]["number"])
    if found is None:
        return {"statusCode": 404}
    return {"statusCode": 200, "body": json.dumps({"name": found.name})}


def test_a_handler_of_lambda(pydynox_memory_backend):
    asked = {"httpMethod": "GET", "pathParameters": {"number": 7}}
    assert handler(asked, None)["statusCode"] == 404
    posted = {"httpMethod": "POST", "body": json.dumps({"number": 7, "age": 7})}
    assert handler(posted, None)["statusCode"] == 201
    assert json.loads(handler(asked, None)["body"]) == {"name": "User 7"}
    assert pydynox_memory_backend.tables["users"]["USER#7|PROFILE"]["age"] == 7
