"""Testing against Amazon DynamoDB without guessing.

>>> import boto3, dynatape
>>> with dynatape.mock() as db:
...     boto3.client("dynamodb").list_tables()["TableNames"]
[]
"""

from .cassette import Cassette, CassetteError
from .database import Database, DynamoDBError
from .patching import mock, patch, unpatch
from .report import Place, Report
from .request import Request, Used
from .server import Server

__all__ = [
    "Cassette",
    "CassetteError",
    "Database",
    "DynamoDBError",
    "Place",
    "Report",
    "Request",
    "Server",
    "Used",
    "mock",
    "patch",
    "unpatch",
]
