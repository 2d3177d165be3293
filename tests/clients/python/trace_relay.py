"""Writes every answer down as it came over the wire, for a client that shows none: pydynox has its own in Rust.

A relay in this process, which the client is sent to. Lines as in trace_bodies.py.
"""

import base64
import http.client
import os
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


def install(path):
    target = urlsplit(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Otherwise an answer's body would wait for the acknowledgement of its head.
        disable_nagle_algorithm = True

        def do_POST(self):
            sent = self.rfile.read(int(self.headers["content-length"]))
            connection = http.client.HTTPConnection(target.hostname, target.port)
            # The host is signed: it stays what the client wrote.
            connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(sent)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            self.note(answer, body)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OF_ONE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def note(self, answer, body):
            crc = answer.getheader("x-amz-crc32", "-")
            right = "yes" if crc == str(zlib.crc32(body)) else "no"
            operation = self.headers["x-amz-target"].split(".")[1]
            with open(path, "a") as trace:
                print(operation, answer.status, crc, right, base64.b64encode(body).decode(), file=trace)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://127.0.0.1:{server.server_port}"
