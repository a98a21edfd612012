"""A newcomer can type every command of CONTRIBUTING.md."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

from tests.docs.pages import ROOT, steps

PAGE = ROOT / "CONTRIBUTING.md"
TEXT = PAGE.read_text(encoding="utf-8")
SPANS = re.findall(r"`((?:python -m|nox)(?: [^`]+)?)`", TEXT)
COMMANDS = sorted({*(step.command for step in steps(PAGE)), *SPANS})
SESSIONS = set(
    re.findall(r"@nox\.session.*\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8"))
)
MODULES = [c for c in COMMANDS if c.startswith("python -m ")]
GENERATORS = [c for c in MODULES if " > " in c]
INSTALLING = ("python3 -m venv ", ". .venv/bin/activate", "pip install ")
HARMLESS = {"ruff format .": "ruff format --check .", "tojimari rules list": "-m agent rules list"}

YET_TO_COME: tuple[str, ...] = ()
"""Modules that the page names already; each must leave this list on the day it exists."""


def params(commands: list[str]) -> list[Any]:
    """Mark the commands whose module is yet to come."""
    late = pytest.mark.xfail(reason="the module is yet to come", strict=True)
    return [pytest.param(c, marks=[late] if c.split()[2] in YET_TO_COME else []) for c in commands]


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_command_is_of_a_kind_that_is_checked_here() -> None:
    assert len(COMMANDS) > 15
    for command in COMMANDS:
        checked = (*INSTALLING, "pytest ", "nox", "python -m ", *HARMLESS)
        assert command.startswith(checked), command
        for file in re.findall(r"(?<=-r )\S+", command):
            assert (ROOT / file).is_file()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("nox")])
def test_a_session_of_nox_exists_and_so_do_the_tests_that_it_is_given(command: str) -> None:
    words = shlex.split(command)[1:]
    ours, theirs = (
        (words[: words.index("--")], words[words.index("--") + 1 :])
        if "--" in words
        else (words, [])
    )
    assert set(ours[1:]) <= SESSIONS
    assert all((ROOT / word).exists() for word in theirs)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("pytest ")])
def test_the_tests_that_are_shown_pass(command: str) -> None:
    assert "passed" in run("-m", *shlex.split(command), "-n", "0", "-v")


@pytest.mark.parametrize("command", sorted(HARMLESS.values()))
def test_a_command_that_could_change_a_file_has_nothing_to_change(command: str) -> None:
    run(*(["-m"] if command.startswith("ruff") else []), *shlex.split(command))


def test_every_page_is_wrapped_already() -> None:
    run("-m", "tools.wrap_markdown", "--check")


@pytest.mark.parametrize("command", params(MODULES))
def test_a_module_that_is_run_exists(command: str) -> None:
    assert find_spec(command.split()[2]) is not None


@pytest.mark.parametrize("command", params(GENERATORS))
def test_a_generated_file_is_what_its_command_writes(command: str) -> None:
    module, _, file = command.removeprefix("python -m ").partition(" > ")
    assert run("-m", *module.split()) == (ROOT / file).read_text(encoding="utf-8")
