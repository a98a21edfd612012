"""Read the configuration, open the store and the log, report errors: the start of a command."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.cli.options import CommonOptions
    from agent.run.session import Session


@contextmanager
def open_session(
    common: CommonOptions, *, out: Path | None = None, exclusive: bool = False
) -> Generator[Session]:
    """Yield the session of a command, and close its store afterwards.

    Args:
        common: The options of the command.
        out: Where run folders go, in place of what the configuration says.
        exclusive: Hold the lock of the store, so that no other run writes to it.

    Raises:
        typer.Exit: With the exit code of an error that an administrator can correct; the error
            is on stderr then.
    """
    from agent.cli import logging_setup
    from agent.cli.errors import user_errors
    from agent.run.session import open_session
    from agent.store.engine import lock_store

    with user_errors(common.lang):
        session = open_session(common.config, language=common.lang, output=out)
        logging_setup.configure_logging(session.local_dir, verbose=common.verbose)
        try:
            with lock_store(session.state, session.local_dir) if exclusive else nullcontext():
                yield session
        finally:
            session.engine.dispose()
