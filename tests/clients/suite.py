#!/usr/bin/env python3
"""Records the own test suites of published packages once, and replays each ten times with eight workers in random order.

    tests/clients/suite.py [SUITE...]           all of them, or those named: aiodynamo, dynamo-es, dynamodb-lease

The packages are unpacked as they were published (upstreams.sh install suite rust-suites), and none of their files is
changed. Prints a line per run and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from running import DYNATAPE, PEERS, Credentials, no_finding, run

WORKERS, RUNS = 8, 10
# Milliseconds for another worker's write: a machine with fewer cores than workers takes its time.
PATIENCE = 2000


class Aiodynamo:
    """A client of its own; each test makes a table under a random name, so that nothing but what a test does later tells
    one from the other. Tests that share a fixture of the session stay together."""

    name, around, flags = "aiodynamo", [], []
    source = PEERS / "suite" / "aiodynamo"
    pytest = [PEERS / "suite" / "bin" / "python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    # Its table's name is eight random digits, which no one can tell from a word.
    left_out = "test_create_table_with_indices"
    shared = "prefilled_table"

    def environment(self):
        return dict(os.environ, DYNAMODB_URL=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])

    def prepare(self):
        pass

    def units(self):
        listed = output([*self.pytest, "--collect-only", "tests/integration"], self)
        tests = [line for line in listed.splitlines() if "::" in line and self.left_out not in line]
        # With aiohttp, which is not installed, all are skipped.
        tests = [test for test in tests if "aiohttp" not in test]
        source = (self.source / "tests/integration/test_client.py").read_text()
        functions = re.findall(r"def (test_\w+)\((.*?)\) ->", source, re.DOTALL)
        sharing = {name for name, arguments in functions if self.shared in arguments}
        together = [test for test in tests if re.search(r"::(\w+)", test)[1] in sharing]
        return [[test] for test in tests if test not in together] + [together]

    def commands(self, tests):
        return [[*self.pytest, *tests]]


class Crate:
    """A user of aws-sdk-dynamodb. Its tests ask localhost:8000 and nobody else, so all of it happens in a network
    namespace, where that port is free and means nothing to anybody else."""

    around = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    flags = ["--port", "8000"]

    def __init__(self, name, region, left_out=(), tables=None):
        self.name, self.region, self.left_out, self.tables = name, region, left_out, tables
        self.source = PEERS / "rust-suites" / name

    def environment(self):
        # Its tests name their region; what its script makes has to be there.
        return dict(os.environ, AWS_REGION=self.region, AWS_DEFAULT_REGION=self.region)

    def prepare(self):
        if self.tables:
            output([self.tables], self)

    def units(self):
        programs = sorted((self.source / "programs").iterdir())
        listed = [(program, line) for program in programs
                  for line in output([program, "--list", "--format", "terse"], self).splitlines()]
        return [[(program, line.removesuffix(": test"))] for program, line in listed
                if line.removesuffix(": test") not in self.left_out]

    def commands(self, tests):
        return [[program, "--exact", test] for program, test in tests]


SUITES = {suite.name: suite for suite in (
    Aiodynamo(),
    # An event store: appends in transactions, under UUIDs, to tables that its script makes. One test scans the table that
    # all others write to: what it is told depends on who came before.
    Crate("dynamo-es", "us-west-2", left_out=["event_repository::test::event_repositories"],
          tables="db/create_tables.sh"),
    # Locks with an expiry: conditions on UUIDs and on the time. One test writes as fast as it can until its table is
    # gone, and how often that is, no tape can tell. Two let go of a lock and take it at once, in calls of which either
    # may come first: on a busy machine they are refused where they were not when recorded.
    Crate("dynamodb-lease", "eu-west-1", left_out=["is_healthy", "local_acquire", "local_try_acquire"]),
)}


def main(names):
    failed = 0
    for name in names or SUITES:
        with tempfile.TemporaryDirectory(prefix="suite-") as folder:
            failed += replayed(SUITES[name], Path(folder))
    sys.exit(1 if failed else 0)


def replayed(suite, folder):
    """How many runs failed."""
    failed, program = 0, [sys.executable, Path(__file__).resolve(), "run", suite.name]
    tape, keys = folder / "suite.tape", {**Credentials().environment(), "PEERS": str(PEERS)}
    recording = run([*suite.around, DYNATAPE, "record", tape, *suite.flags, "--upstream", "emulator", "--max-bytes", "off",
                     "--", *program, 1, 0], folder, keys)
    if recording.code:
        sys.exit(f"the recording of {suite.name} failed:\n{recording.output}{recording.errors}")
    good, figures, detail = no_finding(tape, folder)
    failed += not good
    print(f"{'PASS' if good else 'FAIL'}  {suite.name}: the emulator answers the tape as it did ({figures})", flush=True)
    if not good:
        print(detail[:4000])
    for number in range(1, RUNS + 1):
        start = time.monotonic()
        replay = run([*suite.around, DYNATAPE, "replay", tape, *suite.flags, "--causal-wait", PATIENCE,
                      "--", *program, WORKERS, number], folder, keys)
        good = replay.code == 0 and replay.output == recording.output
        failed += not good
        print(f"{'PASS' if good else 'FAIL'}  {suite.name}, order {number}: {replay.output.strip()}, {WORKERS} workers "
              f"({time.monotonic() - start:.1f} s)", flush=True)
        if not good:
            print((replay.output + replay.errors)[-6000:])
    return failed


def run_tests(suite, workers, seed):
    """Each worker has its part of the tests, in processes of their own and in its own order."""
    suite.prepare()
    units = [unit for unit in suite.units() if unit]
    if not units:
        sys.exit("there are no tests")
    if seed:
        random.Random(seed).shuffle(units)
    parts = [[test for unit in units[part::workers] for test in unit] for part in range(workers)]
    outcomes = {"passed": 0, "skipped": 0, "xfailed": 0, "ignored": 0}
    with ThreadPoolExecutor(workers) as pool:
        for ended in pool.map(lambda part: [output(command, suite) for command in suite.commands(part)], filter(None, parts)):
            for text in ended:
                summary = text.strip().splitlines()[-1]
                for outcome in outcomes:
                    outcomes[outcome] += sum(map(int, re.findall(rf"(\d+) {outcome}", summary)))
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.items() if count))


def output(command, suite):
    ended = subprocess.run(command, cwd=suite.source, env=suite.environment(), text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    if ended.returncode:
        sys.exit(f"{command} failed:\n{ended.stdout[-6000:]}")
    return ended.stdout


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run_tests(SUITES[sys.argv[2]], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(sys.argv[1:])
