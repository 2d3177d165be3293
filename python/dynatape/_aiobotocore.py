"""aiobotocore: what aioboto3 and others send with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

from ._botocore import answer, is_dynamodb, signing, with_credentials
from ._endpoint import Answers
from ._replaced import Replaced

_replaced = Replaced()


class _Raw:
    """A body as aiohttp has one."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        return self._body


def install(current: Callable[[], Answers | None]) -> None:
    """DynamoDB is the current database, for all that send with aiobotocore."""
    try:
        import aiobotocore.awsrequest
        import aiobotocore.credentials
        import aiobotocore.httpsession
        import aiobotocore.session
        import aiobotocore.signers
    except ImportError:
        return

    def send(before: Any) -> Any:
        @wraps(before)
        async def sent(session: Any, request: Any) -> Any:
            db = current() if is_dynamodb(request) else None
            if db is None:
                return await before(session, request)
            if db.waits:
                # What it waits for may be asked by another task of this loop.
                status, headers, body = await asyncio.to_thread(answer, db, request)
            else:
                status, headers, body = answer(db, request)
            lower = {name.lower(): value for name, value in headers.items()}
            response = aiobotocore.awsrequest.AioAWSResponse(request.url, status, lower, _Raw(body))
            await response.content
            return response

        return sent

    def aio_signing(before: Any) -> Any:
        synchronous = signing(before, aiobotocore.credentials.AioCredentials)

        @wraps(before)
        async def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            return await synchronous(signer, *args, **kwargs)

        return get_auth_instance

    _replaced.replace(aiobotocore.httpsession.AIOHTTPSession, "send", send)
    _replaced.replace(aiobotocore.session.AioSession, "create_client", with_credentials)
    _replaced.replace(aiobotocore.signers.AioRequestSigner, "get_auth_instance", aio_signing)


def remove() -> None:
    """DynamoDB is where it was."""
    _replaced.put_back()
