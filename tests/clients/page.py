"""A page of docs/, block by block: what docs.py says of each language."""

import configparser
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

from running import HERE, PEERS

ROOT = HERE.parent.parent
OWN_FILES = HERE / "docs"
PATIENCE = 60
# Page and language, and the test that runs such blocks of it; it names the page.
ELSEWHERE = {
    ("docs/getting-started.md", "rust"): "src/testing/mod.rs",
    ("docs/rust.md", "rust"): "src/testing/mod.rs",
    ("docs/snapshots.md", "rust"): "src/testing/mod.rs",
    ("docs/control.md", "sh"): "tests/cli/control/guide.rs",
}
BLOCK = re.compile(r"(?:<!-- not run: (?P<why>[^>]*?) -->\n)?^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<text>.*?)^ *```$",
                   re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?:#|//) ([\w.-]+\.(?:py|mjs|cjs|js|sh|ini|toml))\n")
EXPORT = re.compile(r"export (\w+)=(\S+)")
# What waits for requests and is given no command to end with.
SERVER = re.compile(r"^dynatape (serve|record|replay|shadow)\b(?!.* -- )(?!.*-help)|&$")


class Wrong(Exception):
    """What a block did that its page does not say."""


class Block:
    def __init__(self, page, found):
        self.page, self.text, self.why = page, found["text"], found["why"]
        self.line = page.count("\n", 0, found.start("info")) + 1
        self.language, *more = found["info"].split() or [""]
        self.skipped = "no-run" in more
        names = [word for word in more if word != "no-run"]
        named = NAMED.match(self.text) if self.language not in ("console", "text") else None
        self.name = names[0] if names else named and named[1]
        if bool(self.why) != self.skipped:
            raise Wrong(f"line {self.line}: `no-run` and `<!-- not run: WHY -->` go together")


# ---- a page, in a folder and a network of its own

class Page:
    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        text = (ROOT / name).read_text()
        self.blocks = [Block(text, found) for found in BLOCK.finditer(text)]
        self.servers = []
        own = OWN_FILES / Path(name).with_suffix("").name
        if own.is_dir():
            shutil.copytree(own, folder, dirs_exist_ok=True)

    def run(self):
        failed = 0
        for block in self.blocks:
            began, wrong = time.monotonic(), ""
            try:
                did = self.run_block(block)
            except Wrong as reason:
                did, wrong, failed = "FAILED", str(reason), failed + 1
            took = time.monotonic() - began
            print(f"{self.name}:{block.line} {block.language}: {did}" + (f" ({took:.1f} s)" if took >= 0.1 else ""))
            # A traceback says what is wrong in its end.
            print("".join(f"    {line}\n" for line in wrong.splitlines()[-40:]), end="", flush=True)
        return failed

    def run_block(self, block):
        if block.skipped:
            return f"not run: {block.why}"
        elsewhere = ELSEWHERE.get((self.name, block.language))
        if elsewhere:
            if self.name not in (ROOT / elsewhere).read_text():
                raise Wrong(f"{elsewhere} does not name {self.name}")
            return f"run by {elsewhere}"
        if block.language not in LANGUAGES:
            raise Wrong(f"no rule for {block.language or 'a block without a language'!r}")
        if block.name:
            path = self.folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        did = LANGUAGES[block.language](self, block)
        if not block.name:
            return did
        self.used_later(block)
        return f"is {block.name}, which a later block names"

    def used_later(self, block):
        """What pytest reads without being told is used by any block that starts it."""
        later = "".join(other.text for other in self.blocks if other.line > block.line and not other.skipped)
        stem = block.name.partition(".")[0] if block.name.endswith(".py") else block.name
        if stem not in later and not (block.name in ("conftest.py", "pytest.ini") and "pytest" in later):
            raise Wrong(f"{block.name} is used by no later block")

    # ---- languages

    def program(self, block, *command):
        if block.name is None:
            self.succeeds([*command, "-"], block.text)
        return "run"

    def python(self, block):
        return self.program(block, "python")

    def js(self, block):
        return self.program(block, "node", "--input-type=module")

    def sh(self, block):
        return self.program(block, "bash", "-euo", "pipefail", "-s")

    def console(self, block):
        commands, more = read_commands(block.text), {}
        if any(SERVER.search(command) for command, _ in commands):
            self.stop_servers()
        for at, (command, expected) in enumerate(commands):
            asked = commands[at + 1][0] if at + 1 < len(commands) else ""
            if exported := EXPORT.fullmatch(command):
                more[exported[1]], code, said = exported[2], 0, ""
            elif command == "echo $?":
                code, said = 0, f"{code}\n"
            elif SERVER.search(command):
                code, said = 0, self.serve(command, expected)
            else:
                code, said = self.bash(command, more)
            if code and asked != "echo $?":
                raise Wrong(f"$ {command}\nexit code {code}\n{said}")
            if expected and not matches(expected, said):
                raise Wrong(f"$ {command}\nexpected:\n{expected}printed:\n{said}")
        if not commands:
            raise Wrong("no command")
        return f"{len(commands)} run"

    def yaml(self, block):
        import yaml  # of the clients' environment

        told = parsed(yaml.safe_load, yaml.YAMLError, block.text)
        steps = told if isinstance(told, list) else told.get("steps", []) or [
            step for job in told.get("jobs", {}).values() for step in job["steps"]]
        inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        commands = []
        for step in steps:
            if "/dynatape@" in step.get("uses", ""):
                given = step.get("with", {})
                if unknown := given.keys() - inputs.keys():
                    raise Wrong(f"action.yml has no input {', '.join(unknown)}")
                commands.append(given.get("run", "dynatape --version"))
        for command in commands:
            code, said = self.bash(command, {"CI": "true"})
            if code:
                raise Wrong(f"{command}\nexit code {code}\n{said}")
        return f"{len(commands)} run with CI=true" if commands else "parsed"

    def data(self, block):
        reader, error = DATA[block.language]
        # A tape, and JSON Lines, are objects one after the other.
        text = block.text
        while text:
            text = parsed(reader, error, text) or ""
        return "parsed"

    def text(self, _block):
        return "nothing to run"

    # ---- commands

    def environment(self, more=()):
        return {
            "PATH": os.pathsep.join([str(self.folder / ".bin"), str(PEERS / "venv/bin"), os.environ["PATH"]]),
            "PYTHONPATH": str(self.folder / ".site"), "HOME": str(self.folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "PAGER": "cat", "AWS_PAGER": "", "PYTHONDONTWRITEBYTECODE": "1", "NODE_NO_WARNINGS": "1",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", **dict(more),
        }

    def bash(self, command, more=()):
        return self.finished(["bash", "-uo", "pipefail", "-c", command], "", more)

    def succeeds(self, command, text):
        code, said = self.finished(command, text)
        if code:
            raise Wrong(f"exit code {code}\n{said}")

    def finished(self, command, text, more=()):
        program = subprocess.Popen(command, cwd=self.folder, env=self.environment(more), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            said, _ = program.communicate(text, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Wrong(f"no end after {PATIENCE} s: {command}") from None
        finally:
            stop(program)
        return program.returncode, said

    def serve(self, command, expected):
        """Until it has said what the page shows, or else where it listens."""
        log = self.folder / f".server-{len(self.servers)}"
        with log.open("w") as out:
            server = subprocess.Popen(["bash", "-c", f"exec {command.removesuffix('&')}"], cwd=self.folder,
                                      env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                      start_new_session=True)
        self.servers.append(server)
        deadline = time.monotonic() + PATIENCE
        while True:
            said = log.read_text()
            if matches(expected, said) if expected else "listening on" in said:
                return said
            if server.poll() is not None or time.monotonic() > deadline:
                raise Wrong(f"$ {command}\nexpected:\n{expected or 'listening on ...'}\nprinted:\n{said}")
            time.sleep(0.02)

    def stop_servers(self):
        for server in self.servers:
            stop(server)


# ---- what blocks are written in

def read_commands(text):
    """Commands and what is printed below each; one that ends in a backslash goes on."""
    commands = []
    for line in text.splitlines():
        if commands and commands[-1][0].endswith("\\"):
            commands[-1][0] += "\n" + line
        elif line.startswith("$ "):
            commands.append([line[2:], ""])
        elif commands:
            commands[-1][1] += line + "\n"
        else:
            raise Wrong(f"a line before the first command: {line}")
    return commands


def matches(expected, said):
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "...":
            pattern += "(?:.*\n)*?"
        else:
            pattern += ".*".join(map(re.escape, line.rstrip().split("..."))) + r"[ \t]*\n"
    return re.fullmatch(pattern, said if said.endswith("\n") or not said else said + "\n") is not None


def parsed(reader, error, text):
    try:
        return reader(text)
    except error as reason:
        raise Wrong(f"cannot be read: {reason}") from None


def read_json(text):
    _, end = json.JSONDecoder().raw_decode(text.lstrip())
    return text.lstrip()[end:].strip()


def read_toml(text):
    tomllib.loads(text)


def read_ini(text):
    configparser.ConfigParser().read_string(text)


DATA = {"json": (read_json, ValueError), "toml": (read_toml, ValueError), "ini": (read_ini, configparser.Error)}


LANGUAGES = {"console": Page.console, "python": Page.python, "js": Page.js, "sh": Page.sh, "yaml": Page.yaml,
             "json": Page.data, "toml": Page.data, "ini": Page.data, "text": Page.text}


def stop(program):
    if program.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
