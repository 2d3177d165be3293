#!/usr/bin/env python3
"""A program with clients in two regions, recorded from the emulator, which keeps regions apart, and replayed.

DynamoDB Local, as upstreams.sh starts it, has one set of tables for all regions, so three_ways.py cannot ask this of it.
Prints a line per check. Environment: DYNATAPE and PEERS as in three_ways.py.
"""

import sys
import tempfile
from pathlib import Path

from running import DYNATAPE, HERE, Credentials, no_finding, run
from three_ways import Checks
from verdicts import same_text, succeeded

PROGRAM = ["python3", HERE / "python/with_regions.py"]


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="regions-") as name:
        folder = Path(name)
        tape, own = folder / "two.tape", Credentials().environment()
        record = [DYNATAPE, "record", tape, "--upstream", "emulator", "--", *PROGRAM]
        recording = run(record, folder, own)
        checks.note("regions", "record run succeeds", *succeeded(recording))
        replay = run([DYNATAPE, "replay", tape, "--strict", "--", *PROGRAM], folder, {})
        checks.note("regions", "replay run succeeds", *succeeded(replay))
        checks.note("regions", "replayed output equals recorded output", *same_text(recording, replay))
        before = tape.read_bytes()
        checks.note("regions", "second recording succeeds", *succeeded(run(record, folder, own)))
        checks.note("regions", "second recording changes no byte", tape.read_bytes() == before)
        checks.note("regions", "what the emulator answered it answers again", *no_finding(tape, folder))
    print(f"{checks.passed} passed, {checks.failed} failed, {checks.skipped} skipped")
    sys.exit(1 if checks.failed or not checks.passed else 0)


if __name__ == "__main__":
    main()
