"""`scan --scheduled`: write the result to the event log of the machine."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

import typer

from agent.text import Text, chosen

if TYPE_CHECKING:
    from agent.report.summary import Summary


class Unwatched:
    """Writes an event at the end of a scheduled run, also of one that could not start.

    It does nothing for a run that is not scheduled.
    """

    def __init__(self, language: str, *, scheduled: bool) -> None:
        self._text = Text(chosen(language or "auto"))
        self._scheduled = scheduled

    def __enter__(self) -> Unwatched:
        """Return this object."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """Write an event for the exception that ended the run; the exception passes."""
        from agent.cli.log import place
        from agent.host.events import BUSY, FAILED, announce
        from agent.run.exits import Exit

        if not self._scheduled or error is None or isinstance(error, KeyboardInterrupt):
            return
        code = error.exit_code if isinstance(error, typer.Exit) else Exit.BUG
        if code == Exit.LOCKED:
            announce(BUSY, self._text)
        else:
            announce(FAILED, self._text, code=int(code), log=place())

    def ended(self, summary: Summary) -> None:
        """Write the events of a run that ended: failures, or the number of its findings."""
        from agent.cli.log import place
        from agent.host.events import FAILED, FINISHED, INCOMPLETE, UNDELIVERED, announce
        from agent.run.exits import Exit

        if not self._scheduled:
            return
        codes = {summary.exit_code, *summary.also}
        run, folder = summary.run_id, summary.folder
        if Exit.NO_SIGN_IN in codes:
            announce(FAILED, self._text, code=int(Exit.NO_SIGN_IN), log=place())
        if Exit.UNDELIVERED in codes:
            waiting = sum(line.pending for line in summary.deliveries)
            announce(UNDELIVERED, self._text, run=run, pending=waiting)
        if Exit.INCOMPLETE in codes:
            unread = len(summary.numbers.unread)
            announce(INCOMPLETE, self._text, run=run, unread=unread, folder=folder)
        if codes.isdisjoint({Exit.NO_SIGN_IN, Exit.UNDELIVERED, Exit.INCOMPLETE}):
            counts = {"findings": summary.numbers.findings, "tonight": summary.numbers.tonight}
            announce(FINISHED, self._text, run=run, folder=folder, **counts)
