"""What stands on the pages: blocks of code, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A command as it is typed at a prompt, and what the page shows of its answer."""

    command: str
    shown: str


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The language and the text of every fenced block."""
    yield from FENCE.findall(page.read_text(encoding="utf-8"))


def steps(page: Path) -> list[Step]:
    """The commands of the blocks that are told as `console`, in their order."""
    found: list[Step] = []
    for language, text in blocks(page):
        for part in (
            re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else ()
        ):
            lines = part.splitlines()
            more = next((n for n, line in enumerate(lines[1:], 1) if line[:2] != "> "), len(lines))
            typed = [lines[0], *(line[2:] for line in lines[1:more])]
            found.append(Step("\n".join(typed), "\n".join(lines[more:])))
    return found
