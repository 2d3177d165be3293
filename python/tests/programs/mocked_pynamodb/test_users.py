"""PynamoDB's models in a mock: nothing says where DynamoDB is, or who asks."""

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

import dynatape


class User(Model):
    class Meta:
        table_name = "users"
        region = "eu-west-1"
        billing_mode = "PAY_PER_REQUEST"

    name = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    visits = NumberAttribute(default=0)


@pytest.fixture
def db(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with dynatape.mock() as db:
        User.create_table(wait=True)
        yield db


@pytest.mark.parametrize("n", range(2))
def test_models_are_saved_and_found(db, n):
    for number in range(3):
        User("ann", number).save()
    assert [user.number for user in User.query("ann", User.number > 0)] == [1, 2]
    assert len(db.items("users", region="eu-west-1")) == 3
    assert db.requests[0].operation == "DescribeTable"


def test_conditions_and_transactions(db):
    User("ann", 1).save()
    with pytest.raises(PutError, match="ConditionalCheckFailedException"):
        User("ann", 1).save(User.name.does_not_exist())
    with TransactWrite(connection=Connection(region="eu-west-1")) as transaction:
        transaction.update(User("ann", 1), actions=[User.visits.add(1)])
        transaction.save(User("bob", 1))
    assert User.get("ann", 1).visits == 1
    with pytest.raises(DoesNotExist):
        User.get("bob", 2)
