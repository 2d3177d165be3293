"""Testing against Amazon DynamoDB without guessing.

>>> import boto3, dynatape
>>> with dynatape.mock() as db:
...     boto3.client("dynamodb").list_tables()["TableNames"]
[]
"""

from .database import Database, DynamoDBError
from .patching import mock, patch, unpatch
from .request import Request

__all__ = ["Database", "DynamoDBError", "Request", "mock", "patch", "unpatch"]
