"""Programs and servers that three_ways.py runs, in an environment it made itself."""

import base64
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import string
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = Path(os.environ.get("PEERS", "target/peers")).resolve()
DYNATAPE = Path(os.environ.get("DYNATAPE", "target/release/dynatape")).resolve()
PATIENCE = 300


class Broken(Exception):
    """A step failed that the following ones need."""


# ---- running programs

class Finished:
    def __init__(self, code, output, errors):
        self.code, self.output, self.errors = code, output, errors
        self.asked, self.signatures = 0, set()

    def lines(self):
        return self.output.count("\n")


class Credentials:
    """Made up for every run: a constant might be in a tape for another reason."""

    def __init__(self):
        letters = string.ascii_uppercase + string.digits
        self.key = "AKIA" + "".join(secrets.choice(letters) for _ in range(16))
        self.secret = base64.b64encode(secrets.token_bytes(30)).decode()
        self.token = base64.b64encode(secrets.token_bytes(90)).decode()

    def environment(self):
        return {
            "AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_SESSION_TOKEN": self.token,
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        }

    def secrets(self):
        return {f"access key {self.key[:8]}": self.key, f"secret key of {self.key[:8]}": self.secret,
                f"session token of {self.key[:8]}": self.token}


class Traced:
    """The file a program writes raw answers to: operation, status, crc, right or not, body."""

    def __init__(self, path):
        self.path = path

    def environment(self):
        return {"TRACE_BODIES": str(self.path)}

    def read(self):
        if not self.path.exists():
            return []
        return [line.split(" ") for line in self.path.read_text().splitlines()]


def endpoint(url):
    return {"AWS_ENDPOINT_URL_DYNAMODB": url}


def run(command, folder, environment, cwd=None):
    """A group of its own, so that a program that hangs is stopped with everything it started."""
    try:
        program = subprocess.Popen(
            [str(part) for part in command], env=clean_environment(folder, environment), start_new_session=True, cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="surrogateescape")
    except OSError as error:
        raise Broken(f"cannot start {command[0]}: {error.strerror}") from None
    try:
        output, errors = program.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Broken(f"no end after {PATIENCE} s: {' '.join(map(str, command))}") from None
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
    return Finished(program.returncode, output, errors)


def no_finding(tape, folder):
    """The identity gate: what was recorded from the emulator, played at a fresh one, differs in nothing. Gives (good,
    figures, detail)."""
    diff = run([DYNATAPE, "diff", tape, "--format", "json"], folder, {})
    try:
        tapes = json.loads(diff.output)["runs"][0]["tapes"]
    except (ValueError, LookupError):
        return False, f"exit code {diff.code}", diff.errors
    outcomes = Counter(one["outcome"] for played in tapes for one in played["interactions"])
    findings = [f"{one['id']} {finding['layer']} {finding['path']}: recorded {finding['expected']}, answered {finding['actual']}"
                for played in tapes for one in played["interactions"] for finding in one["findings"]]
    good = diff.code == 0 and outcomes["exact"] > 0 and outcomes.keys() <= {"exact", "not measured"} and not findings
    return good, ", ".join(f"{count} {name}" for name, count in outcomes.items()), "\n".join(findings) + diff.errors


def clean_environment(folder, more):
    """Nothing of the developer's own AWS settings, nor of a proxy, may reach a program.

    Libraries write Python's sets into requests in the order they are iterated in, which for text is another in each
    process unless the hash seed is given. A replay does not mind where they are sets; pydynox makes lists of them, and a
    recording made again is compared line by line here.
    """
    return {
        "PATH": f"{PEERS / 'venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
        "NODE_NO_WARNINGS": "1", "AWS_EC2_METADATA_DISABLED": "true", **more,
    }


# ---- servers

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def dynamodb_local(folder):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [HERE / "upstreams.sh", "start", "dynamodb-local", str(port)]
    environment = clean_environment(folder, {name: os.environ[name] for name in ("PEERS", "DYNAMODB_LOCAL")
                                             if name in os.environ})
    with open(folder / "upstream.log", "ab") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Broken("DynamoDB Local did not start: " + (folder / "upstream.log").read_text()[-500:])
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def serve(folder, *flags):
    server = subprocess.Popen([str(DYNATAPE), "serve", "--port", "0", *flags], env=clean_environment(folder, {}),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    # A server that never says where it listens must not hang the tests.
    alarm = threading.Timer(30, server.kill)
    alarm.start()
    line = server.stdout.readline()
    alarm.cancel()
    try:
        said = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        if not said:
            raise Broken(f"serve did not say where it listens: {line!r}")
        yield said[1]
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(url):
    request = urllib.request.Request(url, b"{}", {
        "X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=probe/20260101/us-east-1/dynamodb/aws4_request, "
                         "SignedHeaders=host, Signature=" + "0" * 64,
    })
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
