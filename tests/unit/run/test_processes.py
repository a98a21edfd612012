"""Work in other processes comes in turns, and leaves nobody behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from multiprocessing import active_children
from pathlib import Path

import pytest

from agent.run.processes import WorkerDiedError, map_in_processes


def up_to(last: int) -> Iterator[int]:
    yield from range(last)


def without_end(start: int) -> Iterator[int]:
    yield from count(start)


def falling(_: int) -> Iterator[int]:
    yield 1
    raise ZeroDivisionError


def test_what_they_yield_comes_in_turns_until_one_has_no_more() -> None:
    assert list(map_in_processes(up_to, [2, 2])) == [0, 0, 1, 1]
    assert list(map_in_processes(up_to, [3, 2, 2])) == [0, 0, 0, 1, 1, 1, 2]
    assert active_children() == []


def test_one_that_falls_is_an_error_here_and_not_an_end(capfd: pytest.CaptureFixture[str]) -> None:
    results = map_in_processes(falling, [0])
    assert next(results) == 1
    with pytest.raises(WorkerDiedError, match="exit code 1"):
        next(results)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_whoever_stops_listening_ends_them() -> None:
    results = map_in_processes(without_end, [0, 10])
    assert [next(results) for _ in range(4)] == [0, 10, 1, 11]
    results.close()
    assert active_children() == []


PARENT = """
from agent.run.processes import map_in_processes
from tests.unit.run.test_processes import without_end

if __name__ == "__main__":
    for one in map_in_processes(without_end, [0, 10]):
        print(one, flush=True)
"""


def test_they_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="ascii")
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"0\n"
    parent.send_signal(signal.SIGKILL)
    _, err = parent.communicate(timeout=60)  # ends when nobody is left who could write
    assert err == b""
