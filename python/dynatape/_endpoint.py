"""Where clients find a database of this process that send with something of their own."""

from __future__ import annotations

import threading
import weakref
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from .request import Answer, Headers


class Answers(Protocol):
    """What can be asked."""

    @property
    def waits(self) -> bool: ...

    def answer(self, headers: Headers, body: bytes) -> Answer: ...


class Endpoint:
    """A server in threads of this process, on a free port of this machine only."""

    def __init__(self, answers: Answers) -> None:
        # It does not keep alive what it answers for.
        asked = weakref.ref(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer is one packet.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                answers = asked()
                if answers is None:
                    self.close_connection = True
                    return
                headers = [(name, value.encode()) for name, value in self.headers.items()]
                status, sent, answered = answers.answer(headers, body)
                self.send_response_only(status)
                for name, value in sent:
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answered)))
                self.end_headers()
                self.wfile.write(answered)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="dynatape", daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stops it."""
        self._server.shutdown()
        self._server.server_close()
