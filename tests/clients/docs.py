#!/usr/bin/env python3
"""The pages of docs/ do what they say: every block of code is run, as printed.

    tests/clients/upstreams.sh install clients
    tests/clients/kit.sh                       # the Python package, as a wheel
    js/test.sh                                 # the JavaScript package
    tests/clients/docs.py [PAGE]...            # such as docs/cookbook.md; without, all of them and README.md

Each page is run by itself, in a folder and a network of its own (loopback only, so ports are free and nobody else can
be asked). In the folder is what `tests/clients/docs/PAGE/` has: files that a page takes for its reader's own. From the
top to the bottom, by the word after the three backticks:

    console      `$ command` lines. Each has to succeed, unless `echo $?` is the next. Lines below one are what it
                 prints, standard error too; `...` stands for anything, and a line of it for any lines. Nothing below:
                 not looked at. A server (`dynatape serve` and others without a command to run) stays until a later
                 block starts one, or the page ends; what is exported (`export NAME=VALUE`), to the end of the block.
    python, js,  a program, run as it is. With a file's name as its first line (`# orders.py`, `// orders.mjs`), or
    sh           after the language (`json orders.json`), it is written there, and a later block has to name it.
    json, toml,  parsed, and likewise written.
    ini
    yaml         parsed. Of a workflow of GitHub's, what it runs with `action.yml` is run, with CI=true.
    text         a picture, a list, an answer: nothing to run.

A block with `no-run` after its language has an HTML comment before it, `<!-- not run: WHY -->`. Blocks that other tests
run are named in ELSEWHERE (page.py). Prints a line a block; exits with 1 if one failed, for a page that docs/README.md
does not list, and for a link that leads nowhere.

Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh, KIT (default: what kit.sh
installed), a folder with the package `dynatape`.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from page import ROOT, Page, Wrong
from running import DYNATAPE, PEERS

INDEX = ROOT / "docs/README.md"
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


# ---- what a reader has installed

def install(folder):
    """The command, Python with the package and pytest, Node.js with the package, the SDK and the runners."""
    tests = next((PEERS / "venv-kit/lib").glob("python3*/site-packages"), None)
    for needed, by in ((DYNATAPE, "cargo build"), (PEERS / "venv/bin/python", "upstreams.sh install"),
                       (tests, "kit.sh"), (ROOT / "js/app/node_modules/dynatape", "js/test.sh")):
        if needed is None or not needed.exists():
            raise Wrong(f"{needed or 'the environment of the kit'} is not there: {by} makes it")
    (folder / ".bin").mkdir()
    (folder / ".bin/dynatape").symlink_to(DYNATAPE)
    pytest = folder / ".bin/pytest"
    pytest.write_text('#!/bin/sh\nexec python -m pytest "$@"\n')
    pytest.chmod(0o755)
    # boto3, moto and vcrpy are those of the clients' environment; of the kit's only what that has not.
    kit = Path(os.environ.get("KIT") or tests)
    (folder / ".site").mkdir()
    for place, names in ((kit, ["dynatape", "dynatape-*.dist-info"]),
                         (tests, ["*pytest", "pytest-*", "xdist", "pytest_xdist*", "execnet*", "pluggy*", "iniconfig*",
                                  "packaging*", "pygments", "py.py"])):
        for name in names:
            for package in place.glob(name):
                (folder / ".site" / package.name).symlink_to(package.resolve())
    modules = folder / "node_modules"
    modules.mkdir()
    for package in [*(ROOT / "js/node_modules").glob("*"), ROOT / "js/app/node_modules/dynatape"]:
        if package.name != "dynatape" or "app" in package.parts:
            (modules / package.name).symlink_to(package)


def run_here(name):
    with tempfile.TemporaryDirectory(prefix="docs-") as folder:
        try:
            install(Path(folder))
            page = Page(name, Path(folder))
        except Wrong as reason:
            sys.exit(f"{name}: {reason}")
        try:
            failed = page.run()
        finally:
            page.stop_servers()
    sys.exit(1 if failed else 0)


# ---- all of them

def alone(name):
    """In a network that has nothing but its own loopback."""
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"',
               PEERS / "venv/bin/python", __file__, "--here", name]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def unlisted():
    text = INDEX.read_text()
    return [f"docs/README.md does not list {page.name}" for page in sorted(INDEX.parent.glob("*.md"))
            if page != INDEX and f"({page.name})" not in text]


def astray(name):
    """Links within the project that lead nowhere."""
    page = ROOT / name
    for file, _, anchor in (link.partition("#") for link in LINK.findall(page.read_text())):
        target = (page.parent / file).resolve() if file else page
        if not target.exists():
            yield f"{name} links to {file}, which is not there"
        elif anchor and anchor not in map(slug, HEADING.findall(target.read_text())):
            yield f"{name} links to {file}#{anchor}: no such heading"


def slug(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def main():
    names = sys.argv[1:] or ["README.md", *(str(page.relative_to(ROOT)) for page in sorted(INDEX.parent.glob("*.md")))]
    began, failed = time.monotonic(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for name, ran in zip(names, workers.map(alone, names)):
            print(ran.stdout, end="", flush=True)
            if ran.returncode:
                failed.append(name)
    for wrong in [*unlisted(), *(wrong for name in names for wrong in astray(name))]:
        print(wrong)
        failed.append(wrong.split()[0])
    wrong = f"; wrong: {', '.join(failed)}" if failed else ""
    print(f"{len(names)} pages in {time.monotonic() - began:.0f} s{wrong}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        run_here(sys.argv[2])
    main()
