"""The plugin, as a project that installed the package has it."""

TESTS = '''
import boto3
import pytest

@pytest.mark.parametrize("n", range(3))
def test_each_has_its_own(dynamodb, n):
    table = boto3.resource("dynamodb").create_table(
        TableName="mine", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    table.put_item(Item={"id": str(n)})
    assert dynamodb.items("mine") == [{"id": str(n)}]

@pytest.mark.dynamodb(tables={"users": "id", "orders": ("user", "number:N")})
class TestMarked:
    @pytest.mark.dynamodb(seed={"users": [{"id": "a"}]})
    def test_tables_and_seed(self, dynamodb):
        assert dynamodb.tables() == ["orders", "users"]
        assert dynamodb.items("users") == [{"id": "a"}]
        assert dynamodb.requests == []

    @pytest.mark.dynamodb(create_table_ms=1000, tables={"more": "id"})
    def test_settings(self, dynamodb):
        table = boto3.client("dynamodb").describe_table(TableName="more")["Table"]
        assert table["TableStatus"] == "CREATING"
'''


def test_every_test_has_a_database_of_its_own(pytester):
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("--strict-markers", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=5)


def test_a_seed_is_sown_once_and_every_test_has_it(pytester):
    pytester.makeconftest(
        '''
import boto3, pytest

@pytest.fixture(scope="session")
def dynamodb_seed(tmp_path_factory):
    def seed(db):
        db.create_table("users", "id")
        boto3.client("dynamodb").put_item(TableName="users", Item={"id": {"S": "seeded"}})
        print("made", "users")
    return seed
'''
    )
    pytester.makepyfile(
        '''
import pytest

@pytest.mark.parametrize("n", range(5))
def test_seeded(dynamodb, n):
    assert [item["id"] for item in dynamodb.items("users")] == ["seeded"]
    assert dynamodb.requests == []
    dynamodb.put("users", {"id": str(n)})

def test_made(dynamodb_factory):
    one, two = dynamodb_factory(), dynamodb_factory(tables={"more": "id"}, throttle=True)
    assert (one.tables(), two.tables()) == (["users"], ["more", "users"])
'''
    )
    result = pytester.runpytest_subprocess("-s", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=6)
    # Once for the five and `one`; once more for the one that behaves otherwise.
    assert result.stdout.str().count("made users") == 2


def test_workers_and_coroutines_do_not_interfere(pytester):
    pytester.makepyfile(
        '''
import asyncio
import boto3, pytest
from aiobotocore.session import get_session

@pytest.mark.dynamodb(tables={"users": "id"})
@pytest.mark.parametrize("n", range(40))
def test_alone(dynamodb, n):
    table = boto3.resource("dynamodb").Table("users")
    table.put_item(Item={"id": str(n)})
    assert table.scan()["Items"] == [{"id": str(n)}]

@pytest.mark.asyncio
@pytest.mark.dynamodb(tables={"users": "id"})
@pytest.mark.parametrize("n", range(40))
async def test_alone_in_a_loop(dynamodb, n):
    async with get_session().create_client("dynamodb") as client:
        await client.put_item(TableName="users", Item={"id": {"S": str(n)}})
        await asyncio.sleep(0)
        assert (await client.scan(TableName="users"))["Count"] == 1
'''
    )
    pytester.runpytest_subprocess("-n", "4", "-p", "no:cacheprovider").assert_outcomes(passed=80)
