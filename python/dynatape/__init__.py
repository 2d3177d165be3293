"""Testing against Amazon DynamoDB without guessing.

>>> import boto3, dynatape
>>> with dynatape.mock() as db:
...     boto3.client("dynamodb").list_tables()["TableNames"]
[]
"""

from .database import Database, DynamoDBError
from .patching import mock, patch, unpatch
from .request import Request
from .server import Server

__all__ = ["Database", "DynamoDBError", "Request", "Server", "mock", "patch", "unpatch"]
