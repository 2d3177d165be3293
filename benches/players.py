#!/usr/bin/env python3
"""Records 10,000 requests with each recorder, and replays some of them, in one run.

    cargo build --release --bin dynatape --example bare
    benches/players.py [REQUESTS]

All are asked by the same client (urllib3, one connection, one thread) and record the same server, `examples/bare`,
which answers at once. dynatape and mitmproxy are servers; vcrpy and cassetter replace the client's transport in its own
process. Each is told to match the request's body, without which they would give any answer to any request. Printed:

    record    the median time of a request while recording, less that of a request to the server itself
    tape      the size of the file
    load      from the start of the server (or of the library's context) to the first answer; median of the rounds
    p50, p99  of 500 requests drawn from all of them, each asked once; medians of the rounds

Environment: DYNATAPE, BARE (default target/release/dynatape, target/release/examples/bare), ROUNDS (5), PEERS.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REQUESTS = int(sys.argv[1]) if len(sys.argv) == 2 else 10_000  # a child is told
SAMPLE = 500
ROUNDS = int(os.environ.get("ROUNDS", 5))
DYNATAPE = Path(os.environ.get("DYNATAPE", "target/release/dynatape")).resolve()
BARE = Path(os.environ.get("BARE", "target/release/examples/bare")).resolve()
PLAYERS = Path(os.environ.get("PEERS", "target/peers")).resolve() / "players"
PYTHON = PLAYERS / "bin" / "python"
PACKAGES = ["urllib3==2.8.0", "vcrpy==9.4.2", "cassetter==0.16.1", "mitmproxy==11.0.2"]


# ---- the client, in a process of its own

def ask(url, numbers):
    """Asks for items by number; gives the seconds that each took."""
    import urllib3
    pool = urllib3.PoolManager(retries=False)
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0",
               "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
                                "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + 64 * "0",
               "X-Amz-Date": "20260101T000000Z"}
    times = []
    for number in numbers:
        body = json.dumps({"TableName": "orders", "Key": {"pk": {"S": f"customer#{number}"}}})
        start = time.perf_counter()
        answer = pool.request("POST", url, body=body, headers=headers)
        times.append(time.perf_counter() - start)
        if answer.status != 200:
            sys.exit(f"{answer.status}: {answer.data[:300]!r}")
    return times


def child(how, url, tape, what):
    """Asks through a library, or not; prints what it took as JSON."""
    numbers = range(REQUESTS)
    if what != "all":
        numbers = random.Random(int(what)).sample(numbers, SAMPLE)
    if how == "vcrpy":
        import vcr
        mode = "none" if os.path.exists(tape) else "once"
        context = vcr.VCR(record_mode=mode, match_on=["method", "uri", "body"]).use_cassette(tape)
    elif how == "cassetter":
        import cassetter
        mode = "none" if os.path.exists(tape) else "once"
        context = cassetter.use_cassette(tape, record_mode=mode, match_on=["method", "uri", "body"])
    else:
        import contextlib
        context = contextlib.nullcontext()
    start = time.perf_counter()
    with context:
        first = ask(url, numbers[:1])
        loaded = time.perf_counter() - start
        times = first + ask(url, numbers[1:])
    print(json.dumps({"load": loaded, "times": times}))


def asked(how, url, tape, what):
    command = [PYTHON, Path(__file__).resolve(), "child", str(REQUESTS), how, url, tape, str(what)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{how}: {done.stdout}{done.stderr[-2000:]}")
    return json.loads(done.stdout)


# ---- servers

class Server:
    def __init__(self, command, pattern):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                self.url = found[1] if found[1].startswith("http") else f"http://{found[1]}"
                return
        raise SystemExit(f"{command[0]} has ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=120)


def dynatape(*arguments):
    return Server([DYNATAPE, *arguments, "--port", "0"], r"listening on (\S+)")


def mitmproxy(*arguments):
    return Server([PLAYERS / "bin" / "mitmdump", "--listen-host", "127.0.0.1", "--listen-port", "0",
                   "--set", "termlog_verbosity=info", "--set", "flow_detail=0", *arguments],
                  r"listening at (?:http://)?([\d.]+:\d+)")


# ---- the run

def main():
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", PLAYERS], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    with tempfile.TemporaryDirectory(prefix="players-") as name, \
            Server([BARE], r"(http://\S+|[\d.]+:\d+)") as bare:
        folder = Path(name)
        direct = statistics.median(asked("none", bare.url, "-", "all")["times"])
        print(f"{'':<12}{'record':>10}{'tape':>10}{'load':>10}{'p50':>10}{'p99':>10}")
        sample = [statistics.quantiles(asked("none", bare.url, "-", round_)["times"], n=100)
                  for round_ in range(ROUNDS)]
        row("the server", "", "", "", sample)
        for how in ("dynatape", "mitmproxy", "cassetter", "vcrpy"):
            tape = folder / f"{how}.{'tape' if how == 'dynatape' else 'yaml'}"
            recorded = record(how, bare.url, tape)
            samples = [replay(how, bare.url, tape, round_) for round_ in range(ROUNDS)]
            loads = statistics.median(load for load, _ in samples)
            row(how, micros(statistics.median(recorded) - direct), f"{tape.stat().st_size / 1e6:.1f} MB",
                f"{loads * 1e3:.0f} ms", [statistics.quantiles(times, n=100) for _, times in samples])


def row(name, record_time, size, load, quantiles):
    p50, p99 = (micros(statistics.median(one[at] for one in quantiles)) for at in (49, 98))
    print(f"{name:<12}{record_time:>10}{size:>10}{load:>10}{p50:>10}{p99:>10}", flush=True)


def micros(seconds):
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:.0f} ms"


def record(how, url, tape):
    if how == "dynatape":
        with dynatape("record", tape, "--upstream", url, "--max-bytes", "off") as server:
            return asked("none", server.url, "-", "all")["times"]
    if how == "mitmproxy":
        with mitmproxy("--mode", f"reverse:{url}", "--save-stream-file", tape) as server:
            return asked("none", server.url, "-", "all")["times"]
    return asked(how, url, tape, "all")["times"]


def replay(how, url, tape, round_):
    start = time.perf_counter()
    if how == "dynatape":
        server = dynatape("replay", tape)
    elif how == "mitmproxy":
        server = mitmproxy("--mode", f"reverse:{url}", "--server-replay", tape,
                           "--set", "server_replay_reuse=true", "--set", "server_replay_extra=kill")
    else:
        done = asked(how, url, tape, round_)
        return done["load"], done["times"]
    with server:
        listening = time.perf_counter() - start
        done = asked("none", server.url, "-", round_)
        return listening + done["load"], done["times"]


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        REQUESTS = int(sys.argv[2])
        child(*sys.argv[3:7])
    else:
        main()
