"""Print usage errors in the reader's language; details of typer follow in English.

typer does not export its error classes, so they are recognized by their names.
"""

from __future__ import annotations

from typing import Any

import typer

from agent.cli import help_page
from agent.cli.options import HELP_TEXTS
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.message import Message, say

help_page.use()

UsageError: Any = typer.BadParameter.__base__
_VALUES = {
    "is not one of": "choice",
    "valid integer": "whole",
    "valid number": "number",
    "greater than": "range",
    "less than": "range",
}


def print_usage_error(error: Any) -> None:
    """Print the usage of the command, then the error, on stderr."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    if error.ctx is not None:
        typer.echo(error.ctx.get_usage(), err=True)
        typer.echo(HELP_TEXTS.say("usage.help", command=error.ctx.command_path), err=True)
    said = terminal_safe(HELP_TEXTS.render(_message(error)))
    typer.echo(f"\n{HELP_TEXTS.say('cli.error')}{said}", err=True)


def _message(error: Any) -> Message:
    kind, group = type(error).__name__, getattr(getattr(error, "cmd", None), "commands", None)
    if kind == "NoSuchOption":
        if error.possibilities:
            near = ", ".join(sorted(error.possibilities))
            return say("usage.no_option_near", name=error.option_name, near=near)
        return say("usage.no_option", name=error.option_name)
    if kind == "MissingParameter" and error.param is not None:
        return say("usage.missing", name=_name(error.param))
    if kind == "BadOptionUsage":
        return say("usage.needs_value", name=error.option_name)
    if kind == "BadParameter" and error.param is not None:
        return _bad_value(error)
    if group and error.message.startswith("No such command"):
        return say("usage.no_command", detail=error.message, known=", ".join(group))
    return say("usage.other", detail=error.format_message())


def _bad_value(error: Any) -> Message:
    """Return the message for a wrong value, by typer's text, which follows in English."""
    name, detail = _name(error.param), str(error.message)
    kind = next((kind for said, kind in _VALUES.items() if said in detail), "value")
    return say(f"usage.{kind}", name=name, detail=detail.rstrip("."))


def _name(param: Any) -> str:
    """Return the name as it is typed: `--most`; of an argument, its name."""
    return max(param.opts, key=len)
