"""`scan --scheduled`: write the result to the event log of the machine."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

import typer

from agent.text import Text, resolve_language

if TYPE_CHECKING:
    from agent.report.summary import Summary


class ScheduledRunReporter:
    """Writes an event at the end of a scheduled run, also of one that could not start.

    It does nothing for a run that is not scheduled.
    """

    def __init__(self, language: str, *, scheduled: bool) -> None:
        self._text = Text(resolve_language(language or "auto"))
        self._scheduled = scheduled

    def __enter__(self) -> ScheduledRunReporter:
        """Return this object."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """Write an event for the exception that ended the run; the exception passes."""
        from agent.cli.logging_setup import log_path
        from agent.host.event_log import BUSY, FAILED, write_event
        from agent.run.exit_codes import ExitCode

        if not self._scheduled or error is None or isinstance(error, KeyboardInterrupt):
            return
        code = error.exit_code if isinstance(error, typer.Exit) else ExitCode.BUG
        if code == ExitCode.LOCKED:
            write_event(BUSY, self._text)
        else:
            write_event(FAILED, self._text, code=int(code), log=log_path())

    def report_end(self, summary: Summary) -> None:
        """Write the events of a run that ended: failures, or the number of its findings."""
        from agent.cli.logging_setup import log_path
        from agent.host.event_log import FAILED, FINISHED, INCOMPLETE, UNDELIVERED, write_event
        from agent.run.exit_codes import ExitCode

        if not self._scheduled:
            return
        codes = {summary.exit_code, *summary.also}
        run, folder = summary.run_id, summary.folder
        if ExitCode.NO_SIGN_IN in codes:
            write_event(FAILED, self._text, code=int(ExitCode.NO_SIGN_IN), log=log_path())
        if ExitCode.UNDELIVERED in codes:
            waiting = sum(line.pending for line in summary.deliveries)
            write_event(UNDELIVERED, self._text, run=run, pending=waiting)
        if ExitCode.INCOMPLETE in codes:
            unread = len(summary.numbers.unread)
            write_event(INCOMPLETE, self._text, run=run, unread=unread, folder=folder)
        if codes.isdisjoint({ExitCode.NO_SIGN_IN, ExitCode.UNDELIVERED, ExitCode.INCOMPLETE}):
            counts = {"findings": summary.numbers.findings, "tonight": summary.numbers.tonight}
            write_event(FINISHED, self._text, run=run, folder=folder, **counts)
