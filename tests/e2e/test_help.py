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
