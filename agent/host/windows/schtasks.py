"""The Task Scheduler by `schtasks`, which every Windows has, Server Core too."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from agent.errors import ConfigError
from agent.host.job import Plan, called
from agent.host.windows.task import has_password, xml_of
from connectors.sdk.message import say

_FOLDER_AND_NAME = r"\tojimari\audit"


class TaskScheduler:
    """One task, `\\tojimari\\audit`; only its exit code is judged, its words are the system's."""

    def files(self, plan: Plan) -> dict[str, bytes]:
        """The task as XML, for a group policy, Intune or `Register-ScheduledTask`."""
        return {"tojimari-audit.xml": xml_of(plan)}

    def install(self, plan: Plan) -> None:
        """Register the task. An account with a password is asked for it by Windows itself."""
        asks = has_password(plan.account)
        if asks and not sys.stdin.isatty():
            raise ConfigError(say("schedule.needs_password", account=plan.account))
        whose = ("/ru", plan.account, "/rp", "*") if asks else ()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(xml_of(plan))
            words = ("/create", "/tn", _FOLDER_AND_NAME, "/xml", str(file), *whose, "/f")
            called(_tool(), *words, talking=asks)

    def remove(self) -> None:
        """Take the task away."""
        called(_tool(), "/delete", "/tn", _FOLDER_AND_NAME, "/f")

    def status(self) -> str | None:
        """What Windows says about the task."""
        try:
            return called(_tool(), "/query", "/tn", _FOLDER_AND_NAME, "/v", "/fo", "list")
        except ConfigError:  # code 1 stands for "no such task", whatever the language
            return None


def _tool() -> str:
    """By its full path: a program of the same name elsewhere is not asked."""
    return str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "schtasks.exe")
