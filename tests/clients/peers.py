#!/usr/bin/env python3
"""Puts every conformance case to the emulator and to four other ones, and brings what is written about that up to date.

    tests/clients/peers.py

Installs the others (upstreams.sh), starts them on free ports, runs `dynatape conform --update-expected` on all five
side by side, sorts into the groups of peers_reasons.py what is new in the ledgers of conformance/expected, and
writes the figures into the table of README.md. What fits no group stays "not examined": look at it (the report says
where) and add a group, or give the entry a reason. Then it runs once more to see that the ledgers hold.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
"""

import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from peers_reasons import key_of, sort_new
from running import DYNATAPE, HERE, PEERS, free_port

ROOT = HERE.parent.parent
UPSTREAMS = HERE / "upstreams.sh"
LEDGERS = ROOT / "conformance/expected"
TITLES = {"emulator": "emulator", "dynoxide": "dynoxide", "dynalite": "dynalite",
          "dynamodb-local": "DynamoDB Local", "moto": "moto"}
COLUMNS = {"exact": ["exact"], "equivalent": ["equivalent"], "another answer": ["accepted", "divergent", "tainted"],
           "not there": ["unsupported"], "not measured": ["not measured"]}


def main():
    names = [name for name in TITLES if name != "emulator"]
    subprocess.run([UPSTREAMS, "install", *names], check=True)
    with servers(names) as urls:
        runs = conform(urls, "--update-expected")
    left = {name: sort_new(LEDGERS / f"{name}.toml", runs[name]) for name in names}
    # Fresh ones: streams and backups outlive the tables of a case.
    with servers(names) as urls:
        held = conform(urls)
    write_table(held)
    for name, ids in left.items():
        loose = [f"{key_of(tape)}/{one['id']}" for tape in held[name]["tapes"] for one in tape["interactions"]
                 if one["outcome"] == "divergent"]
        print(f"{name}: {len(ids)} not examined", *ids, sep="\n  ")
        print(f"{name}: {len(loose)} differ otherwise than in the run before", *loose, sep="\n  ")
    print(f"the reports: {PEERS}/conform-*.json")


# ---- the servers

@contextmanager
def servers(names):
    """One that a request brings down is started again on its port."""
    running, stopped = {}, threading.Event()

    def start(name, port):
        with open(PEERS / f"{name}.log", "ab") as log:
            return subprocess.Popen([UPSTREAMS, "start", name, str(port)], stdout=log, stderr=log)

    def watch():
        while not stopped.wait(0.2):
            for name, (port, server) in list(running.items()):
                if server.poll() is not None:
                    running[name] = (port, start(name, port))

    for name in names:
        port = free_port()
        running[name] = (port, start(name, port))
    urls = {name: f"http://127.0.0.1:{port}" for name, (port, _) in running.items()}
    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for name, url in urls.items():
            subprocess.run([UPSTREAMS, "wait", url], check=True)
            print(f"{TITLES[name]} {version(name)} at {url}", flush=True)
        yield urls
    finally:
        stopped.set()
        watching.join()
        for _, server in running.values():
            server.terminate()
            server.wait()


def version(name):
    return subprocess.run([UPSTREAMS, "version", name], check=True, capture_output=True, text=True).stdout.strip()


# ---- the run

def conform(urls, *flags):
    """The run of each target, all at once: most of the time a server is waited for. Of the emulator that in the dialect
    that the others are asked in."""
    with ThreadPoolExecutor() as pool:
        targets = {"emulator": "emulator"} | {name: f"{name}={url}" for name, url in urls.items()}
        return dict(zip(targets, pool.map(lambda target: conform_one(*target, *flags), targets.items())))


def conform_one(name, target, *flags):
    report = PEERS / f"conform-{name}.json"
    command = [DYNATAPE, "conform", *flags, "--format", "markdown", "--report", report, "--target", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    # 2: what differs is for the ledger. All else there is to say stands in what it printed.
    if done.returncode not in (0, 2, 3):
        sys.exit(f"{name}: conform ends with exit code {done.returncode}:\n{done.stderr[-3000:]}")
    print(f"{TITLES[name]}: conform {' '.join(flags)} ends with exit code {done.returncode}\n{done.stderr[-2000:]}",
          flush=True)
    runs = json.loads(report.read_text())["runs"]
    return next(run for run in runs if not run["target"].endswith("older validation"))


def write_table(runs):
    lines = [f"| target | cases | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 2)}"]
    for name, title in TITLES.items():
        outcomes = [one["outcome"] for tape in runs[name]["tapes"] for one in tape["interactions"]]
        counts = [len(outcomes), *(sum(one in kinds for one in outcomes) for kinds in COLUMNS.values())]
        label = title if name == "emulator" else f"{title} {version(name)}"
        lines.append(f"| {label} | {' | '.join(f'{count:,}' for count in counts)} |")
    readme = ROOT / "README.md"
    today = datetime.now(timezone.utc)
    text, tables = re.subn(r"(?m)^\| target \| cases \|.*\n(\|.*\n)+", "\n".join(lines) + "\n", readme.read_text())
    text, days = re.subn(r"(Five targets in one run, on )\d+ \w+ \d+", rf"\g<1>{today.day} {today:%B %Y}", text)
    if (tables, days) != (1, 1):
        sys.exit("README.md has no table of five targets, or two")
    readme.write_text(text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
