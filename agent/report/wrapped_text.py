"""Wrap sentences on the terminal; Japanese breaks between characters, which rich does not do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text as Styled

from agent.text.terminal_safe import terminal_safe

_PIECE = re.compile(
    r"\s+"
    r"|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef][、。，．）」』ー]*"  # these must not begin a line
    r"|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+[、。，．）」』]*"
)


class WrappedText:
    """A sentence that wraps, with control characters removed."""

    def __init__(self, text: str, style: str = "") -> None:
        self._text = terminal_safe(text)
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines for the available width."""
        lines = "\n".join(_lines(self._text, options.max_width))
        yield Styled(lines, self._style, no_wrap=True, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the widths: the whole sentence, or its longest unbreakable piece."""
        pieces = _PIECE.findall(self._text) or [""]
        longest = max(cell_len(piece) for piece in pieces)
        return Measurement(longest, cell_len(self._text)).with_maximum(options.max_width)


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _PIECE.findall(text):
        if line and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        if line or not piece.isspace():
            line += piece
    yield line.rstrip()
