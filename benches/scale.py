#!/usr/bin/env python3
"""How figures grow with items, connections, indexes and the length of a tape, in one run.

    cargo build --release --bin dynatape --example bare
    benches/scale.py                       # all of it: half an hour
    benches/scale.py items connections     # a part
    benches/scale.py --quick               # small steps, one minute: to see that it runs

    memory       what `serve` holds when nobody has asked it anything
    items        1,000 to 10,000,000 of some 65 bytes of JSON: loading, GetItem of any, Query of 50, memory
    connections  1 to 1,000 that ask GetItem without a pause
    indexes      a write that moves its entry in 0 to 64 global secondary indexes
    tape         100 to 1,000,000 interactions, half of them GetItem, half PutItem: loading, GetItem of any, memory

A table may have 20 global secondary indexes by default, so 64 are those of four tables with 16 each, which are written
in one BatchWriteItem; beside it is the same BatchWriteItem to as many tables without any. Each PutItem changes the key
that all indexes go by, so an entry is removed and one is added in each.

Times are medians of ROUNDS (5) rounds of DURATION (1) seconds, of loads of a table the medians of five fifths. In each
round a step is measured beside `bare` (examples/bare.rs, a hyper server with a constant answer) and beside the smallest
step, which is still there; ratios are of figures of the same rounds. Memory is VmRSS. One client and its server are kept
on one core: else the scheduler has them on one in some rounds and on two in others, which doubles times. Needs wrk,
taskset, and Linux's /proc.

Environment: DYNATAPE, BARE (default target/release/dynatape, target/release/examples/bare), ROUNDS, DURATION.
"""

import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DYNATAPE = Path(os.environ.get("DYNATAPE", "target/release/dynatape")).resolve()
BARE = Path(os.environ.get("BARE", "target/release/examples/bare")).resolve()
ROUNDS = int(os.environ.get("ROUNDS", 5))
DURATION = int(os.environ.get("DURATION", 1))
QUICK = "--quick" in sys.argv
WRITERS, AT_ONCE, FIFTHS = 2, 25, 5
ONE_CORE = {0}
OF_ONE = 50      # items of a partition, which a Query asks for
SAMPLE = 8_000   # different requests of a round: as long as an argument list may be, about
MOST_INDEXES = 16


def main():
    asked = [one for one in sys.argv[1:] if one != "--quick"]
    steps = {"memory": memory, "items": items, "connections": connections, "indexes": indexes, "tape": tape}
    if unknown := set(asked) - set(steps):
        sys.exit(f"no such step: {', '.join(unknown)}\n\n{__doc__}")
    # A thousand connections are as many files, here and in the servers.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print(subprocess.run([DYNATAPE, "--version"], capture_output=True, text=True, check=True).stdout.strip(),
          f"on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name in asked or steps:
        print(f"\n{name}")
        steps[name]()


# ---- the steps

def memory():
    held = []
    for _ in range(ROUNDS):
        with Server("serve") as server:
            held.append(server.resident())
    print(f"idle: {statistics.median(held) / 1e6:.1f} MB")


def items():
    counts = [1_000, 10_000] if QUICK else [10 ** power for power in range(3, 8)]
    table("items", "JSON", "load/item", "resident", "to JSON", "GetItem p50", "p99", "to first", "to bare",
          "Query p50", "p99", "to first", "cpu/GetItem")
    with Server("bare") as bare, contextlib.ExitStack() as kept:
        first = None
        for count in counts:
            with contextlib.ExitStack() as now:
                server = now.enter_context(Server("serve"))
                if first is None:
                    first, smallest = server, count
                    kept.push(now.pop_all())
                idle, loads, size = server.resident(), *load(server.url, count)
                figures = rounds({
                    "bare": lambda: wrk(bare, "GetItem", gets(count)),
                    "first get": lambda: wrk(first, "GetItem", gets(smallest)),
                    "get": lambda: wrk(server, "GetItem", gets(count)),
                    "first query": lambda: wrk(first, "Query", queries(smallest)),
                    "query": lambda: wrk(server, "Query", queries(count)),
                })
                held = server.resident()
                get, query = figures["get"], figures["query"]
                row(f"{count:,}", f"{size / 1e6:.1f} MB", micros(loads), f"{held / 1e6:.1f} MB",
                    f"{(held - idle) / size:.2f}", micros(get.p50), micros(get.p99),
                    ratio(get.p50, figures["first get"].p50), ratio(get.p50, figures["bare"].p50),
                    micros(query.p50), micros(query.p99), ratio(query.p50, figures["first query"].p50),
                    micros(get.cpu))


