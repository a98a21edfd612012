"""Show the checks of `doctor` to a person, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from agent.report.prose import Prose
from agent.text import Text
from agent.text.printable import printable
from connectors.sdk.checks import Check, Outcome

_COLOUR: Final = {Outcome.PASS: "green", Outcome.WARN: "yellow", Outcome.FAIL: "bold red"}


class Row(Protocol):
    """A check and its part: a connector, a sink, or empty for this machine."""

    @property
    def part(self) -> str:
        """Return the name in the configuration."""
        ...

    @property
    def check(self) -> Check:
        """Return the check."""
        ...


def show(rows: Iterable[Row], text: Text, console: Console) -> list[Row]:
    """Print the checks as they come, with a heading for each part, and the overall result.

    Return the checks.
    """
    seen: list[Row] = []
    for part, group in groupby(rows, key=lambda row: row.part):
        console.print()
        console.print(Styled(printable(part or text.say("doctor.machine")), style="bold"))
        for row in group:
            seen.append(row)
            console.print(Padding(_line(row.check, text), (0, 0, 0, 2)))
    console.print()
    console.print(Prose(verdict(seen, text), "bold"))
    return seen


def verdict(rows: Sequence[Row], text: Text) -> str:
    """Return the overall result: whether a scan would work, and what would be missing."""
    count = {o: sum(row.check.outcome is o for row in rows) for o in Outcome}
    key = "fails" if count[Outcome.FAIL] else "warns" if count[Outcome.WARN] else "well"
    numbers = {o.value: n for o, n in count.items()}
    return text.say(f"doctor.{key}", **numbers)


def told(rows: Iterable[Row], text: Text) -> list[dict[str, Any]]:
    """Return the checks as JSON."""
    return [
        {
            "part": row.part,
            "check": row.check.id,
            "outcome": row.check.outcome.value,
            "title": text.of(row.check.title),
            "detail": text.of(row.check.detail),
            "hint": text.of(row.check.hint),
        }
        for row in rows
    ]


def _line(check: Check, text: Text) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=4)
    grid.add_column(overflow="fold")  # an OAuth scope is pasted, so never cut
    said = Styled(printable(text.of(check.title)))
    if check.detail is not None:
        said.append("  " + printable(text.of(check.detail)), "dim")
    outcome = text.say(f"doctor.{check.outcome}")
    grid.add_row(Styled(outcome, style=_COLOUR[check.outcome]), said)
    if check.hint is not None:
        grid.add_row("", Prose(text.of(check.hint), ""))
    return grid
