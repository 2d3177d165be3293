#!/usr/bin/env python3
"""Runs real programs against DynamoDB directly, while dynatape records, and from the tape alone.

    tests/clients/upstreams.sh install
    tests/clients/three_ways.py --client python --client pynamodb --client js --client cli --client rust=PATH

Every program prints what it was told, so the three outputs must be equal; with TRACE_BODIES it
also writes down the raw answers, which must be equal byte for byte. DynamoDB Local stands in for
the service, a fresh one for every run. Prints a line per check, then `N passed, M failed, K skipped`.
A client whose Python is missing is skipped; with CI in the environment that is a failure.

Environment: DYNATAPE (default target/release/dynatape), PEERS and DYNAMODB_LOCAL as in upstreams.sh.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from relay import Relay
from running import DYNATAPE, HERE, PEERS, Broken, Credentials, Traced, answers, dynamodb_local, endpoint, no_finding, run, serve
from verdicts import changed_lines, checksums, leaks, same_bodies, same_text, succeeded

CLIENTS = {
    "python": ["python3", HERE / "python/program.py"],
    "partiql": ["python3", HERE / "python/with_partiql.py"],
    "regions": ["python3", HERE / "python/with_regions.py"],
    "pynamodb": ["python3", HERE / "python/with_pynamodb.py"],
    "pydynox": ["python3", HERE / "python/with_pydynox.py"],
    "aiodynamodb": [PEERS / "venv-aiodynamodb/bin/python3", HERE / "python/with_aiodynamodb.py"],
    "js": ["node", HERE / "js/program.mjs"],
    "cli": [HERE / "cli/program.sh"],
}


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--client", action="append", required=True, metavar="NAME[=PROGRAM]",
                       help=f"{', '.join(CLIENTS)}, or any name with the path of a program")
    clients = flags.parse_args().client
    # Leave by the way that stops the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    checks = Checks()
    for client in clients:
        name, _, program = client.partition("=")
        command = [Path(program).resolve()] if program else CLIENTS.get(name)
        if command is None:
            flags.error(f"no client is called {name}: give {name}=PROGRAM")
        if PEERS in Path(command[0]).parents and not command[0].exists():
            checks.skip(name, f"there is no {command[0]}: upstreams.sh could not install it")
            continue
        with tempfile.TemporaryDirectory(prefix="three-ways-") as folder:
            try:
                three_ways(name, command, Path(folder), checks)
            except Broken as reason:
                checks.note(name, "runs to the end", False, str(reason))
    print(f"{checks.passed} passed, {checks.failed} failed, {checks.skipped} skipped")
    sys.exit(1 if checks.failed or not checks.passed else 0)


def three_ways(name, command, folder, checks):
    def check(what, good, figures="", detail=""):
        checks.note(name, what, good, figures, detail)

    tape = folder / "session.tape"
    ours, theirs = Credentials(), Credentials()

    with dynamodb_local(folder) as upstream:
        direct = run(command, folder, {**ours.environment(), **endpoint(upstream)})
    check("direct run succeeds", *succeeded(direct))
    if direct.code:
        raise Broken("nothing to compare with: the direct run failed")

    recorded = Traced(folder / "recorded.trace")
    with dynamodb_local(folder) as upstream:
        recording = run([DYNATAPE, "record", tape, "--upstream", upstream, "--", *command], folder,
                        {**ours.environment(), **recorded.environment()})
    check("record run succeeds", *succeeded(recording))
    check("recorded output equals direct output", *same_text(direct, recording))
    if not tape.exists() or not tape.stat().st_size:
        raise Broken("no tape was written")

    check("upstream is gone", not answers(upstream))
    replayed = Traced(folder / "replayed.trace")
    # No credentials and no region either: a replay has to do where nobody configured anything.
    replay = run([DYNATAPE, "replay", tape, "--", *command], folder, replayed.environment())
    check("replay run succeeds", *succeeded(replay))
    check("replayed output equals direct output", *same_text(direct, replay))
    check("bodies are byte-identical", *same_bodies(recorded.read(), replayed.read()))
    check("recorded checksums are right", *checksums(recorded.read(), absent_is_fine=True))
    check("replayed checksums are present and right", *checksums(replayed.read(), absent_is_fine=False))

    before = tape.read_text(errors="surrogateescape")
    again = record_again(command, tape, folder, theirs)
    check("second recording succeeds", *succeeded(again))
    check("second recording asked upstream everything", again.asked >= len(recorded.read()) > 0,
          f"{again.asked} requests for {len(recorded.read())} answers")
    after = tape.read_text(errors="surrogateescape")
    check("second recording changes only what was answered anew", *changed_lines(before, after))
    hidden = {**ours.secrets(), **theirs.secrets(), **{f"signature {s[:8]}": s for s in again.signatures}}
    check("signatures of the client were seen", bool(again.signatures), f"{len(again.signatures)} different")
    check("no credential in the tape", *leaks(before.encode(errors="surrogateescape")
                                              + after.encode(errors="surrogateescape"), hidden))

    with serve(folder) as emulator:
        emulated = run(command, folder, {**ours.environment(), **endpoint(emulator)})
    check("serve run succeeds", *succeeded(emulated))
    check("serve output equals direct output", *same_text(direct, emulated))

    identical = folder / "emulated.tape"
    recording = run([DYNATAPE, "record", identical, "--upstream", "emulator", "--max-bytes", "off", "--", *command], folder,
                    ours.environment())
    check("recording the emulator succeeds", *succeeded(recording))
    check("what the emulator answered it answers again", *no_finding(identical, folder))


def record_again(command, tape, folder, credentials):
    """Over the same tape, with other credentials. Relays on both sides show that upstream was really asked, and
    which signatures must not be in the tape."""
    report = folder / "signatures.json"
    behind_relay = [sys.executable, HERE / "relay.py", report, *command]
    with dynamodb_local(folder) as upstream, Relay(upstream) as outside:
        done = run([DYNATAPE, "record", tape, "--upstream", outside.url, "--", *behind_relay], folder,
                   credentials.environment())
        done.asked = outside.requests()
        done.signatures = outside.signatures()
    if report.exists():
        done.signatures |= set(json.loads(report.read_text()))
    return done


class Checks:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def note(self, client, what, good, figures="", detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'PASS' if good else 'FAIL'}  {client}: {what}{f' ({figures})' if figures else ''}")
        if not good and detail:
            print("\n".join(f"      {line[:200]}" for line in detail.rstrip().split("\n")[:25]))
        sys.stdout.flush()

    def skip(self, client, why):
        if os.environ.get("CI"):
            self.note(client, "can be run at all", False, why)
        else:
            self.skipped += 1
            print(f"NOT RUN  {client}: {why}", flush=True)


if __name__ == "__main__":
    main()
