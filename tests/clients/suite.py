#!/usr/bin/env python3
"""Records the own test suite of a published package once, and replays it ten times with eight workers in random order.

    tests/clients/suite.py

The package is aiodynamo, whose source distribution holds its integration tests: each makes a table under a random name,
so that nothing but what a test does later tells one from the other. The tests that share a fixture of the session stay
together. One is left out: its table's name is eight random digits, which no one can tell from a word. Prints a line per
run and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from running import DYNATAPE, PEERS, Credentials, no_finding, run

WORKERS, RUNS = 8, 10
PYTHON = PEERS / "suite" / "bin" / "python3"
SOURCE = PEERS / "suite" / "aiodynamo"
PYTEST = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
TOO_SHORT = "test_create_table_with_indices"
SHARED = "prefilled_table"


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="suite-") as name:
        folder, program = Path(name), [sys.executable, Path(__file__).resolve()]
        tape, keys = folder / "suite.tape", {**Credentials().environment(), "PEERS": str(PEERS)}
        recording = run([DYNATAPE, "record", tape, "--upstream", "emulator", "--max-bytes", "off", "--", *program,
                         "suite", 1, 0], folder, keys)
        if recording.code:
            sys.exit(f"the recording failed:\n{recording.output}{recording.errors}")
        good, figures, detail = no_finding(tape, folder)
        failed += not good
        print(f"{'PASS' if good else 'FAIL'}  the emulator answers the tape as it did ({figures})")
        if not good:
            print(detail[:4000])
        for number in range(1, RUNS + 1):
            start = time.monotonic()
            replay = run([DYNATAPE, "replay", tape, "--", *program, "suite", WORKERS, number], folder, keys)
            good = replay.code == 0 and replay.output == recording.output
            failed += not good
            print(f"{'PASS' if good else 'FAIL'}  order {number}: {replay.output.strip()}, {WORKERS} workers "
                  f"({time.monotonic() - start:.1f} s)", flush=True)
            if not good:
                print((replay.output + replay.errors)[-6000:])
    sys.exit(1 if failed else 0)


def suite(workers, seed):
    """Processes of their own, each with its part of the tests in its own order."""
    environment = dict(os.environ, DYNAMODB_URL=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    listed = subprocess.run([*PYTEST, "--collect-only", "tests/integration"], cwd=SOURCE, env=environment, text=True,
                            capture_output=True)
    tests = [line for line in listed.stdout.splitlines() if "::" in line and TOO_SHORT not in line]
    # With aiohttp, which is not installed, all are skipped.
    tests = [test for test in tests if "aiohttp" not in test]
    if not tests:
        sys.exit(f"there are no tests:\n{listed.stdout}{listed.stderr}")
    source = (SOURCE / "tests/integration/test_client.py").read_text()
    functions = re.findall(r"def (test_\w+)\((.*?)\) ->", source, re.DOTALL)
    sharing = {name for name, arguments in functions if SHARED in arguments}
    together = [test for test in tests if re.search(r"::(\w+)", test)[1] in sharing]
    units = [[test] for test in tests if test not in together] + [together]
    if seed:
        random.Random(seed).shuffle(units)
    parts = [[test for unit in units[part::workers] for test in unit] for part in range(workers)]
    running = [subprocess.Popen([*PYTEST, *part], cwd=SOURCE, env=environment, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT) for part in parts if part]
    outcomes = {"passed": 0, "skipped": 0, "xfailed": 0}
    for one in running:
        output, _ = one.communicate()
        if one.returncode:
            sys.exit(output[-6000:])
        for outcome in outcomes:
            outcomes[outcome] += sum(map(int, re.findall(rf"(\d+) {outcome}", output.splitlines()[-1])))
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["suite"]:
        suite(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