def connections():
    counts = [1, 10, 100] if QUICK else [1, 10, 100, 1_000]
    table("connections", "bare req/s", "to one", "serve req/s", "to one", "to bare", "p50", "p99", "cpu/request",
          "resident")
    with Server("bare") as bare, Server("serve") as server:
        load(server.url, 1_000)
        measured = {(count, name): lambda one=one, count=count: wrk(one, "GetItem", gets(1_000), count)
                    for count in counts for name, one in (("bare", bare), ("serve", server))}
        held = {}
        for count in counts:
            held[count] = held_under(server, count)
        figures = rounds(measured)
        for count in counts:
            mine, theirs = figures[count, "serve"], figures[count, "bare"]
            row(count, f"{theirs.rate:,.0f}", ratio(theirs.rate, figures[counts[0], "bare"].rate),
                f"{mine.rate:,.0f}", ratio(mine.rate, figures[counts[0], "serve"].rate),
                ratio(mine.rate, theirs.rate), micros(mine.p50), micros(mine.p99), micros(mine.cpu),
                f"{held[count] / 1e6:.1f} MB")


def held_under(server, count):
    """What the server holds while so many connections are open and each has been answered."""
    clients = [Client(server.url) for _ in range(count)]
    body = gets(1_000)[0].encode()
    for client in clients:
        client.ask("GetItem", body)
    held = server.resident()
    for client in clients:
        client.close()
    return held


