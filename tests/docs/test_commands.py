"""The commands of the pages are run as they stand there, against the tenants of the demo.

A block told as `console` is a terminal: what follows `$ ` is typed, the rest is shown, and `...`
stands for what differs from run to run. The pages for real tenants are run with the addresses and
keys of the demo laid over what `init` wrote.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tests.docs.pages import DOCS, ROOT, Step, steps

SERVING = "tojimari demo --serve"
INCOMPLETE = 4  # the tenants of the demo have rooms that do not open, and these two say so
TELLING = ("tojimari scan", "tojimari judge")
SERVICES = ("google", "m365", "salesforce")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")


class Terminal:
    """A shell in a room of its own: no home, no configuration, a width of 80."""

    def __init__(self, room: Path, language: str) -> None:
        self.folder = room
        program = room / "bin" / "tojimari"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agent "$@"\n', encoding="utf-8")
        program.chmod(0o700)
        self._before: list[str] = []
        self._environment = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(room),
            "LANG": {"en": "en_US.UTF-8", "ja": "ja_JP.UTF-8"}[language],
            "COLUMNS": "80",
        }

    def run(self, command: str) -> tuple[int, str]:
        """Type a command; its code, and all that it said. A folder or a variable stays."""
        typed = [*self._before, command]
        if command.startswith("cd ") or re.match(r"[A-Z0-9]+=", command):
            self._before = typed
        done = subprocess.run(
            ["sh", "-c", "\n".join(typed)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return done.returncode, done.stdout

    @contextmanager
    def serving(self) -> Generator[str]:
        """`tojimari demo --serve` in another terminal; what it shows once it is ready."""
        process = subprocess.Popen(
            ["sh", "-c", f"exec {SERVING}"],
            cwd=self.folder,
            env=self._environment,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        try:
            assert process.stderr is not None
            yield "".join(process.stderr.readline() for _ in range(len(SERVICES) + 1))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def follow(typed: Iterable[Step], terminal: Terminal, served: str = "") -> None:
    """Type what a page shows; each answer is what the page says."""
    for step in typed:
        if step.command == SERVING:
            agrees(step.shown, served)
            continue
        command = addressed(step.command, served)
        code, said = terminal.run(command)
        fine = (0, INCOMPLETE) if command.startswith(TELLING) else (0,)
        assert code in fine, f"$ {command}\n{said}"
        if step.shown:
            agrees(step.shown, said)


def agrees(shown: str, said: str) -> None:
    """Wherever lines break: Japanese breaks inside words."""
    pattern = ".*".join(re.escape("".join(part.split())) for part in shown.split("..."))
    same = re.fullmatch(pattern, "".join(said.split()), re.DOTALL)
    assert same, f"the page shows:\n{shown}\n\nthe program says:\n{said}"


def addressed(command: str, served: str) -> str:
    """`M365=https://127.0.0.1:38295`, with the port of today."""
    name, _, value = command.partition("=")
    if name.lower() not in SERVICES or not value.startswith("https://127.0.0.1:"):
        return command
    return f"{name}={dict(line.split()[:2] for line in served.splitlines()[:3])[name.lower()]}"


def language_of(page: Path) -> str:
    return "ja" if page.name.endswith(".ja.md") else "en"


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_whoever_has_nothing_but_the_readme_gets_through_all_of_it(
    name: str, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, language_of(Path(name)))
    first, *rest = steps(ROOT / name)
    assert first.command == "tojimari demo"
    assert SERVING in [step.command for step in rest]
    follow([first], terminal)
    with terminal.serving() as served:
        follow(rest, terminal, served)


@pytest.mark.parametrize("name", ["renewal.md", "renewal.ja.md", "policy.md", "policy.ja.md"])
def test_a_walk_through_the_demo_arrives(name: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, language_of(Path(name)))
    with terminal.serving() as served:
        terminal.run("cd tojimari-demo")
        follow(steps(DOCS / name), terminal, served)


def test_the_quick_starts_lead_from_init_to_findings(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "en")
    with terminal.serving():
        for service in SERVICES:
            (tmp_path / service).mkdir()
            terminal.run(f"cd {tmp_path / service}")
            init, *rest = steps(DOCS / "quick-start" / f"{service}.md")
            follow([init], terminal)
            lay_over(tmp_path / service / "config.toml", tmp_path / "tojimari-demo", service)
            follow(rest, terminal)


def lay_over(file: Path, demo: Path, service: str) -> None:
    """The demo's addresses and keys, where the page has those of a real tenant."""
    ours: dict[str, Any] = tomllib.loads((demo / "config.toml").read_text(encoding="utf-8"))
    mine: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    assert (
        mine["connectors"][service].keys() - {"certificate"} <= ours["connectors"][service].keys()
    )
    mine["connectors"][service] = ours["connectors"][service]
    mine["network"] = ours["network"]
    file.write_text(tomli_w.dumps(mine), encoding="utf-8")
    for key in (*demo.glob("*.pem"), *demo.glob("*.key"), *demo.glob("*.json")):
        shutil.copy2(key, file.parent)


@pytest.mark.parametrize("service", SERVICES)
def test_a_quick_start_types_the_same_in_both_languages(service: str) -> None:
    pages = (DOCS / "quick-start" / f"{service}{ending}" for ending in (".md", ".ja.md"))
    english, japanese = ([step.command for step in steps(page)] for page in pages)
    assert english == japanese
