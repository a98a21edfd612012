"""A scheduled job, and how to run the tools of the system."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from agent.errors import ConfigError
from connectors.sdk.message import say

NAME = "tojimari"
SYSTEM = "SYSTEM"
TOOL_TIMEOUT = 60
"""Seconds that a tool of the system may take: an installer waits for it."""


class Day(StrEnum):
    """A day of the week."""

    MON = "Monday"
    TUE = "Tuesday"
    WED = "Wednesday"
    THU = "Thursday"
    FRI = "Friday"
    SAT = "Saturday"
    SUN = "Sunday"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """A command that runs on a schedule.

    Attributes:
        command: The program and its arguments; no shell is used.
        at: The local time of day.
        days: The days of the week; empty for every day.
        spread_minutes: The longest random delay, so that many machines do not start at once.
        account: The account that it runs as: `SYSTEM`, `EXAMPLE\\tojimari$` (a gMSA), another
            account; on Linux a user. Empty for SYSTEM or the user who installs it.
        registered_at: The first moment that counts, local time.
    """

    command: tuple[str, ...]
    at: time
    registered_at: datetime
    days: tuple[Day, ...] = ()
    spread_minutes: int = 30
    account: str = ""

    @property
    def first_run(self) -> datetime:
        """Return the first time of day that is still ahead."""
        today = datetime.combine(self.registered_at.date(), self.at)
        return (
            today if today > self.registered_at.replace(tzinfo=None) else today + timedelta(days=1)
        )


def run_tool(*words: str, interactive: bool = False, timeout: float = TOOL_TIMEOUT) -> str:
    """Run a tool of the system and return its output.

    Raise `ConfigError` if the tool does not exist, does not end in time or fails; the error has its
    exit code and its last line, in the language of the system.

    Args:
        words: The tool and its arguments.
        interactive: Let the tool use the terminal; then nothing is returned.
        timeout: The timeout in seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- no shell
            words,
            capture_output=not interactive,
            check=False,
            timeout=None if interactive else timeout,
        )
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise ConfigError(say("schedule.no_tool", tool=words[0], detail=detail)) from None
    except subprocess.TimeoutExpired:
        raise ConfigError(say("schedule.no_answer", tool=words[0], seconds=timeout)) from None
    if done.returncode:
        lines = _decode(done.stderr or done.stdout or b"").split("\n")
        detail = next((line for line in reversed(lines) if line.strip()), "").strip()
        raise ConfigError(
            say("schedule.refused", tool=words[0], code=done.returncode, detail=detail)
        )
    return _decode(done.stdout or b"")


def _decode(said: bytes) -> str:
    """Return output as text; tools of Windows use the code page of the console."""
    encoding = "oem" if sys.platform == "win32" else "utf-8"
    return said.decode(encoding, errors="replace").replace("\r\n", "\n").strip()
