"""botocore: what boto3, PynamoDB and others send with."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from ._endpoint import Answers
from ._replaced import Replaced

_API = ("DynamoDB_20120810.", "DynamoDBStreams_20120810.")
_SERVICES = ("dynamodb", "dynamodbstreams")
# Where a client's name is kept.
_NAME = "_dynatape_name"
_replaced = Replaced()


class _Raw:
    """A body as urllib3 has one."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


class _Named:
    """Says who asks, when and in which region, and signs nothing: to sign a request takes botocore
    longer than the emulator to answer it, and an emulator believes."""

    def __init__(self, auth: Any) -> None:
        self._key = auth.credentials.access_key
        self._token = auth.credentials.token
        self._region = auth._region_name

    def add_auth(self, request: Any) -> None:
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{self._key}/{now[:8]}/{self._region}/dynamodb/aws4_request"
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            # Another attempt; headers are a list, to which setting adds.
            del request.headers[name]
        request.headers["X-Amz-Date"] = now
        if self._token:
            request.headers["X-Amz-Security-Token"] = self._token
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={'0' * 64}"
        )


def install(current: Callable[[], Answers | None]) -> None:
    """DynamoDB is the current database, for all that send with botocore."""
    try:
        import botocore.auth
        import botocore.awsrequest
        import botocore.credentials
        import botocore.httpsession
        import botocore.session
        import botocore.signers
    except ImportError:
        return

    # It takes any mapping, and anything that has a stream.
    made: Any = botocore.awsrequest.AWSResponse

    def send(before: Any) -> Any:
        @wraps(before)
        def sent(session: Any, request: Any) -> Any:
            db = current() if is_dynamodb(request) else None
            if db is None:
                return before(session, request)
            status, headers, body = answer(db, request)
            response = made(request.url, status, headers, _Raw(body))
            response.content  # noqa: B018 - it is read here, as the one that is replaced does
            return response

        return sent

    _replaced.replace(botocore.httpsession.URLLib3Session, "send", send)
    _replaced.replace(botocore.session.Session, "create_client", with_credentials)

    def quickly_signing(before: Any) -> Any:
        signed = signing(before, botocore.credentials.Credentials)

        @wraps(before)
        def get_auth_instance(signer: Any, signing_name: str, *args: Any, **kwargs: Any) -> Any:
            auth = signed(signer, signing_name, *args, **kwargs)
            plain = type(auth) is botocore.auth.SigV4Auth and auth.credentials is not None
            db = current() if signing_name == "dynamodb" and plain else None
            # A tape's upstream may look at signatures.
            return auth if db is None or db.waits else _Named(auth)

        return get_auth_instance

    _replaced.replace(botocore.signers.RequestSigner, "get_auth_instance", quickly_signing)

    _name_once(current)


def _name_once(current: Callable[[], Answers | None]) -> None:
    """Clients of DynamoDB work out once how they are called, and not twice for each call, which
    takes a quarter of its time: it is for who looks at what programs use."""
    import botocore.client
    import botocore.useragent

    def quick() -> bool:
        db = current()
        return db is not None and not db.waits

    def naming(before: Any) -> Any:
        @wraps(before)
        def convert(client: Any, *args: Any, **kwargs: Any) -> Any:
            names = getattr(client, "_user_agent_creator", None)
            if client.meta.service_model.service_name in _SERVICES and names and quick():
                names.__dict__.setdefault(_NAME, None)
            return before(client, *args, **kwargs)

        return convert

    def named(before: Any) -> Any:
        @wraps(before)
        def to_string(names: Any) -> Any:
            if _NAME not in names.__dict__ or not quick():
                return before(names)
            names.__dict__[_NAME] = names.__dict__[_NAME] or before(names)
            return names.__dict__[_NAME]

        return to_string

    _replaced.replace(botocore.client.BaseClient, "_convert_to_request_dict", naming)
    _replaced.replace(botocore.useragent.UserAgentString, "to_string", named)


def remove() -> None:
    """DynamoDB is where it was."""
    _replaced.put_back()


def is_dynamodb(request: Any) -> bool:
    """Whether a request is one of the API of DynamoDB or of its streams, whatever its endpoint."""
    target = request.headers.get("X-Amz-Target") or ""
    return (target.decode() if isinstance(target, bytes) else str(target)).startswith(_API)


def answer(db: Answers, request: Any) -> tuple[int, dict[str, str], bytes]:
    """What the database answers."""
    headers = [
        (name, value if isinstance(value, bytes) else str(value).encode())
        for name, value in request.headers.items()
    ]
    if request.headers.get("Host") is None:
        headers.append(("Host", urlsplit(request.url).netloc.encode()))
    body = request.body or b""
    status, sent, answered = db.answer(headers, body if isinstance(body, bytes) else body.encode())
    return status, dict(sent), answered


def with_credentials(before: Any) -> Any:
    """Clients of DynamoDB that were given no credentials and no region are given some: nothing is
    looked for in the network, nobody's own are needed. Those in the environment are taken."""

    @wraps(before)
    def create_client(session: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        # Boto3 and people name the rest.
        if service_name in _SERVICES and not args:
            set_already = getattr(session, "_credentials", None) is not None
            if not (
                set_already
                or kwargs.get("aws_access_key_id")
                or kwargs.get("aws_secret_access_key")
                or "AWS_ACCESS_KEY_ID" in os.environ
            ):
                kwargs["aws_access_key_id"] = kwargs["aws_secret_access_key"] = "dynatape"
            config = kwargs.get("config")
            if (
                kwargs.get("region_name") is None
                and getattr(config, "region_name", None) is None
                and session.get_config_variable("region") is None
            ):
                kwargs["region_name"] = "us-east-1"
        return before(session, service_name, *args, **kwargs)

    return create_client


def signing(before: Any, credentials: type) -> Any:
    """Clients that were made without credentials, before the patch, can ask DynamoDB."""

    @wraps(before)
    def get_auth_instance(signer: Any, signing_name: str, *args: Any, **kwargs: Any) -> Any:
        if signing_name == "dynamodb" and signer._credentials is None:
            signer = copy.copy(signer)
            signer._credentials = credentials("dynatape", "dynatape")
        return before(signer, signing_name, *args, **kwargs)

    return get_auth_instance
