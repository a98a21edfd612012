"""The scheduler of this machine; `windows` and `linux` hold the implementations."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Protocol

from agent.errors import ConfigError
from agent.host.job import ScheduledJob
from connectors.sdk.message import say


class Scheduler(Protocol):
    """Runs a job on one system. Methods raise `ConfigError` if the system refuses."""

    def files(self, job: ScheduledJob) -> dict[str, bytes]:
        """Return the definition of the job for this system, by file name.

        Raise `ConfigError` if the system cannot run the job as this account.
        """
        ...

    def install(self, job: ScheduledJob) -> None:
        """Install the job, replacing an earlier one. Raise `ConfigError` if the system refuses."""
        ...

    def remove(self) -> None:
        """Remove the job. Raise `ConfigError` if there is none."""
        ...

    def status(self) -> str | None:
        """Return the system's own report on the job; None if there is none."""
        ...


def scheduler(system: str = sys.platform) -> Scheduler:
    """Return the scheduler of a system. Raise `ConfigError` if it has none that is supported."""
    if system == "win32":
        from agent.host.windows.schtasks import TaskScheduler

        return TaskScheduler()
    if system == "linux":
        from agent.host.linux.systemd import Systemd

        return Systemd.of_account(getpass.getuser())
    raise ConfigError(say("schedule.no_scheduler", system=system))


def command_of(configuration: Path) -> tuple[str, ...]:
    """Return the command of the scheduled scan, with absolute paths."""
    frozen = bool(getattr(sys, "frozen", False))
    program = (sys.executable,) if frozen else (sys.executable, "-m", "agent")
    return (*program, "scan", "--scheduled", "--config", str(configuration.absolute()))
