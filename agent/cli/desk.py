"""Read the configuration, open the store and the log, report errors: the start of a command."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.cli.options import CommonOptions
    from agent.run.desk import Desk


@contextmanager
def at_desk(
    common: CommonOptions, *, out: Path | None = None, alone: bool = False
) -> Generator[Desk]:
    """Yield the session of a command, and close its store afterwards.

    Args:
        common: The options of the command.
        out: Where run folders go, in place of what the configuration says.
        alone: Hold the lock of the store, so that no other run writes to it.

    Raises:
        typer.Exit: With the exit code of an error that an administrator can correct; the error
            is on stderr then.
    """
    from agent.cli import log
    from agent.cli.explain import explained
    from agent.run.desk import lay_out
    from agent.store.opening import lock

    with explained(common.lang):
        desk = lay_out(common.config, language=common.lang, output=out)
        log.begin(desk.waiting_room, verbose=common.verbose)
        try:
            with lock(desk.state, desk.waiting_room) if alone else nullcontext():
                yield desk
        finally:
            desk.engine.dispose()
