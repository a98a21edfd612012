"""Run a job by the Task Scheduler with `schtasks`, which is on every Windows."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from agent.errors import ConfigError
from agent.host.job import ScheduledJob, run_tool
from agent.host.windows.task import has_password, to_xml
from connectors.sdk.message import say

_TASK_NAME = r"\tojimari\audit"


class TaskScheduler:
    """The task `\\tojimari\\audit`. Only exit codes of `schtasks` count: output is localized."""

    def files(self, job: ScheduledJob) -> dict[str, bytes]:
        """Return the task as XML, for a group policy, Intune or `Register-ScheduledTask`."""
        return {"tojimari-audit.xml": to_xml(job)}

    def install(self, job: ScheduledJob) -> None:
        """Register the task; Windows itself asks for the password of an account that has one.

        Raise `ConfigError` if a password is needed without a terminal, or if Windows refuses.
        """
        asks = has_password(job.account)
        if asks and not sys.stdin.isatty():
            raise ConfigError(say("schedule.needs_password", account=job.account))
        whose = ("/ru", job.account, "/rp", "*") if asks else ()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(to_xml(job))
            words = ("/create", "/tn", _TASK_NAME, "/xml", str(file), *whose, "/f")
            run_tool(_tool(), *words, interactive=asks)

    def remove(self) -> None:
        """Delete the task. Raise `ConfigError` if Windows refuses."""
        run_tool(_tool(), "/delete", "/tn", _TASK_NAME, "/f")

    def status(self) -> str | None:
        """Return the report of Windows on the task; None if there is none."""
        try:
            return run_tool(_tool(), "/query", "/tn", _TASK_NAME, "/v", "/fo", "list")
        except ConfigError:  # code 1 stands for "no such task", whatever the language
            return None


def _tool() -> str:
    """Return the full path of `schtasks`, so that no other program of this name runs."""
    return str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "schtasks.exe")
