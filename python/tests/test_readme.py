"""The page does what it says, as printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "README.md"
BLOCKS = dict(re.findall(r"```\w+\n# (\w+\.\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL))
PROGRAMS = ["costs.py", "served.py", "without_pytest.py"]


@pytest.fixture
def folder(tmp_path):
    for name, block in BLOCKS.items():
        (tmp_path / name).write_text(block)
    return tmp_path


def test_every_block_has_a_name_and_is_run():
    text = PAGE.read_text()
    assert text.count("```python") + text.count("```ini") == len(BLOCKS) == 8


def test_the_tests_of_the_page_pass_and_are_replayed(folder):
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    for record in ("auto", "off"):
        ran = subprocess.run([*command, f"--dynatape-record={record}"], capture_output=True,
                             text=True, cwd=folder, env=environment)
        assert (ran.returncode, "4 passed" in ran.stdout) == (0, True), ran.stdout
    assert (folder / "tapes/test_checkout/test_a_checkout_is_kept.tape").exists()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_of_the_page_run(folder, name):
    subprocess.run([sys.executable, name], check=True, cwd=folder, timeout=60)


def test_types_are_right_by_the_strictest_rules(folder):
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache")]
    examples = sorted(name for name in BLOCKS if name.endswith(".py"))
    for cwd, files in ((folder, examples), (PAGE.parent, ["-p", "dynatape"])):
        ran = subprocess.run([*command, *files], capture_output=True, text=True, cwd=cwd)
        assert ran.returncode == 0, ran.stdout
