"""A server of DynamoDB, as a process of its own."""

from __future__ import annotations

import subprocess
import sys

from .database import Setting

_LISTENS = "listening on "


class Server:
    """`dynatape serve` in another process, on a free port unless one is said. For programs in
    other languages and processes; clients in this one need none (`mock`).

        with dynatape.Server(create_table_ms=0) as server:
            client = boto3.client("dynamodb", endpoint_url=server.endpoint_url)

    Settings are flags of `dynatape serve`, with `_` for `-`; `True` is a flag without a value."""

    def __init__(self, *, port: int = 0, **settings: Setting) -> None:
        self._flags = [f"--port={port}", *_flags(settings)]
        self._process: subprocess.Popen[str] | None = None
        self._endpoint_url = ""

    @property
    def endpoint_url(self) -> str:
        """Where it listens, once it is started."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._endpoint_url

    def start(self) -> Server:
        """Starts it, and waits until it listens."""
        if self._process is not None:
            raise RuntimeError("the server is running already")
        process = subprocess.Popen(
            [sys.executable, "-m", "dynatape", "serve", *self._flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(_LISTENS):
                self._process = process
                self._endpoint_url = line.removeprefix(_LISTENS).split()[0]
                return self
        # What it had to say it said on the standard error, which is ours.
        raise RuntimeError(f"dynatape serve ended with exit code {process.wait()}")

    def stop(self) -> None:
        """Stops it, and waits until it has ended."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.communicate()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _flags(settings: dict[str, Setting]) -> list[str]:
    flags = []
    for name, value in settings.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            flags.append(flag)
        elif value is not False:
            flags.append(f"{flag}={value}")
    return flags
