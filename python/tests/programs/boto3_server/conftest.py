"""A server for the session, started as a command: tables are there at once."""

import socket
import subprocess
import time
import uuid

import boto3
import pytest

COMMAND = ["dynatape", "serve", "--port", "{port}", "--create-table-ms", "0"]


@pytest.fixture(scope="session")
def dynamodb_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([part.format(port=port) for part in COMMAND], stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def resource(dynamodb_url):
    return boto3.resource(
        "dynamodb", endpoint_url=dynamodb_url, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )


@pytest.fixture
def table(resource):
    table = resource.create_table(
        TableName=f"events-{uuid.uuid4()}",
        KeySchema=[
            {"AttributeName": "stream", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "stream", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    yield table
    table.delete()
