"""Clients of botocore in a mock: what they are told, and what stays as it was."""

import os
import socket
import threading

import boto3
import botocore.httpsession
import botocore.session
import botocore.signers
import dynatape
import pytest
from botocore.exceptions import ClientError, HTTPClientError

USERS = {
    "TableName": "users",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """Neither credentials, nor a region, nor a network; no session that knows some."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def refused(*_, **__):
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def test_boto3_works_without_socket_thread_credentials_or_region():
    with dynatape.mock() as db:
        threads = threading.active_count()
        table = boto3.resource("dynamodb").create_table(**USERS)
        table.wait_until_exists()
        table.put_item(Item={"id": "a", "tags": {"x", "y"}, "n": 3})
        assert table.get_item(Key={"id": "a"})["Item"] == {"id": "a", "tags": {"x", "y"}, "n": 3}
        assert db.tables() == ["users"]
        assert db.items("users") == [{"id": "a", "tags": {"x", "y"}, "n": 3}]
        asked = [request.operation for request in db.requests]
        assert asked == ["CreateTable", "DescribeTable", "PutItem", "GetItem"]
        assert threading.active_count() == threads


def test_errors_are_the_services():
    with dynatape.mock() as db:
        with pytest.raises(ClientError) as refused:
            boto3.client("dynamodb").get_item(TableName="none", Key={"id": {"S": "a"}})
        assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
        assert db.requests[-1].error == "ResourceNotFoundException"
        assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_streams_are_there_too():
    with dynatape.mock():
        boto3.client("dynamodb").create_table(
            **USERS, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        )
        assert len(boto3.client("dynamodbstreams").list_streams()["Streams"]) == 1


def test_clients_made_before_and_after_and_in_all_threads_are_patched():
    before = boto3.client("dynamodb", "eu-west-1", endpoint_url="http://localhost:8000",
                          aws_access_key_id="a", aws_secret_access_key="b")
    unsigned = botocore.session.Session()
    unsigned._credentials = None
    with dynatape.mock() as db:
        before.create_table(**USERS)
        assert db.tables(region="eu-west-1") == ["users"]
        assert db.tables() == []
        after = boto3.client("dynamodb", "eu-west-1")
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(after.list_tables()["TableNames"]))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [["users"]] * 8


def test_a_client_made_before_without_credentials_works_in_a_mock_and_not_after(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("dynamodb", "us-east-1")
    with dynatape.mock():
        assert client.list_tables()["TableNames"] == []
    with pytest.raises(Exception, match="credentials"):
        client.list_tables()


def test_other_services_go_where_they_went():
    client = boto3.client("sqs", "us-east-1", endpoint_url="http://localhost:1",
                          aws_access_key_id="a", aws_secret_access_key="b")
    with dynatape.mock() as db, pytest.raises(HTTPClientError, match="a socket"):
        client.list_queues()
    assert db.requests == []


def test_credentials_of_the_environment_are_taken_and_it_is_left_alone(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "too")
    environment = dict(os.environ)
    seen = []
    with dynatape.mock():
        client = boto3.client("dynamodb")
        client.meta.events.register(
            "before-send.dynamodb", lambda request, **_: seen.append(request.headers)
        )
        client.list_tables()
        assert dict(os.environ) == environment
    assert b"Credential=mine/" in seen[0]["Authorization"]


def test_session_tokens_are_told_and_streams_and_regions_are_signed_for(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "too")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    with dynatape.mock() as db:
        for service, list_of_it in (("dynamodb", "list_tables"), ("dynamodbstreams", "list_streams")):
            client = boto3.client(service, "eu-central-1")
            seen = []
            client.meta.events.register(
                "before-send", lambda request, **_: seen.append(dict(request.headers))
            )
            getattr(client, list_of_it)()
            assert "token" in str(seen[0]["X-Amz-Security-Token"])
        assert [request.region for request in db.requests] == ["eu-central-1"] * 2


def test_what_was_replaced_is_back_afterwards():
    def state():
        return (
            vars(botocore.httpsession.URLLib3Session)["send"],
            vars(botocore.session.Session)["create_client"],
            vars(botocore.signers.RequestSigner)["get_auth_instance"],
        )

    before = state()
    with pytest.raises(KeyError), dynatape.mock():
        assert state() != before
        raise KeyError
    assert state() == before


def test_the_inner_one_of_nested_mocks_answers_and_the_outer_one_again_after_it():
    with dynatape.mock() as outer:
        client = boto3.client("dynamodb")
        client.create_table(**USERS)
        with dynatape.mock() as inner:
            assert client.list_tables()["TableNames"] == []
        assert client.list_tables()["TableNames"] == ["users"]
    assert (len(outer.requests), len(inner.requests)) == (2, 1)


def test_a_mock_can_be_entered_again_and_again():
    again = dynatape.mock()
    with again as first:
        client = boto3.client("dynamodb")
        client.create_table(**USERS)
        with again as second:
            assert client.list_tables()["TableNames"] == []
        assert client.list_tables()["TableNames"] == ["users"]
    with again as third:
        assert client.list_tables()["TableNames"] == []
    assert first is not second is not third


def test_patches_are_taken_back_in_any_order():
    first, second = dynatape.patch(), dynatape.patch()
    client = boto3.client("dynamodb")
    dynatape.unpatch(first)
    client.list_tables()
    assert (len(first.requests), len(second.requests)) == (0, 1)
    dynatape.unpatch()
    dynatape.unpatch()
    with pytest.raises(HTTPClientError, match="a socket"):
        client.list_tables()


def test_a_decorated_function_gets_a_new_database_each_time():
    @dynatape.mock()
    def tried(name, db):
        boto3.client("dynamodb").create_table(**{**USERS, "TableName": name})
        return db.tables()

    assert [tried("one"), tried(name="two")] == [["one"], ["two"]]


def test_settings_are_those_of_the_emulator():
    with dynatape.mock(create_table_ms=60_000) as db:
        client = boto3.client("dynamodb")
        client.create_table(**USERS)
        status = lambda: client.describe_table(TableName="users")["Table"]["TableStatus"]  # noqa: E731
        assert status() == "CREATING"
        db.advance_clock(61)
        assert status() == "ACTIVE"
    with pytest.raises(ValueError, match="no setting `spelt_wrong`"):
        dynatape.mock(spelt_wrong=1).__enter__()


def test_a_client_says_in_each_request_what_it_is():
    with dynatape.mock():
        client = boto3.client("dynamodb")
        names = []
        client.meta.events.register(
            "before-send", lambda request, **_: names.append(request.headers["User-Agent"])
        )
        for _ in range(3):
            client.list_tables()
    assert len(set(names)) == 1
    assert b"Boto3/" in names[0]
