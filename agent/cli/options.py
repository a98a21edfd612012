"""What every command takes after its name, in the reader's language."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.text import Text, chosen


def _asked(arguments: list[str]) -> str:
    """The value of `--lang`, before anybody parses: `--help` speaks it, too."""
    for at, word in enumerate(arguments):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and at + 1 < len(arguments):
            return arguments[at + 1]
    return os.environ.get("TOJIMARI_LANG", "auto")


HELP = Text(chosen(_asked(sys.argv[1:])), whole=False)


def help_of(name: str) -> str:
    """A sentence of the help."""
    return HELP.say(f"help.{name}")


def example_of(name: str) -> str:
    """What somebody would type, for the end of the help; `\b` keeps its lines as they are."""
    lines = HELP.say(f"example.{name}").strip().splitlines()
    return "\n".join(["\b", HELP.say("example.head"), *(f"  {line}" for line in lines)])


Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=help_of("config"), show_default=False)
]
Language = Annotated[str, typer.Option("--lang", help=help_of("lang"), show_default=False)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help=help_of("verbose"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=help_of("quiet"))]
AsJson = Annotated[bool, typer.Option("--json", help=help_of("json"))]
Only = Annotated[list[str] | None, typer.Option("--only", help=help_of("only"), show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", help=help_of("out"), show_default=False)]
Redact = Annotated[bool, typer.Option("--redact-names", help=help_of("redact"))]
FailOn = Annotated[str, typer.Option("--fail-on", help=help_of("fail_on"), show_default=False)]
MaxCalls = Annotated[
    int | None, typer.Option("--max-calls", min=1, help=help_of("max_calls"), show_default=False)
]
MaxMinutes = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0.0, help=help_of("max_minutes"), show_default=False),
]
