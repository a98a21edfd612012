"""Report the errors that a user can correct, with an exit code; let other exceptions pass."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from agent.errors import ConfigError
from agent.report.folder import ReportError
from agent.run.exits import Exit
from agent.sinks.contract import SinkError
from agent.store.opening import LockedError
from agent.text import Text, chosen
from agent.text.printable import printable
from connectors.sdk.message import Message, say


@contextmanager
def explained(language: str) -> Generator[None]:
    """Report an error of the body on stderr, in the language, and exit with its code.

    Configuration, report and sink errors exit with 2, a locked store with 6, Ctrl-C with 130.
    Other exceptions pass.

    Raises:
        typer.Exit: With the code of the error.
    """
    text = Text(chosen(language or "auto"))
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            _line(text, problem)
        raise typer.Exit(Exit.USAGE) from None
    except (ReportError, SinkError) as error:
        _line(text, error.message, error.hint)
        raise typer.Exit(Exit.USAGE) from None
    except LockedError as error:
        _line(text, say("cli.locked", folder=error))
        raise typer.Exit(Exit.LOCKED) from None
    except KeyboardInterrupt:
        _line(text, say("cli.interrupted"))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(Exit.INTERRUPTED)  # a thread may be in a read for up to 90 seconds


def _line(text: Text, message: Message, hint: Message | None = None) -> None:
    words = f"{text.of(message)} {text.of(hint)}".strip()
    typer.echo(f"{text.say('cli.error')}{printable(words)}", err=True)
