"""The words that the command line library adds to the help, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import typer

from agent.cli.options import HELP_TEXTS

_Context: Any = typer.Context.__base__
_HEADINGS: Final = frozenset({"Options", "Arguments", "Commands"})
_NOTES: Final = {"[default: ": "default", "; default: ": "default", "[required]": "required"}
_HELP_OPTION: Final = "Show this message and exit."


class HelpPage(_Context.formatter_class):
    """Formats usage and help as the library does, with words from the catalogue."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line; the names in capitals stay as the library writes them."""
        super().write_usage(prog, args, prefix or HELP_TEXTS.say("usage.head"))  # pyright: ignore[reportUnknownMemberType] -- the library hides its types

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        if heading in _HEADINGS:
            self.write(HELP_TEXTS.say(f"usage.{heading.lower()}") + "\n")
        else:
            super().write_heading(heading)  # pyright: ignore[reportUnknownMemberType] -- the library hides its types

    def write_dl(self, rows: Sequence[tuple[str, str]], *widths: Any, **named: Any) -> None:
        """Write a list of options or commands."""
        words = [(name, _said(text)) for name, text in rows]
        super().write_dl(words, *widths, **named)  # pyright: ignore[reportUnknownMemberType] -- the library hides its types


def use() -> None:
    """Let every command of this process write its help with `HelpPage`."""
    _Context.formatter_class = HelpPage


def _said(text: str) -> str:
    for english, key in _NOTES.items():
        text = text.replace(english, english.replace(key, HELP_TEXTS.say(f"usage.{key}")))
    return HELP_TEXTS.say("usage.help_option") if text == _HELP_OPTION else text
