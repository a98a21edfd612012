"""A scheduled job and how to call the tools of the system; `linux` and `windows` build on it."""

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
PATIENCE = 60
"""Seconds for a tool of the system: an installer waits for us, and a service may hang."""


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
class Plan:
    """One command that runs again and again.

    Attributes:
        command: The program and its words; no shell reads them.
        at: Local time of the day.
        days: On which days; every day when empty.
        spread_minutes: Begin up to so much later, by chance: a fleet does not knock at once.
        account: Whose rights it has: `SYSTEM`, `EXAMPLE\\tojimari$` (a gMSA), another account; on
            Linux a user. Empty for SYSTEM or the user who installs it.
        begins: The first moment that counts, local time.
    """

    command: tuple[str, ...]
    at: time
    begins: datetime
    days: tuple[Day, ...] = ()
    spread_minutes: int = 30
    account: str = ""

    @property
    def first(self) -> datetime:
        """The first time of the day that is still to come."""
        today = datetime.combine(self.begins.date(), self.at)
        return today if today > self.begins.replace(tzinfo=None) else today + timedelta(days=1)


def called(*words: str, talking: bool = False, patience: float = PATIENCE) -> str:
    """What a tool of the system says; or let it talk with the person at the terminal itself.

    Raises `ConfigError` with the code it left with and its last line, in the system's language.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- no shell
            words, capture_output=not talking, check=False, timeout=None if talking else patience
        )
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise ConfigError(say("schedule.no_tool", tool=words[0], detail=detail)) from None
    except subprocess.TimeoutExpired:
        raise ConfigError(say("schedule.no_answer", tool=words[0], seconds=patience)) from None
    if done.returncode:
        lines = _read(done.stderr or done.stdout or b"").split("\n")
        detail = next((line for line in reversed(lines) if line.strip()), "").strip()
        raise ConfigError(
            say("schedule.refused", tool=words[0], code=done.returncode, detail=detail)
        )
    return _read(done.stdout or b"")


def _read(said: bytes) -> str:
    """Tools of Windows speak the code page of the console, whatever this process uses."""
    encoding = "oem" if sys.platform == "win32" else "utf-8"
    return said.decode(encoding, errors="replace").replace("\r\n", "\n").strip()
