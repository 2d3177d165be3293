"""A TCP relay on loopback that remembers what clients sent, so that a test knows what must not be found elsewhere.

    relay.py REPORT PROGRAM...

runs a program behind a relay and writes the signatures it sent to REPORT.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit


class Relay:
    """Forwards bytes to `target` both ways; `sent` holds what each connection sent."""

    def __init__(self, target):
        place = urlsplit(target)
        self.target = (place.hostname, place.port)
        self.sent = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def requests(self):
        """On a connection kept alive a request follows the last body without a line end between."""
        return sum(sent.count(b"POST / HTTP/1.1\r\n") for sent in self.sent)

    def signatures(self):
        return {match.decode() for sent in self.sent for match in re.findall(rb"Signature=([0-9a-f]{64})", sent)}

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                self.sent.append(bytearray())
                for source, sink, memory in ((client, server, self.sent[-1]), (server, client, bytearray())):
                    threading.Thread(target=_copy, args=(source, sink, memory), daemon=True).start()


def _copy(source, sink, memory):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            memory += chunk
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def main(report, *program):
    with Relay(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]) as relay:
        code = subprocess.call(program, env={**os.environ, "AWS_ENDPOINT_URL_DYNAMODB": relay.url})
    with open(report, "w") as out:
        json.dump(sorted(relay.signatures()), out)
    sys.exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
