"""A server, and the command that comes with the package."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
import dynatape
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError


def client(url):
    return boto3.client("dynamodb", "us-east-1", endpoint_url=url,
                        aws_access_key_id="a", aws_secret_access_key="b",
                        config=Config(retries={"total_max_attempts": 1}))


def test_a_server_answers_until_it_is_stopped():
    with dynatape.Server(create_table_ms=60_000) as server:
        url = server.endpoint_url
        dynamodb = client(url)
        dynamodb.create_table(
            TableName="users", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        status = dynamodb.describe_table(TableName="users")["Table"]["TableStatus"]
        assert status == "CREATING"
        assert urllib.request.urlopen(url).status == 200
    with pytest.raises(EndpointConnectionError):
        client(url).list_tables()
    with pytest.raises(RuntimeError, match="not running"):
        server.endpoint_url


def test_a_server_that_cannot_start_is_an_error(capfd):
    with pytest.raises(RuntimeError, match="exit code 1"):
        dynatape.Server(no_such_flag=True).start()
    assert "--no-such-flag" in capfd.readouterr().err


def test_the_command_comes_with_the_package(tmp_path):
    command = str(Path(sys.executable).with_name("dynatape"))
    said = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert "serve" in said.stdout
    none = subprocess.run([command, "replay", str(tmp_path / "none.tape")], capture_output=True)
    assert (none.returncode, b"none.tape" in none.stderr) == (1, True)


def test_the_server_of_the_plugin_is_one_for_all_tests(pytester):
    pytester.makepyfile(
        '''
import boto3, pytest

before = []

@pytest.mark.parametrize("n", range(2))
def test_served(dynamodb_server, n):
    client = boto3.client("dynamodb", "us-east-1", endpoint_url=dynamodb_server.endpoint_url,
                          aws_access_key_id="a", aws_secret_access_key="b")
    assert len(client.list_tables()["TableNames"]) == len(before)
    before.append(n)
    client.create_table(
        TableName=f"table-{n}", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
'''
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
