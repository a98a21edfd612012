"""The first second with the program."""

import os
import subprocess
import sys

import pytest

VENDORS = ("msal", "googleapiclient", "simple_salesforce", "sqlalchemy", "requests", "rich")


def test_help_comes_at_once() -> None:
    spent: list[float] = []
    for _ in range(5):  # the machine may be busy: what counts is the program's own time
        before = sum(os.times()[2:4])
        subprocess.run([sys.executable, "-m", "agent", "--help"], check=True, capture_output=True)
        spent.append(sum(os.times()[2:4]) - before)
    assert min(spent) < 0.4


def test_no_vendor_library_is_imported_before_it_is_needed() -> None:
    check = f"import sys, agent.cli; print([m for m in {VENDORS!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("language", "word"), [("en", "Collect"), ("ja", "収集")])
def test_help_speaks_the_language_of_the_desk(language: str, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent", "--help"],
        capture_output=True,
        env={"LANG": f"{language}_XX.UTF-8", "PATH": "", "PYTHONPATH": "."},
    )
    assert word in done.stdout.decode()


def shown(*words: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *words],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "TOJIMARI_LANG": language},
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [(), ("scan",), ("findings",), ("findings", "list"), ("waive",), ("schedule", "remove")],
)
def test_the_short_form_shows_the_same_help(words: tuple[str, ...]) -> None:
    long, short = shown(*words, "--help"), shown(*words, "-h")
    assert (short.returncode, short.stderr) == (0, "")
    assert short.stdout == long.stdout
    assert "-h, --help" in short.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--lang", "ja", "--help"),
        ("--lang=ja", "-h"),
        ("--lang", "ja", "scan", "-h"),
        ("scan", "--lang", "ja", "-h"),
        ("findings", "--lang", "ja", "list", "-h"),
        ("--lang", "en", "findings", "list", "--lang", "ja", "-h"),
    ],
)
def test_help_speaks_the_language_that_was_typed_last(words: tuple[str, ...]) -> None:
    done = shown(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "表示言語" in done.stdout
    assert "The language of all texts" not in done.stdout


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_command_argument_or_option_is_without_its_text(language: str) -> None:
    check = """
from typer.main import get_command
from agent.cli.app import app
from agent.cli.options import MISSING

def texts(command):
    yield from (command.help, command.epilog, *(getattr(p, "help", "") for p in command.params))
    for inner in getattr(command, "commands", {}).values():
        yield from texts(inner)

print(sorted({text.strip() for text in texts(get_command(app)) if MISSING in (text or "")}))
"""
    done = subprocess.run(
        [sys.executable, "-c", check],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "TOJIMARI_LANG": language},
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
