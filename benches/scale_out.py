#!/usr/bin/env python3
"""What one engine takes through 1, 2, 4 and 8 recorders at once, beside the engine alone, with one command:

    benches/scale_out.py

The engine is `dynatape serve`; the load is wrk's, 16 connections in all, PutItem and GetItem of small items in turn,
each connection on keys of its own. All share the processors of this machine, so what a recorder costs is taken from the
engine: the figures say what recorders cost, not what they would bear on machines of their own. Then the lanes of the
eight are put together. Prints a table: calls a second (the median of ROUNDS, 3), processor time for a call of all
recorders, and for the longest run their memory and tapes.

Environment: DYNATAPE (default target/release/dynatape), DURATION (3 seconds), ROUNDS. Needs wrk and Linux.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

DYNATAPE = Path(os.environ.get("DYNATAPE", "target/release/dynatape")).resolve()
DURATION, ROUNDS = int(os.environ.get("DURATION", "3")), int(os.environ.get("ROUNDS", "3"))
CONNECTIONS = 16
SIGNED = {
    "Content-Type": "application/x-amz-json-1.0", "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
                     "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
}
TABLE = """{"TableName":"scale","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk",
"AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"""
LOAD = """
local thread, calls = 0, 0
function setup(one) one:set("number", thread); thread = thread + 1 end
function request()
  local key = string.format("%s-%d-%05d", os.getenv("LANE"), number, math.floor(calls / 2) % 1000)
  local put = calls % 2 == 0
  calls = calls + 1
  local member = put and ',"Item":{"pk":{"S":"' .. key .. '"},"n":{"N":"' .. calls .. '"}}' or ',"Key":{"pk":{"S":"' .. key .. '"}}'
  HEADERS["X-Amz-Target"] = "DynamoDB_20120810." .. (put and "PutItem" or "GetItem")
  return wrk.format("POST", "/", HEADERS, '{"TableName":"scale"' .. member .. "}")
end
function response(status) if status ~= 200 then os.exit(1) end end
"""


def started(folder, *arguments):
    """A dynatape, and where it listens."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DYNATAPE_") and name != "CI"}
    program = subprocess.Popen([DYNATAPE, *map(str, arguments), "--port", "0"], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, env={**environment, **KEYS})
    return program, re.search(r"http://\S+", program.stdout.readline())[0]


KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}


def ended(program):
    program.send_signal(signal.SIGINT)
    program.wait()


def processor(program):
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(program):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{program.pid}/status").read_text())[1]) / 1024


def asked(url, operation, body):
    request = urllib.request.Request(url, body.encode(), {**SIGNED, "X-Amz-Target": f"DynamoDB_20120810.{operation}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return answer.read()


def calls(urls, script):
    """Calls answered in all, and for how many seconds."""
    each = CONNECTIONS // len(urls)
    start = time.monotonic()
    running = [subprocess.Popen(["wrk", f"-t{min(each, 2)}", f"-c{each}", f"-d{DURATION}s", "-s", script, url],
                                stdout=subprocess.PIPE, text=True, env={**os.environ, "LANE": str(lane)})
               for lane, url in enumerate(urls)]
    texts = [program.communicate()[0] for program in running]
    if any(program.returncode for program in running) or any("Non-2xx" in text for text in texts):
        sys.exit("some calls were not answered with 200:\n" + "\n".join(texts))
    return sum(int(re.search(r"(\d+) requests in", text)[1]) for text in texts), time.monotonic() - start


def measured(recorders, folder, script):
    engine, url = started(folder, "serve")
    lanes = [folder / f"lane-{number}.tape" for number in range(recorders)]
    proxies = []
    try:
        asked(url, "CreateTable", TABLE)
        proxies = [started(folder, "record", lane, "--upstream", url, "--lane", "--max-bytes", "off") for lane in lanes]
        count, seconds = calls([url for _, url in proxies] or [url], script)
        used = sum(processor(program) for program, _ in proxies)
        memory = max((resident(program) for program, _ in proxies), default=0)
        start = time.monotonic()
        for program, _ in proxies:
            ended(program)
        written = time.monotonic() - start
    finally:
        for program, _ in [*proxies, (engine, url)]:
            program.kill()
            program.wait()
    size = sum(lane.stat().st_size for lane in lanes)
    return {"rate": count / seconds, "micros": used / count * 1e6, "memory": memory, "calls": count, "bytes": size / count,
            "written": written}


def main():
    with tempfile.TemporaryDirectory(prefix="scale-out-") as name:
        folder = Path(name)
        script = folder / "load.lua"
        headers = ", ".join(f'["{name}"]="{value}"' for name, value in SIGNED.items())
        script.write_text(f"HEADERS = {{{headers}}}\n{LOAD}")
        print("recorders | calls a second | of the engine alone | processor, µs a call | MB each | bytes of tape a call | s to write")
        alone = None
        for recorders in (0, 1, 2, 4, 8):
            rounds = []
            for _ in range(ROUNDS):
                for old in folder.glob("lane-*"):
                    old.unlink()
                rounds.append(measured(recorders, folder, script))
            middle = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
            alone = alone or middle["rate"]
            print(f"{recorders or 'none':>9} | {middle['rate']:14,.0f} | {middle['rate'] / alone:19.2f} | "
                  f"{middle['micros']:20.0f} | {middle['memory']:7.0f} | {middle['bytes']:20.0f} | {middle['written']:.1f}", flush=True)
        lanes = sorted(folder.glob("lane-*.tape"))
        merge = ["/usr/bin/time", "-f", "%e s, %M KB", DYNATAPE, "tape", "merge", "--lanes", *lanes, "--out", folder / "all.tape"]
        done = subprocess.run(merge, capture_output=True, text=True)
        print(f"{rounds[-1]['calls']:,} calls of {len(lanes)} lanes put together: {done.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
