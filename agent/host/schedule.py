"""The scheduler of this machine. What a job becomes on a system lies in `windows` and `linux`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Protocol

from agent.errors import ConfigError
from agent.host.job import Plan
from connectors.sdk.message import say


class Scheduler(Protocol):
    """What runs a plan on one system. Each raises `ConfigError` where the system refuses."""

    def files(self, plan: Plan) -> dict[str, bytes]:
        """What is handed to the system, by file name."""
        ...

    def install(self, plan: Plan) -> None:
        """Make the system run the plan, in place of an earlier one."""
        ...

    def remove(self) -> None:
        """Take it away again."""
        ...

    def status(self) -> str | None:
        """What the system says about it, in its own words; None when there is none."""
        ...


def scheduler(system: str = sys.platform) -> Scheduler:
    """The one of this machine. Raises `ConfigError`."""
    if system == "win32":
        from agent.host.windows.schtasks import TaskScheduler

        return TaskScheduler()
    if system == "linux":
        from agent.host.linux.systemd import Systemd

        return Systemd.of_account(getpass.getuser())
    raise ConfigError(say("schedule.no_scheduler", system=system))


def command_of(configuration: Path) -> tuple[str, ...]:
    """The scheduled scan: by full paths, whatever folder it is started in."""
    frozen = bool(getattr(sys, "frozen", False))
    program = (sys.executable,) if frozen else (sys.executable, "-m", "agent")
    return (*program, "scan", "--scheduled", "--config", str(configuration.absolute()))
