"""`scan --scheduled`: nobody looks on, so the machine is told how it ended."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

import typer

from agent.text import Text, chosen

if TYPE_CHECKING:
    from agent.report.summary import Summary


class Unwatched:
    """Announces the end of a run, also of one that never began. Not watched, not announced."""

    def __init__(self, language: str, *, scheduled: bool) -> None:
        self._text = Text(chosen(language or "auto"))
        self._scheduled = scheduled

    def __enter__(self) -> Unwatched:
        """Begin to look after a run."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """What stopped the run is announced and goes its way."""
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
        """A run that came to its end: what it found, and what it could not do."""
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