def indexes():
    worths = [0, 1, 16, 32] if QUICK else [0, 1, 2, 4, 8, 16, 32, 64]
    table("indexes", "tables", "write p50", "with none", "to none", "each index", "write p99", "cpu/write", "to none")
    with Server("serve") as server:
        client = Client(server.url)
        for worth in worths:
            tables = max(1, worth // MOST_INDEXES)
            each = worth // tables
            operation, body = "PutItem" if tables == 1 else "BatchWriteItem", {}
            for number in {0, each}:
                for one in range(tables):
                    create_indexed(client, f"worth{worth}-of{number}-{one}", number)
                names = [f"worth{worth}-of{number}-{one}" for one in range(tables)]
                body[number] = writes(names, each)
            figures = rounds({number: lambda number=number: wrk(server, operation, body[number])
                              for number in {0, each}})
            none, mine = figures[0], figures[each]
            row(worth, tables, micros(mine.p50), micros(none.p50), ratio(mine.p50, none.p50),
                micros((mine.p50 - none.p50) / worth) if worth else "-", micros(mine.p99), micros(mine.cpu),
                ratio(mine.cpu, none.cpu))


def tape():
    counts = [100, 1_000] if QUICK else [100, 1_000, 10_000, 100_000, 1_000_000]
    table("interactions", "tape", "load", "each", "to first", "resident", "to tape", "GetItem p50", "p99", "to first",
          "to bare")
    with Server("bare") as bare, tempfile.TemporaryDirectory(prefix="scale-") as folder, \
            contextlib.ExitStack() as kept:
        first = smallest = None
        for count in counts:
            path = Path(folder) / f"{count}.tape"
            write_tape(path, count)
            loads = []
            for _ in range(ROUNDS):
                with Server("replay", path) as server:
                    loads.append(server.started)
            with contextlib.ExitStack() as now:
                server = now.enter_context(Server("replay", path))
                if first is None:
                    first, smallest, shortest = server, count, statistics.median(loads)
                    kept.push(now.pop_all())
                figures = rounds({
                    "bare": lambda: wrk(bare, "GetItem", recorded(count)),
                    "first": lambda: wrk(first, "GetItem", recorded(smallest)),
                    "get": lambda: wrk(server, "GetItem", recorded(count)),
                })
                took, held, size = statistics.median(loads), server.resident(), path.stat().st_size
                get = figures["get"]
                row(f"{count:,}", f"{size / 1e6:.2f} MB", f"{took * 1e3:.0f} ms", micros(took / count),
                    ratio(took, shortest), f"{held / 1e6:.1f} MB", f"{held / size:.1f}", micros(get.p50),
                    micros(get.p99), ratio(get.p50, figures["first"].p50), ratio(get.p50, figures["bare"].p50))


# ---- what is asked

def key(number):
    return f'"pk":{{"S":"user#{number // OF_ONE:07}"}},"sk":{{"N":"{number % OF_ONE}"}}'


def item(number):
    return f'{{{key(number)},"n":{{"N":"{number}"}}}}'


def gets(count):
    # As many for each count: what they cost the client is to be the same.
    return [read(number) for number in random.choices(range(count), k=SAMPLE)]


def queries(count):
    numbers = random.choices(range(count // OF_ONE), k=SAMPLE // 4)
    return [f'{{"TableName":"users","KeyConditionExpression":"pk = :p",'
            f'"ExpressionAttributeValues":{{":p":{{"S":"user#{number:07}"}}}}}}' for number in numbers]


def writes(tables, each):
    """Puts of the same items over and over, each time with other values in what the indexes go by."""
    bodies = []
    for turn in range(2):
        for number in range(200):
            values = ",".join(f'"g{at}":{{"S":"{turn}-{number:05}"}}' for at in range(each))
            put = f'"Item":{{"pk":{{"S":"item#{number}"}}{"," if values else ""}{values}}}'
            if len(tables) == 1:
                bodies.append(f'{{"TableName":"{tables[0]}",{put}}}')
            else:
                requests = ",".join(f'"{name}":[{{"PutRequest":{{{put}}}}}]' for name in tables)
                bodies.append(f'{{"RequestItems":{{{requests}}}}}')
    return bodies


def create_indexed(client, name, count):
    attributes = ["pk", *(f"g{at}" for at in range(count))]
    body = {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in attributes],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    if count:
        body["GlobalSecondaryIndexes"] = [{
            "IndexName": f"by-{one}", "KeySchema": [{"AttributeName": one, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"}} for one in attributes[1:]]
    client.ask("CreateTable", json.dumps(body).encode())


def load(url, count):
    """Fills a table. Gives the seconds that an item takes and how many bytes of JSON there are."""
    Client(url).ask("CreateTable", json.dumps({
        "TableName": "users", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                                 {"AttributeName": "sk", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }).encode())
    times, numbers = [], range(count)
    for fifth in range(FIFTHS):
        part = numbers[count * fifth // FIFTHS:count * (fifth + 1) // FIFTHS]
        shares = [part[len(part) * at // WRITERS:len(part) * (at + 1) // WRITERS] for at in range(WRITERS)]
        ready = multiprocessing.Barrier(WRITERS + 1)
        writers = [multiprocessing.Process(target=write, args=(url, share, ready)) for share in shares]
        for writer in writers:
            writer.start()
        ready.wait()
        start = time.perf_counter()
        for writer in writers:
            writer.join()
            if writer.exitcode:
                sys.exit("a writer has failed")
        times.append((time.perf_counter() - start) / len(part))
    return statistics.median(times), sum(len(item(number)) for number in numbers)


def write(url, numbers, ready):
    client = Client(url)
    ready.wait()
    for at in range(0, len(numbers), AT_ONCE):
        puts = ",".join(f'{{"PutRequest":{{"Item":{item(number)}}}}}' for number in numbers[at:at + AT_ONCE])
        answer = client.ask("BatchWriteItem", f'{{"RequestItems":{{"users":[{puts}]}}}}'.encode())
        if answer != b'{"UnprocessedItems":{}}':
            sys.exit(f"not all was written: {answer[:300]}")


def recorded(count):
    numbers = range(0, count, 2)
    return [read(number) for number in random.choices(numbers, k=SAMPLE)]


def read(number):
    return f'{{"TableName":"users","Key":{{{key(number)}}}}}'


def write_tape(path, count):
    """Reads and writes in turn, each of an item of its own."""
    with path.open("w") as file:
        file.write('{\n  "tape": 1,\n  "service": "DynamoDB_20120810",\n'
                   '  "from": {"kind": "other"},\n  "tables": {"users": {"pk": "pk:S", "sk": "sk:N"}}\n}\n')
        for number in range(count):
            if number % 2:
                operation, request, answer = "PutItem", f'{{"TableName":"users","Item":{item(number)}}}', "{}"
            else:
                operation, request, answer = "GetItem", read(number), f'{{"Item":{item(number)}}}'
            digits = hashlib.sha256(request.encode()).hexdigest()[:6]
            file.write(f'\n{{\n  "id": "{operation}/users/{digits}/1",\n  "request": {request},\n'
                       f'  "response": {answer}\n}}\n')


# ---- servers and clients

class Server:
    COMMANDS = {"bare": [BARE, "--bytes", "100"], "serve": [DYNATAPE, "serve"], "replay": [DYNATAPE, "replay"]}

    def __init__(self, name, *more):
        start = time.perf_counter()
        command = [*self.COMMANDS[name], *more, "--port", "0"]
        # Settings of the user shall have no part in it.
        environment = {name: value for name, value in os.environ.items()
                       if name != "CI" and not name.startswith("DYNATAPE_")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                        env=environment)
        found = re.search(r"listening on (http://\S+)", self.process.stdout.readline())
        if not found:
            sys.exit(f"{command} does not start")
        self.url, self.started = found[1], time.perf_counter() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=300)

    def keep_on(self, cores):
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(thread), cores)

    def resident(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) * 1024

    def busy(self):
        """Its processor time so far, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    def __init__(self, url):
        self.host = url.removeprefix("http://")
        name, port = self.host.split(":")
        self.socket = socket.create_connection((name, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def ask(self, operation, body):
        self.socket.sendall(
            f"POST / HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
            f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={64 * '0'}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status, length = self.answers.readline().split(b" ", 2)[1], 0
        while (line := self.answers.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = self.answers.read(length)
        if status != b"200":
            sys.exit(f"{operation}: {status}: {answer[:300]}")
        return answer

    def close(self):
        self.answers.close()
        self.socket.close()


class Figures:
    def __init__(self, rate, p50, p99, cpu):
        self.rate, self.p50, self.p99, self.cpu = rate, p50, p99, cpu


def wrk(server, operation, bodies, count=1):
    """One round: requests a second, and the seconds that an answer and the server's processor took."""
    random.shuffle(bodies)
    command = ["wrk", "--threads", "1", "--connections", str(count), "--duration", f"{DURATION}s", "--latency",
               "--timeout", "10s", "--script", HERE / "load.lua", server.url, "--", operation, *bodies]
    before = server.busy()
    # Of two that take turns, it matters more whether they share a core than what is asked.
    cores = ONE_CORE if count == 1 else os.sched_getaffinity(0)
    server.keep_on(cores)
    command = ["taskset", "--cpu-list", ",".join(map(str, cores)), *command]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^load (\d+) (\d+) (\d+) (\d+)$", done.stdout, re.M)
    if not found or found[4] != "0" or found[1] == "0":
        sys.exit(f"{operation} at {server.url}: {done.stdout}{done.stderr}")
    rate, p50, p99, _ = map(int, found.groups())
    return Figures(rate, p50 / 1e6, p99 / 1e6, (server.busy() - before) / (rate * DURATION))


def rounds(measures):
    """Takes the measures in turn; gives the medians of each."""
    taken = {name: [] for name in measures}
    for measure in measures.values():
        measure()  # not counted: it warms up
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: Figures(*(statistics.median(getattr(one, what) for one in all_of)
                            for what in ("rate", "p50", "p99", "cpu"))) for name, all_of in taken.items()}


# ---- the tables

def table(*names):
    row(*names)


def row(*cells):
    print("".join(f"{cell:>14}" for cell in cells), flush=True)


def micros(seconds):
    return f"{seconds * 1e6:.1f} µs" if seconds < 0.001 else f"{seconds * 1e3:.1f} ms"


def ratio(one, other):
    return f"{one / other:.2f}" if other else "-"


if __name__ == "__main__":
    main()
