"""Report the errors that a user can correct, with an exit code; let other exceptions pass."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

import typer

from agent.errors import ConfigError
from agent.report.run_folder import ReportError
from agent.run.exit_codes import ExitCode
from agent.sinks.interface import SinkError
from agent.store.engine import LockedError
from agent.text import Text, resolve_language
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.message import Message, say


@contextmanager
def user_errors(language: str) -> Generator[None]:
    """Report an error of the body on stderr, in the language, and exit with its code.

    Configuration, report and sink errors exit with 2, a locked store with 6, Ctrl-C with 130.
    Other exceptions pass.

    Raises:
        typer.Exit: With the code of the error.
    """
    text = Text(resolve_language(language or "auto"))
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            _print_error(text, problem)
        raise typer.Exit(ExitCode.USAGE) from None
    except (ReportError, SinkError) as error:
        _print_error(text, error.message, error.hint)
        raise typer.Exit(ExitCode.USAGE) from None
    except LockedError as error:
        _print_error(text, say("cli.locked", folder=error))
        raise typer.Exit(ExitCode.LOCKED) from None
    except KeyboardInterrupt:
        _print_error(text, say("cli.interrupted"))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ExitCode.INTERRUPTED)  # a thread may be in a read for up to 90 seconds


def _print_error(text: Text, message: Message, hint: Message | None = None) -> None:
    words = f"{text.render(message)} {text.render(hint)}".strip()
    typer.echo(f"{text.say('cli.error')}{terminal_safe(words)}", err=True)
