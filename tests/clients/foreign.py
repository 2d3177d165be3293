#!/usr/bin/env python3
"""Recordings by other tools replay as tapes, with the clients they were made with.

    tests/clients/upstreams.sh install
    tests/clients/foreign.py

vcrpy records boto3 anew, against `dynatape serve`; what Polly.JS recorded of the JavaScript SDK is a fixture. Each is
imported, and the tape alone answers the program. Prints a line per check and exits with 1 if one failed.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import sys
import tempfile
from pathlib import Path

from running import DYNATAPE, HERE, Broken, Credentials, endpoint, run, serve
from three_ways import Checks
from verdicts import leaks, same_text, succeeded

PROGRAM = HERE / "python/program.py"
POLLY = HERE.parent / "fixtures/foreign/polly.har"
UNDER_VCRPY = """import os, runpy, sys, vcr
cassette, program = sys.argv[1:]
sys.argv[1:] = []
sys.path.insert(0, os.path.dirname(program))
with vcr.use_cassette(cassette):
    runpy.run_path(program, run_name="__main__")
"""


def main():
    checks = Checks()
    for name, tool in (("vcrpy", vcrpy), ("polly", polly)):
        with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
            try:
                tool(Path(folder), checks)
            except (Broken, OSError) as reason:
                checks.note(name, "runs to the end", False, str(reason))
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed or not checks.passed else 0)


def vcrpy(folder, checks):
    cassette, credentials = folder / "shop.yaml", Credentials()
    with serve(folder) as emulator:
        recorded = run(["python3", "-c", UNDER_VCRPY, cassette, PROGRAM], folder,
                       {**credentials.environment(), **endpoint(emulator)})
    checks.note("vcrpy", "records", *succeeded(recorded))
    replayed = imported(folder, cassette, ["python3", PROGRAM], checks, "vcrpy")
    checks.note("vcrpy", "the tape says what the recording said", *same_text(recorded, replayed))
    tape = (folder / "tapes/shop.tape").read_bytes()
    checks.note("vcrpy", "no credential in the tape", *leaks(tape, credentials.secrets()))


def polly(folder, checks):
    replayed = imported(folder, POLLY, ["node", HERE / "js/foreign.mjs"], checks, "polly")
    said = replayed.output.split("\n")
    checks.note("polly", "the tape says what was recorded", said == [
        "created CREATING", "put", "got grüße 🦀 00ff10 150", "refused ConditionalCheckFailedException", "found 1", ""],
        "", replayed.output)


def imported(folder, recording, program, checks, name):
    done = run([DYNATAPE, "tape", "import", recording, "--out", folder / "tapes"], folder, {})
    checks.note(name, "is imported", *succeeded(done))
    tape = folder / "tapes" / f"{recording.stem}.tape"
    replayed = run([DYNATAPE, "replay", tape, "--", *program], folder, {})
    checks.note(name, "the tape replays without a miss", *succeeded(replayed))
    return replayed


if __name__ == "__main__":
    main()
