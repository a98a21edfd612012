"""What every command does first: understand the configuration, open store and log, explain."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.run.desk import Desk


@contextmanager
def at_desk(
    config: Path | None,
    language: str,
    *,
    verbose: bool = False,
    out: Path | None = None,
    alone: bool = False,
) -> Generator[Desk]:
    """A desk to work at; `alone` holds the store, so that no other run works on it."""
    from agent.cli import log
    from agent.cli.explain import explained
    from agent.run.desk import lay_out
    from agent.store.opening import lock

    with explained(language):
        desk = lay_out(config, language=language, output=out)
        log.begin(desk.waiting_room, verbose=verbose)
        try:
            with lock(desk.state, desk.waiting_room) if alone else nullcontext():
                yield desk
        finally:
            desk.engine.dispose()
