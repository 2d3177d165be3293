"""For suites written for `aiodynamodb.testing`: the same name, over an emulator of DynamoDB.

    from dynatape.aiodynamodb import mock_dynamodb
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiodynamodb import DynamoDB

from .patching import mock


@asynccontextmanager
async def mock_dynamodb(*models: Any, patch_env: bool = True) -> AsyncIterator[DynamoDB]:
    """A DynamoDB with the tables of these models. The environment is left alone, whatever
    `patch_env` says: clients that find no credentials are given some."""
    with mock():
        async with DynamoDB() as db:
            for model in models:
                await db.create_table(model)
            yield db
