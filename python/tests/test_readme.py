"""The page does what it says, as printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "README.md"
BLOCKS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE.read_text(), re.DOTALL))


@pytest.fixture
def folder(tmp_path):
    for name, block in BLOCKS.items():
        (tmp_path / name).write_text(block)
    return tmp_path


def test_every_block_has_a_name_and_is_run():
    assert PAGE.read_text().count("```python") == len(BLOCKS) == 5


def test_the_tests_of_the_page_pass(folder):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert (ran.returncode, "3 passed" in ran.stdout) == (0, True), ran.stdout


@pytest.mark.parametrize("name", ["without_pytest.py", "served.py"])
def test_the_programs_of_the_page_run(folder, name):
    subprocess.run([sys.executable, name], check=True, cwd=folder, timeout=60)


def test_types_are_right_by_the_strictest_rules(folder):
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache")]
    for cwd, files in ((folder, sorted(BLOCKS)), (PAGE.parent, ["-p", "dynatape"])):
        ran = subprocess.run([*command, *files], capture_output=True, text=True, cwd=cwd)
        assert ran.returncode == 0, ran.stdout
