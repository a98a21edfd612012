"""Show the checks of `doctor` to a person, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from agent.report.wrapped_text import WrappedText
from agent.text import Text
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.checks import Check, CheckOutcome

_COLOUR: Final = {
    CheckOutcome.PASS: "green",
    CheckOutcome.WARN: "yellow",
    CheckOutcome.FAIL: "bold red",
}


class CheckRow(Protocol):
    """A check and its part: a connector, a sink, or empty for this machine."""

    @property
    def part(self) -> str:
        """Return the name in the configuration."""
        ...

    @property
    def check(self) -> Check:
        """Return the check."""
        ...


def print_checks(rows: Iterable[CheckRow], text: Text, console: Console) -> list[CheckRow]:
    """Print the checks as they come, with a heading for each part, and the overall result.

    Return the checks.
    """
    seen: list[CheckRow] = []
    for part, group in groupby(rows, key=lambda row: row.part):
        console.print()
        console.print(Styled(terminal_safe(part or text.say("doctor.machine")), style="bold"))
        for row in group:
            seen.append(row)
            console.print(Padding(_line(row.check, text), (0, 0, 0, 2)))
    console.print()
    console.print(WrappedText(overall_result(seen, text), "bold"))
    return seen


def overall_result(rows: Sequence[CheckRow], text: Text) -> str:
    """Return the overall result: whether a scan would work, and what would be missing."""
    count = {o: sum(row.check.outcome is o for row in rows) for o in CheckOutcome}
    key = "fails" if count[CheckOutcome.FAIL] else "warns" if count[CheckOutcome.WARN] else "well"
    numbers = {o.value: n for o, n in count.items()}
    return text.say(f"doctor.{key}", **numbers)


def to_json(rows: Iterable[CheckRow], text: Text) -> list[dict[str, Any]]:
    """Return the checks as JSON."""
    return [
        {
            "part": row.part,
            "check": row.check.id,
            "outcome": row.check.outcome.value,
            "title": text.render(row.check.title),
            "detail": text.render(row.check.detail),
            "hint": text.render(row.check.hint),
        }
        for row in rows
    ]


def _line(check: Check, text: Text) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=4)
    grid.add_column(overflow="fold")  # an OAuth scope is pasted, so never cut
    said = Styled(terminal_safe(text.render(check.title)))
    if check.detail is not None:
        said.append("  " + terminal_safe(text.render(check.detail)), "dim")
    outcome = text.say(f"doctor.{check.outcome}")
    grid.add_row(Styled(outcome, style=_COLOUR[check.outcome]), said)
    if check.hint is not None:
        grid.add_row("", WrappedText(text.render(check.hint), ""))
    return grid
