"""Tools of the system: what they say, and what becomes of those that say nothing."""

import sys

import pytest

from agent.errors import ConfigError
from agent.host.job import run_tool


def test_what_a_tool_says_is_handed_on() -> None:
    assert run_tool(sys.executable, "-c", "print('done')") == "done"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("/nowhere/schtasks",), r"schedule\.no_tool"),
        ((sys.executable, "-c", "raise SystemExit('not you')"), r"schedule\.refused.*not you"),
    ],
)
def test_a_tool_that_refuses_is_quoted(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        run_tool(*words)


def test_a_tool_that_hangs_does_not_hold_up_an_installer() -> None:
    wait = "import threading; threading.Event().wait(60)"
    with pytest.raises(ConfigError, match=r"schedule\.no_answer"):
        run_tool(sys.executable, "-c", wait, timeout=0.1)
